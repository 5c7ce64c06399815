"""The grammar of all commands: shared options as records, help, and words for what is wrong with a line.

A command is a function whose parameters are options or records of options (`Options`, such as the game);
every command also gets `--quiet` and `--verbose`. `Grammar.command` registers it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from time import monotonic
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from . import streams, talk, trouble
from .help import broken
from .records import Options, option

Function = Callable[..., None]

OTHERS = "Other options"
LINE = "eqsolve.line"
"""Where a context keeps the whole line, for options that act before the others are read."""

KEYWORD = inspect.Parameter.KEYWORD_ONLY


class Volume(Options, group=OTHERS):
    """How much is said on stderr."""

    quiet: bool = option(False, "-q", "--quiet", help="Say only warnings and errors.")
    verbose: bool = option(False, "-v", "--verbose", help="Say also what is solved, and how long it took.")

    def apply(self) -> None:
        """Speak that loud; raises InputError if both are asked for."""
        if self.quiet and self.verbose:
            from eqsolve.errors import InputError

            raise InputError("--quiet and --verbose exclude each other")
        if self.quiet or self.verbose:
            talk.set_volume(talk.Volume.QUIET if self.quiet else talk.Volume.VERBOSE)


def spread(function: Function) -> Function:
    """The function with every parameter that is a record of options in place of its fields, and `Volume`.

    Typer reads the signature, and the function gets its records back.
    """
    plain: dict[str, inspect.Parameter] = {}
    records: dict[str, tuple[type[Options], list[str]]] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and issubclass(kind, Options):
            own = kind.parameters()
            records[parameter.name] = (kind, [each.name for each in own])
            plain |= {each.name: each for each in own}
        else:
            plain[parameter.name] = parameter.replace(kind=KEYWORD)
    volume = Volume.parameters()

    def call(**values: Any) -> None:
        Volume(**{each.name: values.pop(each.name) for each in volume}).apply()
        gathered = {
            name: kind(**{each: values.pop(each) for each in own}) for name, (kind, own) in records.items()
        }
        start = monotonic()
        function(**values, **gathered)
        talk.detail(f"done in {monotonic() - start:.2f} s")

    call.__name__, call.__doc__, call.__module__ = function.__name__, function.__doc__, function.__module__
    call.__signature__ = inspect.Signature([*plain.values(), *volume])  # type: ignore[attr-defined]
    return call


def given(context: typer.Context) -> list[str]:
    """The options that the line has, by name, in the order of `--help`; without those of every command."""
    everywhere = {field.name for field in fields(Volume)}
    return [
        trouble.name_of(each)
        for each in context.command.params
        if each.param_type_name == "option" and each.name not in everywhere and is_given(context, each.name)
    ]


def is_given(context: typer.Context, name: str) -> bool:
    """Whether the line has a value of the parameter, rather than its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


class Command(TyperCommand):
    """A command: examples first, options in groups, and no value that a later one silently replaces."""

    examples: Sequence[str] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the line; raises InputError with what is wrong with a value of it."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        values, _, order = self.make_parser(ctx).parse_args([*args])
        self._require_single(order)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            raise trouble.bad_value(error, values) from None

    def _require_single(self, order: list[Any]) -> None:
        counts = {each.name: order.count(each) for each in order}
        twice = [
            each
            for each in dict.fromkeys(order)
            if counts[each.name] > 1 and not (each.multiple or getattr(each, "is_flag", False))
        ]
        if twice:
            from eqsolve.errors import InputError

            raise InputError(
                *(
                    f"{trouble.name_of(each)} is given {counts[each.name]} times: it takes one value"
                    for each in twice
                )
            )

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, then how the command is used."""
        if self.examples:
            formatter.write("Examples:\n")
            for example in self.examples:
                formatter.write(f"{broken(example, formatter.width)}\n")
            formatter.write("\n")
        super().format_help(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            argument = each.param_type_name == "argument"
            usual = "Arguments" if argument else OTHERS if each.name == "help" else "Options"
            if record := each.get_help_record(ctx):
                name = each.metavar if argument and each.metavar else record[0]
                groups.setdefault(getattr(each, "rich_help_panel", None) or usual, []).append(
                    (name, record[1])
                )
        groups[OTHERS] = groups.pop(OTHERS)
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


class Commands(TyperGroup):
    """Runs a command; trouble becomes a message on stderr and exit code 2, never 1 (a failed comparison)."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a line and exit."""
        talk.set_volume(talk.Volume.USUAL)
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except typer.TyperException as error:
            trouble.say_usage(error)
            code = 2
        sys.exit(code)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the line names."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except BrokenPipeError:
            raise SystemExit(streams.BROKEN_PIPE) from None
        except KeyboardInterrupt:
            talk.note("interrupted: nothing is kept but files that are said to be written")
            raise
        except Exception as error:
            trouble.say(error)
            raise typer.Exit(2) from error

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command; without any there is help."""
        ctx.meta[LINE] = tuple(args)
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; its name may be two words, as in `sweep merge`."""
        if " ".join(args[:2]) in self.commands:
            return super().resolve_command(ctx, [" ".join(args[:2]), *args[2:]])
        if not ctx.resilient_parsing and args[0] not in self.commands and not args[0].startswith("-"):
            from eqsolve.errors import InputError, nearest

            known = [name for name, command in self.commands.items() if not command.hidden]
            raise InputError(f"unknown command {args[0]}: {nearest(args[0], known)}")
        return super().resolve_command(ctx, args)


@dataclass(frozen=True)
class Grammar:
    """Registers commands with an application."""

    app: typer.Typer

    def command(self, function: Callable[..., Any], *examples: str, name: str | None = None) -> None:
        """Register a command with its examples; one whose name is two words is not listed."""
        name = name or function.__name__
        cls = type("Command", (Command,), {"examples": examples})
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        self.app.command(name, cls=cls, short_help=summary, hidden=" " in name)(spread(function))
