"""The left side of the page: a slider, menu or text for everything that can be changed in a game."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import panel as pn

from eqsolve.errors import InputError
from eqsolve.explorer.fields import Field, Name, Number, Rows, Word
from eqsolve.explorer.knob import Knob
from eqsolve.params import keys, parse_overrides
from eqsolve.provenance import number

SAME = 1e-9
"""Values closer than this, as a share of a slider's length, are the same: what rounding moves them."""

TITLES = {
    "platform": "Platform",
    "finetuning": "Fine-tuning",
    "users": "Users",
    "model": "Initial model",
    "policy": "Policy",
}

ROW = """
:host { display: grid !important; grid-template-columns: minmax(11.5em, 1.3fr) minmax(6em, 1fr); gap: 0 0.5em;
  align-items: end; width: 100%; margin-bottom: 0.3em; padding: 0 6px; box-sizing: border-box; }
.problem { grid-column: 1 / 3; }
"""
PROBLEM = "color: #8a1010; border-left: 4px solid #8a1010; padding-left: 0.5em; font-size: 0.9em;"


@dataclass(frozen=True)
class Wishes:
    """What people ask for, as calls: a value at a key (for good, or under way), a table more or less."""

    change: Callable[[str, object, bool], None]
    add: Callable[[str], None]
    remove: Callable[[str, str], None]


class Controls:
    """Shows fields, and says what people do with them."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._shape: tuple[object, ...] = ()
        self._rows: dict[str, _Row] = {}
        self._silent = False
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)

    def show(self, fields: Sequence[Field], moving: str = "") -> None:
        """Show what the fields hold; the slider at the key `moving` is left to the hand that moves it."""
        shape = tuple((field.key, type(field), getattr(field, "words", ())) for field in fields)
        with self._quiet():
            if shape != self._shape:
                self._shape = shape
                self._build(fields)
            for field in fields:
                if row := self._rows.get(field.key):
                    row.show(field, moving == field.key)

    def complain(self, key: str, error: InputError) -> None:
        """Say at a field what is wrong with what was put in."""
        if key in self._rows:
            self._rows[key].complain(str(error))

    def forgive(self) -> None:
        """Say nothing is wrong."""
        for row in self._rows.values():
            row.complain("")

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Take no change for one that somebody made."""
        before, self._silent = self._silent, True
        try:
            yield
        finally:
            self._silent = before

    def _build(self, fields: Sequence[Field]) -> None:
        groups: dict[str, list[Any]] = {}
        self._rows = {}
        for field in fields:
            group = groups.setdefault(_section(field), [])
            if isinstance(field, Rows):
                group.append(self._adder(field))
                continue
            if (place := _place(field)) and not any(f"remove {place}" in each.tags for each in group):
                group.append(self._remover(field, place))
            row = _row_of(field, self._say)
            self._rows[field.key] = row
            group.append(row.view)
        self.view[:] = [_card(_title(name), rows) for name, rows in groups.items()]

    def _say(self, key: str, value: object, final: bool) -> None:
        if not self._silent:
            self._wishes.change(key, value, final)

    def _adder(self, field: Rows) -> Any:
        what = {"segments": "a segment", "components": "a component"}.get(field.label, field.label)
        button = pn.widgets.Button(name=f"Add {what}", margin=(5, 0))
        button.on_click(lambda _: self._wishes.add(field.key))
        return button

    def _remover(self, field: Field, place: tuple[str, str]) -> Any:
        name = place[1] if isinstance(field, Name) else f"component {int(place[1]) + 1}"
        button = pn.widgets.Button(name=f"Remove {name}", margin=(5, 0), tags=[f"remove {place}"])
        button.on_click(lambda _: self._wishes.remove(*place))
        return button


def _section(field: Field) -> str:
    """Where a field is shown: in its table, a segment being one of its own."""
    steps = keys.split(field.key)
    return ".".join(steps[:3]) if steps[:2] == ["users", "segments"] and len(steps) > 2 else steps[0]


def _title(section: str) -> str:
    return TITLES.get(section) or f"Segment {section.rpartition('.')[2]}"


def _card(title: str, rows: list[Any]) -> Any:
    return pn.Card(*rows, title=title, sizing_mode="stretch_width", margin=(0, 0, 8, 0), collapsed=False)


def _place(field: Field) -> tuple[str, str] | None:
    """The list of the table that a field starts, and its name or number in it, if it starts one."""
    if isinstance(field, Name):
        return "users.segments", str(field.value)
    if isinstance(field, Word) and field.group.endswith("]"):
        head, _, index = field.group.removesuffix("]").rpartition("[")
        return head, index
    return None


