"""The page: controls on one side, the picture on the other, the certificate above both."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, cast

import panel as pn

from eqsolve.errors import InputError
from eqsolve.explorer import links, words
from eqsolve.explorer.controls import PROBLEM, Controls, Wishes
from eqsolve.explorer.fields import fields_of
from eqsolve.explorer.lines import Lines
from eqsolve.explorer.picture import Picture
from eqsolve.explorer.runner import Later, Runner
from eqsolve.explorer.state import History, State, tried
from eqsolve.params import Params
from eqsolve.regimes import REGIMES
from eqsolve.selections import SELECTIONS

if TYPE_CHECKING:
    from eqsolve.explorer.workers import Workers

BODY = """
:host { display: grid !important; grid-template-columns: minmax(17em, 24em) minmax(0, 1fr); gap: 1em;
  align-items: start; }
.results { position: sticky; top: 6em; }
@media (max-width: 800px) {
  :host { grid-template-columns: minmax(0, 1fr) !important; }
  .controls { order: 2; } .results { order: 1; position: static; }
}
"""
PICTURES = """
:host { display: grid !important; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30em), 1fr));
  gap: 0.5em; }
"""
HEAD = """
:host { position: sticky; top: 0; z-index: 100; background: #fff; border-bottom: 1px solid #888;
  padding: 0.2em 0; }
