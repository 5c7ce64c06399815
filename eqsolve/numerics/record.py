"""What the numerics keep together: dataclasses that are frozen to type checking, and compared by identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=False)
def record(made: type[T]) -> type[T]:
    """Make a class a dataclass of arrays, or of settings, that type checking keeps from being changed.

    At run time nothing guards it: what Python writes and compiles for that, and for comparing, makes every
    command start later. Arrays have no truth value, so that two records are equal only if they are one.
    """
    return dataclass(eq=False)(made)
