"""Options as records: what belongs together stands together, in code and in help."""

from __future__ import annotations

import inspect
from copy import copy
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, cast, dataclass_transform, get_args, get_type_hints

import typer

REQUIRED = ...
"""The default of an option that must be given."""


class _Field:
    """The default of a field, and what Typer is told of it."""

    def __init__(self, default: Any, told: Any) -> None:
        self.default, self.told = default, told


def option(default: Any, *names: str, **look: Any) -> Any:
    """An option as the field of a record: its default, names of its own, and as of `typer.Option`."""
    return _Field(default, typer.Option(*names, **look))


def argument(default: Any, **look: Any) -> Any:
    """An argument as the field of a record, as of `typer.Argument`."""
    return _Field(default, typer.Argument(**look))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Options:
    """Options that belong together: a frozen record of them, shown as one group by `--help`.

    A field is an `option` or an `argument`, or annotated with one that commands share.
    """

    group: ClassVar[str]
    told: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, group: str) -> None:
        cls.group, cls.told = group, {}
        for base in reversed(cls.__mro__):
            cls.told |= vars(base).get("told", {})
        for name, field in [*vars(cls).items()]:
            if isinstance(field, _Field):
                cls.told[name] = field.told
                if field.default is REQUIRED:
                    delattr(cls, name)
                else:
                    setattr(cls, name, field.default)
        dataclass(frozen=True, eq=False, repr=False, kw_only=True)(cls)

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """The fields as parameters of a command."""
        hints = get_type_hints(cls, include_extras=True)
        return [cls._parameter(field.name, hints[field.name]) for field in fields(cast(Any, cls))]

    @classmethod
    def _parameter(cls, name: str, hint: Any) -> inspect.Parameter:
        kind, told = (hint, cls.told[name]) if name in cls.told else get_args(hint)
        told = copy(told)
        told.rich_help_panel = told.rich_help_panel or cls.group
        default = getattr(cls, name, inspect.Parameter.empty)
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, told], default=default
        )
