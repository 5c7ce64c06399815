"""The words and numbers of the page, as HTML."""

from __future__ import annotations

import math
from html import escape

from eqsolve.comparison.verdict import Stake
from eqsolve.explorer.picture import Picture
from eqsolve.symbols import QUANTITIES
from eqsolve.tables.cells import written

PLAIN = {"q^*": "q*", r"\beta^*": "β*", "N": "N", "CS": "CS"}
"""Symbols without TeX."""

SOLVING = '<span class="solving" role="status">solving…</span>'

STRIPES = "repeating-linear-gradient(45deg, #fff 0 10px, #ecd9d9 10px 20px)"
CERTIFIED = "border-left: 0.5em solid #1b7a43; background: #fff;"
REFUSED = f"border-left: 0.5em double #8a1010; background: {STRIPES}; font-weight: bold;"


def verdict(picture: Picture) -> str:
    """Whether the result may be used, and its gist: what stays in sight."""
    equilibrium = picture.equilibrium
    gist = ""
    if math.isfinite(equilibrium.quality):
        gist = (
            f"q* = {written(equilibrium.quality)} · β* = {written(equilibrium.intensity)} · "
            f"{equilibrium.participation:.1%} take part"
        )
    state = "certified" if picture.certified else "refused"
    look = CERTIFIED if picture.certified else REFUSED
    return (
        f'<div class="verdict" data-state="{state}" role="status" style="{look} padding: 0.2em 0.6em">'
        f'<span class="status">{escape(picture.verdict)}</span> <span class="gist">{gist}</span></div>'
    )


def answer(picture: Picture) -> str:
    """The answer in sentences."""
    doubt = "" if picture.certified else "<p><b>Not certified: do not rely on what follows.</b></p>"
    return doubt + "".join(f"<p>{escape(sentence)}</p>" for sentence in picture.sentences)


def numbers(picture: Picture, pinned: Picture | None) -> str:
    """A table of quantities: now, without fine-tuning, and in the pinned game."""
    then = {name: value for name, value, _ in pinned.rows()} if pinned else {}
    doubt = "" if picture.certified else " (not certified)"
    doubtful = " (not certified)" if pinned and not pinned.certified else ""
    head = [f"now{doubt}", "without fine-tuning"] + ([f"pinned{doubtful}"] if pinned else [])
    rows = []
    for name, value, other in picture.rows():
        words, symbol = QUANTITIES[name]
        cells = [written(value), written(other)] + ([written(then[name])] if pinned else [])
        label = f"{words} {PLAIN.get(symbol, '')}".strip()
        numbers = "".join(f'<td style="text-align: right; padding: 0 0.6em">{cell}</td>' for cell in cells)
        rows.append(
            f'<tr data-name="{name}"><th scope="row" style="text-align: left">{label}</th>{numbers}</tr>'
        )
    titles = "".join(
        f'<th scope="col" style="padding: 0 0.6em; text-align: right">{each}</th>' for each in head
    )
    return f'<table class="numbers"><tr><td></td>{titles}</tr>{"".join(rows)}</table>'


def gains(picture: Picture) -> str:
    """Who gains and who loses against no fine-tuning: words, and bars to the right or the left of a line."""
    if picture.payoff is None:
        return "<p>Who gains against no fine-tuning: unknown, as nothing was computed.</p>"
    if not picture.stakes:
        return "<p>Who gains against no fine-tuning: there is no fine-tuning.</p>"
    largest = max((abs(_size(stake)) for stake in picture.stakes), default=0.0) or 1.0
    rows = "".join(_bar(stake, largest) for stake in picture.stakes)
    return f'<p>Who gains against no fine-tuning</p><table class="gains" style="width: 100%">{rows}</table>'


def _size(stake: Stake) -> float:
    """The change as a share, or as it is where there was nothing before."""
    size = stake.change if math.isnan(stake.relative) else stake.relative
    return size if math.isfinite(size) else 0.0


def _bar(stake: Stake, largest: float) -> str:
    size = _size(stake)
    width = 50.0 * abs(size) / largest
    left = 50.0 if size >= 0 else 50.0 - width
    fill = "#42AE76" if size >= 0 else "repeating-linear-gradient(45deg, #7a3a05 0 4px, #d9a27a 4px 8px)"
    bar = (
        '<div style="position: relative; height: 1em; background: linear-gradient(to right, transparent '
        'calc(50% - 1px), #555 calc(50% - 1px) calc(50% + 1px), transparent calc(50% + 1px))">'
        f'<div style="position: absolute; left: {left:.2f}%; width: {width:.2f}%; height: 1em; '
        f'background: {fill}"></div></div>'
    )
    return f'<tr><td style="width: 45%">{escape(str(stake))}</td><td>{bar}</td></tr>'
