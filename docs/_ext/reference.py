"""Reference pages, written from what they describe: each function returns Markdown."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args

import typer

import eqsolve
from eqsolve.params import Params
from eqsolve.params.record import Record
from eqsolve.status import Status
from eqsolve_cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"

MODULES = ("comparison", "findings", "phase", "simulation", "sweeps", "tables", "drawing", "figures", "paper")
"""Modules of the library whose public names are described beside those of `eqsolve` itself."""

_SYMBOL = re.compile(r"(?:in .*?|(.+?)(?: (?:in|>=?|<=?) .*?)?): (.*)")
"""A description that starts with a symbol, or a range, or both."""

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


class Row(NamedTuple):
    """A key of params files: what it means, what it may be, and what it is in the preset `paper`."""

    key: str
    symbol: str
    meaning: str
    range: str
    default: str


def parameters() -> str:
    """A table of every key, the functional forms that keys choose between, and the densities."""
    rows = list(_rows(Params, [Params()], ""))
    densities = _members(Params.model_fields["model"].annotation.model_fields["outputs"])
    return "\n\n".join(
        [
            _table(["key", "symbol", "meaning", "range", "default"], rows),
            "## Functional forms",
            _table(["key", "word", "what it is"], list(_words(Params, ""))),
            "## Densities",
            _table(["`dist`", "what it is", "keys"], [_density(member) for member in densities]),
        ]
    )


def _rows(record: type[Record], values: Sequence[Any], prefix: str) -> Iterator[Row]:
    """The keys of a record; `values` are the instances that the preset has of it."""
    for name, field in record.model_fields.items():
        key, inner = f"{prefix}{field.alias or name}", [getattr(value, name) for value in values]
        meaning = field.description or ""
        if _is_density(field):
            yield _row(key, meaning, "a [density](#densities)", [value.dist for value in inner])
        elif field.discriminator:
            yield from _choice_rows(key, field, inner)
        elif item := _item(field):
            yield from _rows(item, inner[0], f"{key}[].")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Record):
            yield from _rows(field.annotation, inner, f"{key}.")
        else:
            yield _row(key, meaning, _range(field), inner)


def _choice_rows(key: str, field: Any, values: Sequence[Any]) -> Iterator[Row]:
    """The key that holds the word, and those that its choices have."""
    tag, members = field.discriminator, _members(field)
    words = {_word(member, tag): member for member in members}
    yield _row(f"{key}.{tag}", field.description, _listed(words), [getattr(value, tag) for value in values])
    for name in dict.fromkeys(n for member in members for n in member.model_fields if n != tag):
        having = [word for word, member in words.items() if name in member.model_fields]
        only = "" if len(having) == len(words) else f"; {_listed(having)} only"
        inner = words[having[0]].model_fields[name]
        defaults = [getattr(value, name) for value in values if hasattr(value, name)]
        yield _row(f"{key}.{name}", inner.description, _range(inner) + only, defaults)


def _row(key: str, description: str, allowed: str, defaults: Sequence[Any]) -> Row:
    found = _SYMBOL.fullmatch(description)
    symbol, meaning = found.groups() if found else ("", description)
    shown = ", ".join(f"`{json.dumps(value)}`" for value in defaults)
    return Row(f"`{key}`", f"`{symbol}`" if symbol else "–", _plain(meaning), allowed, shown or "–")


def _words(record: type[Record], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in record.model_fields.items():
        key = f"{prefix}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Record):
            yield from _words(field.annotation, f"{key}.")
        elif field.discriminator and not _is_density(field):
            for member in _members(field):
                word = _word(member, field.discriminator)
                yield f"`{key}.{field.discriminator}`", f"`{word}`", _plain(_summary(member))


def _density(member: type[Record]) -> tuple[str, str, str]:
    own = [
        f"`{name}`: {_plain(field.description)}"
        for name, field in member.model_fields.items()
        if name != "dist"
    ]
    return f"`{_word(member, 'dist')}`", _plain(_summary(member)), "; ".join(own) or "–"


def _members(field: Any) -> list[type[Record]]:
    return [each for each in get_args(field.annotation) if isinstance(each, type)]


def _is_density(field: Any) -> bool:
    return field.discriminator == "dist" and any("Density" in each.__name__ for each in _members(field))


def _item(field: Any) -> type[Record] | None:
    """The record that a list holds; None where there is no such list."""
    items = [each for each in _members(field) if issubclass(each, Record)]
    return items[0] if items and not field.discriminator else None


def _word(member: type[Record], tag: str) -> str:
    return str(get_args(member.model_fields[tag].annotation)[0])


def _listed(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _range(field: Any) -> str:
    """What a number or word may be, as its record checks it."""
    if words := [word for word in get_args(field.annotation) if isinstance(word, str)]:
        return _listed(words)
    bound = {
        name: getattr(each, name)
        for each in field.metadata
        for name in ("ge", "gt", "le", "lt", "pattern")
        if getattr(each, name, None) is not None
    }
    low, high = bound.get("ge", bound.get("gt")), bound.get("le", bound.get("lt"))
    if field.annotation is int:
        return f"{low} to {high}, whole"
    if low is not None and high is not None:
        return f"{'[' if 'ge' in bound else '('}{low:g}, {high:g}{']' if 'le' in bound else ')'}"
    if low is not None or high is not None:
        signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
        return ", ".join(f"{signs[name]} {value}" for name, value in bound.items())
    return f"text of the form `{bound['pattern']}`" if "pattern" in bound else "any"


def commands() -> str:
    """Every command: what it does, examples, and what its options mean, as `--help` says it."""
    group: Any = typer.main.get_command(app)
    top = typer.Context(group, info_name="eqsolve", **group.context_settings)
    parts = [_paragraphs(group.help), _options({"Options": group.get_params(top)}, top)]
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=name, parent=top)
        parts += [
            f"## eqsolve {name}",
            _paragraphs(command.help),
            _fenced("sh", "\n".join(command.examples)) if command.examples else "",
            _fenced("text", command.get_usage(context)),
            _options(_groups(command, context), context),
        ]
    return "\n\n".join(parts)


def _groups(command: Any, context: Any) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for each in command.get_params(context):
        usual = "Arguments" if each.param_type_name == "argument" else "Other options"
        groups.setdefault(getattr(each, "rich_help_panel", None) or usual, []).append(each)
    return groups


def _options(groups: dict[str, list[Any]], context: Any) -> str:
    lines = []
    for heading, params in groups.items():
        lines.append(f"**{heading}**\n")
        for each in params:
            if record := each.get_help_record(context):
                argument = each.param_type_name == "argument" and each.metavar
                lines.append(f"`{each.metavar if argument else record[0]}`\n: {_plain(record[1])}\n")
    return "\n".join(lines)


def statuses() -> str:
    """A table of every status, and what it says."""
    return _table(
        ["status", "what happened, and what to do"], [(f"`{s}`", _plain(s.message)) for s in Status]
    )


def api() -> str:
    """Every public function and class of the library, with its docstring."""
    parts = [_names("eqsolve", eqsolve, eqsolve.__all__)]
    described = {id(getattr(eqsolve, name)) for name in eqsolve.__all__}
    for name in MODULES:
        module = import_module(f"eqsolve.{name}")
        others = [each for each in public_names(module) if id(getattr(module, each)) not in described]
        described |= {id(getattr(module, each)) for each in others}
        if others:
            parts += [f"## eqsolve.{name}", _summary(module), _names(f"eqsolve.{name}", module, others)]
    return "\n\n".join(parts)


def public_names(module: ModuleType) -> list[str]:
    """What a module says is public, or else the functions and classes that it defines."""
    own = (
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        if inspect.isfunction(value) or inspect.isclass(value)
    )
    return list(getattr(module, "__all__", None) or own)


def _names(path: str, module: Any, names: Sequence[str]) -> str:
    """Directives for the functions, then the classes among these names."""
    of = {name: getattr(module, name) for name in sorted(names)}
    lines = [f".. autofunction:: {path}.{name}\n" for name, value in of.items() if inspect.isfunction(value)]
    lines += [f".. autoclass:: {path}.{name}\n" for name, value in of.items() if inspect.isclass(value)]
    return _fenced("{eval-rst}", "\n".join(lines))


def examples() -> str:
    """Every params file among the examples, whole."""
    parts = []
    for file in sorted(EXAMPLES.glob("*.toml")):
        include = f"```{{literalinclude}} /../examples/{file.name}\n:language: toml\n```"
        parts += [f"## {file.name}", include]
    return "\n\n".join(parts)


FRAGMENTS: dict[str, Callable[[], str]] = {
    each.__name__: each for each in (parameters, commands, statuses, api, examples)
}
"""What a page may hold as `<!-- generated: NAME -->`, on a line of its own."""

MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)


def filled(page: str) -> str:
    """The page with each mark replaced by what it names."""
    return MARK.sub(lambda mark: FRAGMENTS[mark[1]](), page)


def _summary(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def _paragraphs(text: str) -> str:
    return "\n\n".join(_plain(" ".join(part.split())) for part in inspect.cleandoc(text).split("\n\n"))


def _plain(text: str) -> str:
    """Text in which nothing but what stands between backticks, and options, means anything to Markdown."""
    parts = re.split(r"(`[^`]*`)", text)
    for number, part in enumerate(parts):
        if not part.startswith("`"):
            parts[number] = _OPTION.sub(r"`\g<0>`", re.sub(r"([*_<\[\]$|\\])", r"\\\1", part))
    return "".join(parts)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
