"""The pictures of the page: lines that are moved, in the colors and dashes of all figures of eqsolve."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Legend, LegendItem
from bokeh.plotting import figure

from eqsolve.explorer.picture import Picture
from eqsolve.palette import LINES, SEGMENTS, WITH, WITHOUT

DASHES = dict(zip(LINES, ("solid", "dashed", "dashdot", "dotted"), strict=True))
"""The line styles of figures as Bokeh calls them."""

PINNED: dict[str, Any] = {"line_color": "black", "line_width": 1.2, "line_dash": "dotted"}
BEFORE: dict[str, Any] = {"line_color": WITHOUT, "line_width": 2, "line_dash": "dashed"}
AFTER: dict[str, Any] = {"line_color": WITH, "line_width": 2.5}

MOST = 0.25
"""A rise between two neighbors of more than this share of the whole is a jump, over which no line leads."""

HEIGHT = 270


class Lines:
    """Profit over quality, participation by taste and segment, and outputs before and after."""

    def __init__(self) -> None:
        self.payoff = _frame("initial quality q", "profit")
        self.participation = _frame("taste x", "takes part", y_range=(0.0, 1.02))
        self.outputs = _frame("output y", "density")
        self.outputs.y_range.start = 0.0
        self._sources: dict[str, ColumnDataSource] = {}
        for name, look in (("before", BEFORE), ("after", AFTER), ("pinned", PINNED)):
            self._line(self.payoff, f"payoff {name}", look)
            self._line(self.outputs, f"outputs {name}", look)
        self._dot("payoff here", marker="circle", size=10, fill_color="black", line_color="black")
        self._dot("payoff there", marker="diamond", size=12, fill_color="white", line_color="black")
        self._segments: list[str] = []
        self._start_segments(["users"])
        _legend(self.payoff, self._items("payoff", "before", "after", "here", "pinned"))
        _legend(self.outputs, self._items("outputs", "before", "after", "pinned"))

    @property
    def figures(self) -> tuple[Any, ...]:
        """The three of them."""
        return self.payoff, self.participation, self.outputs

    def show(self, picture: Picture, pinned: Picture | None) -> None:
        """Draw a picture, and the pinned one beside it."""
        letters = zip("abc", self.figures, strict=True)
        titles = ("over initial quality", "participation by taste and segment", "outputs before and after")
        objective = picture.equilibrium.rules.objective
        for (letter, each), title in zip(letters, titles, strict=True):
            words = f"{objective} {title}" if each is self.payoff else title
            each.title.text = f"({letter}) {words}" + ("" if picture.certified else ": NOT CERTIFIED")
        self.payoff.yaxis.axis_label = objective
        data = _data(picture) | {f"{k} pinned": v for k, v in _pins(pinned).items()}
        for name, source in self._sources.items():
            if not name.startswith("participation"):
                x, y = data.get(name, ((), ()))
                source.data = {"x": x, "y": y}
        for each in (self.payoff, self.outputs):
            each.legend[0].items[-1].visible = pinned is not None
        self._show_segments(picture, pinned)

    def _show_segments(self, picture: Picture, pinned: Picture | None) -> None:
        curve = picture.participation
        names = list(curve.names) if curve else self._segments
        if names != self._segments:
            self._start_segments(names)
        now = {} if curve is None else dict(zip(curve.names, curve.participation, strict=True))
        other = pinned.participation if pinned else None
        then = {} if other is None else dict(zip(other.names, other.participation, strict=True))
        for name in names:
            for kind, lines, at in (("", now, curve), (" pinned", then, other)):
                y = lines.get(name)
                found = {"x": (), "y": ()} if y is None or at is None else {"x": at.taste, "y": y}
                self._sources[f"participation {name}{kind}"].data = found

    def _start_segments(self, names: list[str]) -> None:
        self.participation.renderers = []
        self._sources = {k: v for k, v in self._sources.items() if not k.startswith("participation")}
        items = {}
        for name, color, dash in zip(names, cycle(SEGMENTS), cycle(LINES), strict=False):
            look = {"line_color": color, "line_width": 2.5, "line_dash": DASHES[dash]}
            items[name] = self._line(self.participation, f"participation {name}", look)
            pin = {**look, "line_width": 1.0}
            self._line(self.participation, f"participation {name} pinned", pin)
        _legend(self.participation, items)
        self._segments = names

    def _line(self, where: Any, name: str, look: Mapping[str, Any]) -> Any:
        self._sources[name] = ColumnDataSource({"x": (), "y": ()}, name=name)
        return where.line("x", "y", source=self._sources[name], **look)

    def _dot(self, name: str, **look: Any) -> None:
        self._sources[name] = ColumnDataSource({"x": (), "y": ()}, name=name)
        self.payoff.scatter("x", "y", source=self._sources[name], **look)

    def _items(self, what: str, *names: str) -> dict[str, Any]:
        words = {
            "payoff before": "β = 0", "payoff after": "fine-tuned", "payoff here": "equilibrium",
            "outputs before": "initial model", "outputs after": "received",
        }  # fmt: skip
        frame = self.payoff if what == "payoff" else self.outputs
        by_name = {each.data_source.name: each for each in frame.renderers}
        keys = [f"{what} {name}" for name in names]
        return {words.get(key, key.rpartition(" ")[2]): by_name[key] for key in keys}


def _frame(x: str, y: str, **options: Any) -> Any:
    found: Any = figure(
        height=HEIGHT, sizing_mode="stretch_width", toolbar_location=None, tools="hover",
        tooltips=[(x, "$x{0.0000}"), (y, "$y{0.00000}")], x_range=(0.0, 1.0), title=" ",
        x_axis_label=x, y_axis_label=y, **options,
    )  # fmt: skip
    found.xgrid.visible = found.ygrid.visible = False
    found.outline_line_color = None
    return found


def _legend(frame: Any, items: Mapping[str, Any]) -> None:
    """Put a legend above a frame, in place of the one that is there."""
    entries = [LegendItem(label=word, renderers=[line]) for word, line in items.items()]
    if frame.legend:
        frame.legend[0].items = entries
        return
    legend = Legend(items=entries, orientation="horizontal", border_line_color=None, padding=0, margin=0)
    legend.label_text_font_size = "9pt"
    frame.add_layout(legend, "above")


def _data(picture: Picture) -> dict[str, tuple[Any, Any]]:
    """The lines of a picture by name: where, and how high."""
    if picture.payoff is None or picture.outputs is None:
        return {}
    payoff, equilibrium = picture.payoff, picture.equilibrium
    found = {}
    for betas, values in zip(payoff.intensities, payoff.payoff, strict=True):
        found["payoff after" if betas.any() else "payoff before"] = _broken(payoff.quality, values)
    height = getattr(equilibrium, equilibrium.rules.objective)
    found["payoff here"] = [equilibrium.quality], [height]
    found["outputs before"] = picture.outputs.output, picture.outputs.before
    found["outputs after"] = picture.outputs.output, picture.outputs.after
    return found


def _pins(pinned: Picture | None) -> dict[str, tuple[Any, Any]]:
    """The lines of a pinned picture: the best payoff, and the outputs that users receive."""
    if pinned is None or pinned.payoff is None or pinned.outputs is None:
        return {}
    best = np.nanmax(np.where(np.isnan(pinned.payoff.payoff), -np.inf, pinned.payoff.payoff), axis=0)
    best[~np.isfinite(best)] = np.nan
    return {
        "payoff": _broken(pinned.payoff.quality, best),
        "outputs": (pinned.outputs.output, pinned.outputs.after),
    }


def _broken(x: Any, y: Any) -> tuple[Any, Any]:
    """A line that breaks where it jumps."""
    known = y[np.isfinite(y)]
    whole = float(np.ptp(known)) if known.size else 0.0
    breaks = np.flatnonzero(np.abs(np.diff(y)) > MOST * whole) + 1 if whole else np.empty(0, dtype=int)
    return np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan)