class _Row:
    """One field: what shows it, and what is wrong with it."""

    def __init__(self, field: Field, say: Callable[[str, object, bool], None], *widgets: Any) -> None:
        self.field, self.say = field, say
        self._problem: Any = None
        self.view = pn.Column(
            *widgets, css_classes=[name_of(field.key)], stylesheets=[ROW],
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def show(self, field: Field, moving: bool) -> None:
        """Show what the field holds."""
        raise NotImplementedError

    def complain(self, message: str) -> None:
        """Say what is wrong; nothing if empty."""
        if message and self._problem is None:
            self._problem = pn.pane.HTML("", css_classes=["problem"], margin=0, sizing_mode="stretch_width")
            self.view.append(self._problem)
        if self._problem is not None:
            said = f'<div role="alert" style="{PROBLEM}">{escape(message)}</div>' if message else ""
            self._problem.object = said


class _NumberRow(_Row):
    def __init__(self, field: Number, say: Callable[[str, object, bool], None]) -> None:
        self.field, self.say = field, say
        self._shown: tuple[object, ...] = ()
        self._text, self._at, self._problem = "", field.value, ""
        self.view = Knob(words=[field.label, field.help], css_classes=[name_of(field.key)], margin=0)
        self.view.listen(self._read, self._move)
        self.show(field, False)

    def show(self, field: Field, moving: bool) -> None:
        assert isinstance(field, Number)
        self.field = field
        self._text = number(float(field.value))
        self._refresh(moving)

    def complain(self, message: str) -> None:
        self._problem = message
        self._refresh(True)

    def _refresh(self, moving: bool) -> None:
        """Tell the page what it does not show yet; where the slider is, is left to the hand that moves it."""
        field = self.field
        assert isinstance(field, Number)
        at = self._at if moving else field.value
        ends = _end(field, field.low), _end(field, field.high), int(field.step) if field.whole else field.step
        wanted = self._text, at, ends, self._problem
        if wanted != self._shown:
            self._shown, self._at = wanted, at
            self.view.show(self._text, at, ends, moving=moving, problem=self._problem)

    def _move(self, value: float, final: bool) -> None:
        assert isinstance(self.field, Number)
        self._know(at=value)
        apart = abs(value - self.field.value) > SAME * (self.field.high - self.field.low)
        if final or apart:
            self.say(self.field.key, self.field.rounded(value) if apart else self.field.value, final)

    def _read(self, text: str) -> None:
        self._know(text=text)
        if text != number(float(self.field.value)):
            try:
                (value,) = parse_overrides([f"{self.field.key}={text}"]).values()
            except InputError:
                value = text
            self.say(self.field.key, value, True)

    def _know(self, text: str | None = None, at: float | None = None) -> None:
        """Keep in mind what the page shows by itself."""
        self._text, self._at = self._text if text is None else text, self._at if at is None else at
        self._shown = self._text, self._at, *self._shown[2:]


def name_of(key: str) -> str:
    """The class of what shows the field of a key, for style sheets and scripts."""
    return f"field-{re.sub('[^A-Za-z0-9_]+', '-', key).strip('-')}"


def _end(field: Number, value: float) -> float:
    return math.floor(value) if field.whole else value


class _WordRow(_Row):
    def __init__(self, field: Word, say: Callable[[str, object, bool], None]) -> None:
        self._menu = pn.widgets.Select(
            name=field.label, options=list(field.words), value=field.value, description=field.help or None,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        super().__init__(field, say, self._menu)
        self._menu.param.watch(lambda event: self.say(self.field.key, event.new, True), "value")

    def show(self, field: Field, moving: bool) -> None:
        self.field = field
        self._menu.value = field.value


class _NameRow(_Row):
    def __init__(self, field: Name, say: Callable[[str, object, bool], None]) -> None:
        self._text = pn.widgets.TextInput(
            name="name", value=field.value, description=field.help or None,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        super().__init__(field, say, self._text)
        self._text.param.watch(lambda event: self.say(self.field.key, event.new, True), "value")

    def show(self, field: Field, moving: bool) -> None:
        self.field = field
        self._text.value = field.value


def _row_of(field: Field, say: Callable[[str, object, bool], None]) -> _Row:
    if isinstance(field, Number):
        return _NumberRow(field, say)
    if isinstance(field, Word):
        return _WordRow(field, say)
    assert isinstance(field, Name)
    return _NameRow(field, say)
