"""What colors and line styles mean, the same in every figure.

Colors of opposite findings differ in lightness, so that print in gray separates them; color-blind readers can
tell neighbors apart.
"""

from __future__ import annotations

from itertools import cycle

from eqsolve.regimes import REGIMES

WITHOUT, WITH = "#737373", "#0072B2"
"""The game without fine-tuning, and with it."""

OUTCOMES = {
    "inactive": "#FFFFFF",
    "not-adopted": "#DEDEDE",
    "opens-market": "#86C0EA",
    "users-gain": "#42AE76",
    "users-lose": "#B05408",
    "society-loses": "#7A1212",
    "not-certified": "#1E1E1E",
}
"""Colors by outcome (`eqsolve.adoption.OUTCOMES`), each at least 10 units of CIE lightness darker than the
one before; what users gain is lighter than what they lose."""

DIRECTIONS = {
    "unchanged": "#DEDEDE",
    "centralized": "#B9B4E0",
    "mixed": "#8673B8",
    "polarized": "#432A78",
}
"""Colors by the direction of outputs, from light to dark."""

HATCHES = {"unchanged": "", "centralized": "", "polarized": "...", "mixed": "//"}
"""Hatches by direction, where a color says something else already."""

VERDICTS = {
    "holds": OUTCOMES["users-gain"],
    "mixed": OUTCOMES["users-lose"],
    "fails": OUTCOMES["society-loses"],
    "vacuous": OUTCOMES["not-adopted"],
    "absent": "#8C8C8C",
}
"""Colors by verdict on a finding."""

LOSS_TO_GAIN = ("#5A0E0E", "#A8480F", "#ADA99B", "#A3DFBE", "#F0FBF2")
"""Colors of a change from loss to gain, the middle being none; lightness rises all the way."""

SHADES = "cividis"
"""Shades that color-blind readers and gray print keep in order."""

LINES = ("-", "--", "-.", ":")
MARKERS = dict(zip(LINES, ("o", "s", "^", "D"), strict=True))
"""Line styles, and the markers that stand for them where points are not joined."""

CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colors, for categories whose meaning no other figure shares."""

SEGMENTS = ("#882255", "#44AA99", "#332288", "#999933", "#CC6677", "#117733", "#DDAA33")
"""Segments, in their order: none is a color of regimes."""

REGIME_LOOKS = dict(
    zip(
        REGIMES,
        cycle(((WITHOUT, "--"), ("#D55E00", ":"), (WITH, "-"), ("#009E73", "-."))),
        strict=False,
    )
)
"""Color and line style by regime."""
