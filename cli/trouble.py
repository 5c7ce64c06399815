"""Words for trouble: what is wrong with a line, with the input, with files, or with eqsolve itself."""

from __future__ import annotations

import traceback
from difflib import get_close_matches
from typing import Any

import typer

from . import talk

OF_DATA = (".file", ".values")
"""How keys end whose trouble lies in a file of data, which no params file explains."""


def say(error: Exception) -> None:
    """Say what is wrong, and what to do about it."""
    from eqsolve.errors import InputError

    if isinstance(error, InputError):
        talk.complain(*error.problems)
        if any(problem.key and not problem.key.endswith(OF_DATA) for problem in error.problems):
            talk.hint("`eqsolve init game.toml` writes a params file that explains every key")
    elif isinstance(error, OSError):
        talk.complain(f"{error.strerror}: {error.filename}" if error.filename else error)
    else:
        typer.echo(traceback.format_exc(), err=True, nl=False)
        talk.complain("this is a defect of eqsolve; please report it with the lines above")


def say_usage(error: typer.TyperException) -> None:
    """Say what is wrong with a line, and where help is."""
    from eqsolve.errors import nearest

    message, context = error.format_message(), getattr(error, "ctx", None)
    if option := getattr(error, "option_name", ""):
        known = [opt for each in context.command.get_params(context) for opt in each.opts] if context else []
        if hasattr(error, "possibilities"):
            close = nearest(option, known)
            message = f"unknown option {option}" + (f": {close}" if close.startswith("did") else "")
        else:
            message = f"{option} needs a value"
    talk.complain(f"{message[:1].lower()}{message[1:]}".removesuffix("."))
    if context:
        talk.hint(f"`{context.command_path} --help` says more")


def bad_value(error: typer.BadParameter, values: dict[str, Any]) -> Exception:
    """What is wrong with a value, in words that are ours."""
    from eqsolve.errors import InputError

    option: Any = error.param
    if option is None:
        return error
    name, kind = name_of(option), option.type_descriptor
    given = values.get(option.name)
    if given is None:
        meant = f": expected {option.metavar}" if option.metavar else ""
        return InputError(f"{name} is missing{meant}")
    known = [str(getattr(each, "value", each)) for each in kind.choices or ()] if kind.is_choice else []
    given = [given] if isinstance(given, str) else [*given]
    if known:
        wrong = [each for each in given if each not in known]
        return InputError(*(_unknown(name, each, known, several=option.multiple) for each in wrong))
    what = {"int": "a whole number", "float": "a number"}.get(_plain(kind.annotation), "something else")
    least, most = getattr(option, "min", None), getattr(option, "max", None)
    what += f" from {least} to {most}" if least is not None and most is not None else ""
    return InputError(*(f'{name} "{each}": expected {what}' for each in given))


def _unknown(name: str, given: str, known: list[str], *, several: bool) -> str:
    """What is wrong with a word, and the nearest that is meant; or with words, which come one by one."""
    from eqsolve.errors import nearest

    words = [word.strip() for word in given.split(",")]
    if len(words) == 1:
        return f'{name} "{given}" is unknown: {nearest(given, known)}'
    if not several:
        return f'{name} "{given}" are {len(words)} values: expected one of {", ".join(known)}'
    meant = [*(get_close_matches(word, known, 1) or ["..."] for word in words)]
    again = " ".join(f"{name} {word}" for (word,) in meant)
    return f'{name} "{given}" is unknown: repeat the option: {again}'


def _plain(annotation: Any) -> str:
    return str(getattr(annotation, "__name__", annotation))


def name_of(option: Any) -> str:
    """What the line calls an option or argument."""
    if option.param_type_name == "argument":
        return str(option.metavar or option.name)
    return str(max(option.opts, key=len))