"""
SPINNER = """
.solving::before { content: ""; display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.4em;
  border: 2px solid #888; border-top-color: #000; border-radius: 50%; animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .solving::before { animation: none; } }
"""
BAR = ":host { display: flex !important; flex-wrap: wrap; gap: 0.4em; align-items: end; }"
NEW, PAST = {"opacity": "1"}, {"opacity": "0.4"}
"""How what is known looks, and what still tells of the game before."""

COPY = "navigator.clipboard.writeText(command.tags[0])"


class Page:
    """One game as one person explores it.

    Args:
        start: the game that is shown first.
        base: the game of the file, from which commands tell the difference.
        file: what the file is called; "" for the preset.
        pinned: a game to compare with from the start.
        workers, later: see `Runner`.
        on_link: called with the query of a link to what is shown, whenever it changes.
    """

    def __init__(
        self,
        start: State,
        base: Params,
        file: str = "",
        *,
        pinned: State | None = None,
        workers: Workers | None = None,
        later: Later = lambda call: call(),
        on_link: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._base, self._file, self._on_link = base, file, on_link
        self.history, self.picture, self.pinned = History(start), cast(Picture | None, None), pinned
        self._pinned_picture: Picture | None = None
        self._controls = Controls(Wishes(self._change, self._add, self._remove))
        self._lines = Lines()
        self._verdict = pn.pane.HTML("solving…", sizing_mode="stretch_width", margin=0)
        self._spinner = pn.pane.HTML("", stylesheets=[SPINNER], margin=0, align="center")
        self._answer, self._numbers, self._gains = (
            pn.pane.HTML("", sizing_mode="stretch_width", margin=0) for _ in range(3)
        )
        self._trouble = pn.pane.HTML("", sizing_mode="stretch_width", margin=0)
        self._command = pn.pane.HTML("", sizing_mode="stretch_width", margin=0, tags=[""])
        self._regime = _menu("who decides", REGIMES, start.regime)
        self._selection = _menu("equilibrium among users", SELECTIONS, start.selection)
        self._undo = pn.widgets.Button(name="Undo", disabled=True, margin=0)
        self._pin = pn.widgets.Button(name="Unpin" if pinned else "Pin", margin=0)
        self._later = later
        self._runner = Runner(self._show, self._fail, workers, later)
        self._other = Runner(self._show_pinned, self._fail, workers, later)
        self._connect()
        self.view = self._laid_out()
        self._state_changed(solve=False)

    def start(self) -> None:
        """Solve what is shown first, once the page is there to be told."""
        with pn.io.hold():
            self._runner.ask(self.history.state)
            if self.pinned:
                self._other.ask(self.pinned)
            self._turn()

    def _connect(self) -> None:
        for menu, name in ((self._regime, "regime"), (self._selection, "selection")):
            menu.param.watch(lambda event, name=name: self._play(**{name: event.new}), "value")
        self._undo.on_click(lambda _: self._go_back())
        self._pin.on_click(lambda _: self._toggle_pin())

    def _laid_out(self) -> Any:
        copy = pn.widgets.Button(name="Copy as command", margin=0)
        copy.js_on_click(args={"command": self._command}, code=COPY)
        save = pn.widgets.FileDownload(
            callback=lambda: io.StringIO(links.toml_of(self.history.state)), filename=links.SAVED,
            label="Save as TOML", margin=0, button_type="default", align="end",
        )  # fmt: skip
        who = pn.Column(self._regime, self._selection, margin=0, sizing_mode="stretch_width")
        bar = pn.Row(self._undo, self._pin, copy, save, self._spinner, stylesheets=[BAR], margin=(4, 0))
        head = pn.Column(self._verdict, bar, stylesheets=[HEAD], margin=0, sizing_mode="stretch_width")
        controls = pn.Column(
            who, self._controls.view, css_classes=["controls"], margin=0, sizing_mode="stretch_width"
        )
        pictures = pn.Column(
            *self._lines.figures,
            pn.Column(self._gains, self._numbers, margin=0, sizing_mode="stretch_width"),
            stylesheets=[PICTURES], margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        results = pn.Column(
            self._answer, pictures, self._command,
            css_classes=["results"], margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        body = pn.Column(controls, results, stylesheets=[BODY], margin=0, sizing_mode="stretch_width")
        return pn.Column(head, self._trouble, body, sizing_mode="stretch_width", margin=(0, 8))

    def warn(self, message: str) -> None:
        """Say above everything that something is wrong; nothing if empty."""
        said = f'<div role="alert" style="{PROBLEM}">{escape(message)}</div>' if message else ""
        self._trouble.object = said

    def _change(self, key: str, value: object, final: bool) -> None:
        """Put a value at a key, or say there what is wrong with it."""
        found = tried(lambda: self.history.state.changed(key, value))
        with pn.io.hold():
            self._controls.forgive()
            if isinstance(found, InputError):
                self._controls.complain(key, found)
            else:
                self._move_to(found, final, key)

    def _add(self, key: str) -> None:
        self._try(lambda: self.history.state.added(key))

    def _remove(self, key: str, which: str) -> None:
        self._try(lambda: self.history.state.removed(key, which))

    def _play(self, **who: str) -> None:
        if any(getattr(self.history.state, name) != word for name, word in who.items()):
            self._try(lambda: self.history.state.played(**who))

    def _try(self, change: Callable[[], State]) -> None:
        found = tried(change)
        with pn.io.hold():
            if isinstance(found, InputError):
                self.warn(str(found))
                # Panel sends nothing back to what is changing just now.
                self._later(lambda: [m.param.trigger("value") for m in (self._regime, self._selection)])
            else:
                self._move_to(found, True)

    def _go_back(self) -> None:
        with pn.io.hold():
            self._controls.forgive()
            self.history.undo()
            self._state_changed()

    def _move_to(self, state: State, final: bool, key: str = "") -> None:
        (self.history.settle if final else self.history.show)(state)
        self._state_changed(key if not final else "", solve=final or not state.continuous)

    def _state_changed(self, moving: str = "", *, solve: bool = True) -> None:
        """Show the state in controls, commands and links, and solve it."""
        state = self.history.state
        self.warn("")
        if solve:
            self._runner.ask(state)
        self._show_menus()
        self._controls.show(fields_of(state.params), moving)
        self._undo.disabled = not self.history.can_undo
        command = links.command_of(state, self._base, self._file)
        self._command.object = (
            f"<p>As a command:</p><pre class='command' style='white-space: pre-wrap'>{escape(command)}</pre>"
        )
        self._command.tags = [command]
        if not moving:
            self._on_link(links.link_of(state, self.pinned))
        self._turn()

    def _show_menus(self) -> None:
        self._regime.value, self._selection.value = self.history.state.regime, self.history.state.selection

    def _toggle_pin(self) -> None:
        with pn.io.hold():
            self.pinned = None if self.pinned else self.history.state
            self._pinned_picture = self.picture if self.pinned else None
            self._pin.name = "Unpin" if self.pinned else "Pin"
            self._on_link(links.link_of(self.history.state, self.pinned))
            if self.picture:
                self._draw(self.picture)

    def _turn(self) -> None:
        """Say whether something is being solved."""
        self._spinner.object = words.SOLVING if self._runner.busy or self._other.busy else ""

    def _show_pinned(self, picture: Picture) -> None:
        with pn.io.hold():
            self._turn()
            self._pinned_picture = picture if self.pinned else None
            if self.picture:
                self._draw(self.picture)

    def _show(self, picture: Picture) -> None:
        before, self.picture = self.picture, picture
        follows = before is not None and not before.compared and before.state == picture.state
        with pn.io.hold():
            self._turn()
            self._draw(picture, lines=not follows)

    def _draw(self, picture: Picture, *, lines: bool = True) -> None:
        pinned = self._pinned_picture
        self._verdict.object = words.verdict(picture)
        if lines:
            self._lines.show(picture, pinned)
        for each in (self._answer, self._gains, self._numbers):
            each.styles = NEW if picture.compared else PAST
        if picture.compared:
            self._answer.object = words.answer(picture)
            self._gains.object = words.gains(picture)
            self._numbers.object = words.numbers(picture, pinned)

    def close(self) -> None:
        """Nobody looks any more."""
        self._runner.stop()
        self._other.stop()

    def _fail(self, error: Exception) -> None:
        with pn.io.hold():
            self._turn()
            self.warn(
                str(error) if isinstance(error, InputError) else f"this is a defect of eqsolve: {error!r}"
            )


def _menu(name: str, options: Any, value: str) -> Any:
    labels = {f"{option.words} ({word})": word for word, option in options.items()}
    return pn.widgets.Select(
        name=name, options=labels, value=value, margin=(0, 0, 5, 0), sizing_mode="stretch_width"
    )
