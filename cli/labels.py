"""The option `--label`, of tables and of figures."""

from __future__ import annotations

from typing import Annotated

import typer

FigureLabelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="KEY=TEXT",
        help="What to call a parameter or a quantity in the figure; repeatable.",
        rich_help_panel="Figure",
    ),
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=TEXT",
        help="What to call a quantity or parameter, in tables and figures; as LaTeX where LaTeX is printed; "
        "repeatable.",
    ),
]


def read_labels(texts: list[str] | None) -> dict[str, str]:
    """What `--label` calls things; raises InputError with every text that is no label."""
    from eqsolve.errors import InputError

    pairs = [(key.strip(), words.strip()) for key, _, words in (text.partition("=") for text in texts or [])]
    wrong = [text for text, pair in zip(texts or [], pairs, strict=True) if not all(pair)]
    if wrong:
        raise InputError(*(f'--label "{text}": expected KEY=TEXT' for text in wrong))
    return dict(pairs)
