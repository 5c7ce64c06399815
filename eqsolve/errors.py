"""What is wrong with the input: every problem at once, each where the user can fix it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing to fix: a message that names the key, the value and what is allowed, and where it stands."""

    message: str
    key: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ": ".join([":".join(place), self.message]) if place else self.message


class InputError(Exception):
    """The input cannot be used; `problems` is everything to fix, and `str()` lists it, a line each."""

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*problems)
        self.problems = tuple(Problem(each) if isinstance(each, str) else each for each in problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def nearest(word: str, names: Iterable[str]) -> str:
    """The advice after a name that does not exist."""
    names = list(names)
    close = get_close_matches(word, names, 1)
    return f"did you mean {close[0]}?" if close else f"expected one of {', '.join(names)}"
