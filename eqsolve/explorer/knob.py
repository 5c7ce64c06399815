"""One number on the page: a field to type in, and a slider beside it.

The slider is the browser's own: it has a name for those who hear the page, keys, and touch. What is done with it is
told at once, where the sliders of Panel wait for 50 ms; while it is under way, ten times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import param
from panel.reactive import ReactiveHTML

LOOK = """
:host { width: 100%; margin-bottom: 0.3em; }
.knob { display: grid; grid-template-columns: minmax(11.5em, 1.3fr) minmax(6em, 1fr); gap: 0 0.8em;
  align-items: end; font-size: 14px; }
.head { display: flex; gap: 0.4em; align-items: baseline; }
.entry input { box-sizing: border-box; width: 100%; font: inherit; padding: 0.25em 0.5em;
  border: 1px solid #767676; border-radius: 4px; }
.knob > input { width: 100%; margin: 0 0 0.5em; accent-color: #333; }
.ask { font: inherit; font-size: 0.8em; line-height: 1.3; width: 1.5em; padding: 0; border: 1px solid #767676;
  border-radius: 50%; background: #fff; color: #222; cursor: pointer; }
.about, .problem { grid-column: 1 / 3; margin: 0.2em 0; font-size: 0.9em; }
.problem { color: #8a1010; border-left: 4px solid #8a1010; padding-left: 0.5em; }
[hidden] { display: none !important; }
"""

RENDER = """
label.textContent = data.label
label.htmlFor = typed.id
range.setAttribute("aria-label", `${data.label}, slider`)
ask.setAttribute("aria-label", `what ${data.label} means`)
ask.hidden = !data.about
about.textContent = data.about
ask.onclick = () => {
  about.hidden = !about.hidden
  ask.setAttribute("aria-expanded", String(!about.hidden))
}
const tell = () => {
  state.last = performance.now()
  state.timer = null
  range.dispatchEvent(new Event("move"))
}
range.addEventListener("input", () => {
  if (state.timer == null)
    state.timer = setTimeout(tell, Math.max(0, (state.last ?? 0) + 100 - performance.now()))
})
range.addEventListener("change", () => {
  clearTimeout(state.timer)
  state.timer = null
})
self.shown()
range.value = data.shown[2]
"""

SHOWN = """
const [, text, value, moving, low, high, step, trouble] = data.shown
typed.value = text
range.min = low
range.max = high
range.step = step
if (!moving)
  range.value = value
problem.textContent = trouble
problem.hidden = !trouble
"""


class Knob(ReactiveHTML):  # type: ignore[misc]
    """A number that is shown, typed and slid.

    Attributes:
        label: what it is called.
        about: what it means.
        shown: how often something was shown; the text; where the slider stands, and whether a hand moves it, to
            which it is left; its ends and step; what is wrong. Use `show`.
    """

    label = param.String()
    about = param.String()
    shown = param.List(default=[0, "", 0.0, False, 0.0, 1.0, 0.1, ""])

    _template = """
    <div id="row" class="knob">
      <div class="entry">
        <div class="head"><label id="label"></label>
          <button id="ask" class="ask" type="button" aria-expanded="false">?</button></div>
        <input id="typed" type="text" inputmode="decimal" autocomplete="off" spellcheck="false"/>
      </div>
      <input id="range" type="range"/>
      <p id="about" class="about" hidden></p>
      <div id="problem" class="problem" role="alert" hidden></div>
    </div>
    """
    _scripts = {"render": RENDER, "shown": SHOWN}  # noqa: RUF012
    _stylesheets = [LOOK]  # noqa: RUF012

    def listen(self, typed: Callable[[str], None], slid: Callable[[float, bool], None]) -> None:
        """Say what is to be called with what is typed, and with where the slider is, and whether for good."""
        self.on_event("typed", "change", lambda event: typed(_value(event)))
        self.on_event("range", "move", lambda event: slid(float(_value(event)), False))
        self.on_event("range", "change", lambda event: slid(float(_value(event)), True))

    def show(self, text: str, value: float, moving: bool, ends: tuple[float, float, float], problem: str) -> None:
        """Show a text, the slider at a value unless a hand moves it, its two ends and step, and what is wrong."""
        self.shown = [self.shown[0] + 1, text, value, moving, *ends, problem]


def _value(event: Any) -> str:
    return str(event.data["target"]["value"])
