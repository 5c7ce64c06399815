"""One number on the page: a field to type in, and a slider beside it.

The slider is the browser's own: it has keys, touch, and a name for those who hear the page. What is done with
it is told at once, where the sliders of Panel wait for 50 ms; while it is under way, ten times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import param
from panel.reactive import ReactiveHTML

LOOK = """
:host { width: 100%; margin-bottom: 0.3em; padding: 0 6px; box-sizing: border-box; }
.knob { display: grid; grid-template-columns: minmax(6em, 1fr) minmax(8em, 1.6fr); gap: 0.1em 0.8em;
  align-items: center; font-size: 13px; }
.head { grid-column: 1 / 3; display: flex; gap: 0.4em; align-items: baseline; }
.knob > input { box-sizing: border-box; width: 100%; font: inherit; padding: 0.25em 0.5em;
  border: 1px solid #767676; border-radius: 4px; }
.track { touch-action: pan-y; cursor: pointer; padding: 0.4em 0; }
.track input { width: 100%; margin: 0; accent-color: #333; pointer-events: none; }
.ask { font: inherit; font-size: 0.8em; line-height: 1.3; width: 1.5em; padding: 0; border: 1px solid #767676;
  border-radius: 50%; background: #fff; color: #222; cursor: pointer; }
.about, .problem { grid-column: 1 / 3; margin: 0.2em 0; font-size: 0.9em; }
.problem { color: #8a1010; border-left: 4px solid #8a1010; padding-left: 0.5em; }
[hidden] { display: none !important; }
"""

THUMB = 16
"""Pixels that the thumb of a slider is wide, whose middle stands where the value is."""

RENDER = """
const [called, meaning] = data.words
label.textContent = called
label.htmlFor = typed.id
range.setAttribute("aria-label", `${called}, slider`)
ask.setAttribute("aria-label", `what ${called} means`)
ask.hidden = !meaning
about.textContent = meaning
ask.onclick = () => {
  about.hidden = !about.hidden
  ask.setAttribute("aria-expanded", String(!about.hidden))
}
let timer = null, last = 0
const tell = (final) => {
  clearTimeout(timer)
  timer = null
  last = performance.now()
  const at = performance.timeOrigin + last
  range.dispatchEvent(new CustomEvent("slid", {detail: {at, final, value: range.valueAsNumber}}))
}
const soon = () => {
  timer ??= setTimeout(() => tell(false), Math.max(0, last + 100 - performance.now()))
}
range.addEventListener("input", soon)
range.addEventListener("change", () => tell(true))
// A browser ends a drag of its own when what is around the slider changes, which it does while one drags.
let start = null, before = null, held = false
const place = (event) => {
  const box = range.getBoundingClientRect(), low = Number(range.min), high = Number(range.max)
  const share = (event.clientX - box.left - THUMB / 2) / (box.width - THUMB)
  range.value = low + Math.min(1, Math.max(0, share)) * (high - low)
  soon()
}
const move = (event) => {
  held = held || Math.abs(event.clientX - start) > 6
  if (held)
    place(event)
}
const release = (event) => {
  for (const [name, call] of Object.entries(calls))
    window.removeEventListener(name, call)
  if (event.type == "pointercancel")  // it was meant to move the page
    range.value = before
  else
    place(event)
  tell(true)
}
const calls = {pointermove: move, pointerup: release, pointercancel: release}
track.addEventListener("pointerdown", (event) => {
  if (event.button != 0)
    return
  event.preventDefault()
  range.focus()
  start = event.clientX
  before = range.value
  held = event.pointerType == "mouse"
  for (const [name, call] of Object.entries(calls))
    window.addEventListener(name, call)
  move(event)
})
// JupyterLab keeps Enter, and takes keys for commands unless what it sees says that they are none.
typed.addEventListener("keydown", (event) => {
  if (event.key == "Enter")
    typed.dispatchEvent(new Event("change"))
})
setTimeout(() => {
  let host = row
  while (host.getRootNode().host)
    host = host.getRootNode().host
  host.setAttribute("data-lm-suppress-shortcuts", "true")
}, 0)
const [, , value, , low, high, step] = data.shown
Object.assign(range, {min: low, max: high, step, value})
self.shown()
"""

RENDER = f"const THUMB = {THUMB}\n{RENDER}"

SHOWN = """
const [, text, value, moving, low, high, step, trouble] = data.shown
typed.value = text
if (!moving)
  Object.assign(range, {min: low, max: high, step, value})
problem.textContent = trouble
problem.hidden = !trouble
"""


class Knob(ReactiveHTML):  # type: ignore[misc]
    """A number that is shown, typed and slid.

    Attributes:
        words: what it is called, and what it means; in a list, since Panel spells signs of a text as HTML.
        shown: how often something was shown; the text; where the slider stands, and whether that is left to
            the hand that moves it; its ends and step; what is wrong. Use `show`.
    """

    words = param.List(default=["", ""])
    shown = param.List(default=[0, "", 0.0, False, 0.0, 1.0, 0.1, ""])

    _template = """
    <div id="row" class="knob">
      <div class="head"><label id="label"></label>
        <button id="ask" class="ask" type="button" aria-expanded="false">?</button></div>
      <input id="typed" type="text" inputmode="decimal" autocomplete="off" spellcheck="false"/>
      <div id="track" class="track"><input id="range" type="range"/></div>
      <p id="about" class="about" hidden></p>
      <div id="problem" class="problem" role="alert" hidden></div>
    </div>
    """
    _scripts = {"render": RENDER, "shown": SHOWN}  # noqa: RUF012
    _stylesheets = [LOOK]  # noqa: RUF012

    def listen(self, typed: Callable[[str], None], slid: Callable[[float, bool], None]) -> None:
        """Say what is to be called with what is typed, and with where the slider is, and whether for good."""
        last = 0.0

        def moved(event: Any) -> None:
            nonlocal last
            detail = event.data["detail"]
            if detail["at"] > last:  # what Panel puts off may be overtaken
                last = detail["at"]
                slid(float(detail["value"]), bool(detail["final"]))

        self.on_event("typed", "change", lambda event: typed(str(event.data["target"]["value"])))
        self.on_event("range", "slid", moved)

    def show(
        self, text: str, value: float, ends: tuple[float, float, float], *, moving: bool, problem: str
    ) -> None:
        """Show a text, the slider at a value unless a hand moves it, its ends and step, and what is wrong."""
        self.shown = [self.shown[0] + 1, text, value, moving, *ends, problem]
