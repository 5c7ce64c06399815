"""Help that fits narrow terminals: explanations move below what they explain, and no word is cut."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

BESIDE = 70
"""Columns from which explanations stand beside what they explain."""

BELOW = 4
"""Indent of explanations that stand below."""


def broken(command: str, width: int) -> str:
    """A command with an indent, broken before options as shells let it where it is longer than the width."""
    lines = ["  "]
    for number, part in enumerate(re.split(r" (?=-)", command)):
        if number and len(lines[-1]) + len(part) + 3 > width:
            lines[-1] += " \\"
            lines.append(" " * 6 + part)
        else:
            lines[-1] += f" {part}" if number else part
    return "\n".join(lines)


def fit_help(context: Any) -> None:
    """Make the commands that run in contexts of this class explain themselves in terminals of any width."""
    usual: Any = context.formatter_class

    class Formatter(usual):  # type: ignore[misc]
        """Help as usual, but for narrow terminals."""

        width: int

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.width = min(self.width, get_terminal_size().columns)

        def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
            """Write terms and their explanations."""
            if self.width >= BESIDE:
                super().write_dl(rows, *args, **kwargs)
                return
            for term, explanation in rows:
                for indent, text in ((0, term), (BELOW, explanation)):
                    start = " " * (self.current_indent + indent)
                    lines = textwrap.wrap(
                        text,
                        self.width,
                        initial_indent=start,
                        subsequent_indent=start,
                        break_long_words=False,
                        break_on_hyphens=False,
                    )
                    self.write("".join(f"{line}\n" for line in lines))

    context.formatter_class = Formatter
