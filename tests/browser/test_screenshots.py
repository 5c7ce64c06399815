"""What the explorer looks like, on a desk, on a phone, in gray: the pictures of docs/explorer.md.

`make screenshots` puts them there.
"""

import os
from pathlib import Path

import pytest

from eqsolve import Params, solve
from eqsolve.explorer.links import link_of
from eqsolve.explorer.state import State
from eqsolve.tables.cells import written

pytestmark = pytest.mark.browser

FOLDER = Path(os.environ.get("EQSOLVE_SCREENSHOTS", "build/screenshots"))
DESK = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}

PINNED = State(Params())
TOO_NARROW = State(Params().replace({"users.match.breadth": 0.0001}))
EXPLORED = State(Params().replace({"finetuning.cost": 0.02, "users.segments.low.accuracy": 0.5}))


def taken(page, name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.page.mouse.move(0, 0)
    page.page.wait_for_timeout(500)
    page.page.screenshot(path=FOLDER / name)
    assert (FOLDER / name).stat().st_size > 10_000


def width_of(page):
    return page.page.evaluate("() => document.documentElement.scrollWidth")


def top_of(page, name):
    return page.page.locator(name).first.bounding_box()["y"]


def test_on_a_desk(another):
    page = another(viewport=DESK).open(link_of(EXPLORED, PINNED))
    taken(page, "explorer.png")
    assert width_of(page) <= DESK["width"]
    last = page.row("policy.finetuning-tax")
    last.scroll_into_view_if_needed()
    page.page.wait_for_timeout(200)
    assert 0 <= top_of(page, ".verdict") < DESK["height"]
    assert 0 <= top_of(page, "canvas") < DESK["height"]
    assert page.trouble == [] and page.outside == []


def test_what_is_not_certified(another):
    page = another(viewport=DESK).open(link_of(TOO_NARROW, PINNED))
    taken(page, "explorer-not-certified.png")
    assert page.state == "refused"


def test_on_a_phone(another):
    page = another(viewport=PHONE, has_touch=True, is_mobile=True).open(link_of(EXPLORED))
    taken(page, "explorer-phone.png")
    assert width_of(page) <= PHONE["width"]
    page.row("policy.finetuning-tax").scroll_into_view_if_needed()
    page.page.wait_for_timeout(200)
    assert 0 <= top_of(page, ".verdict") < PHONE["height"]
    slider = page.handle("finetuning.cost")
    slider.scroll_into_view_if_needed()
    box, high = slider.bounding_box(), float(slider.get_attribute("max"))
    page.page.touchscreen.tap(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.settled()
    cost = float(page.value("finetuning.cost"))
    assert cost == pytest.approx(0.5 * high, rel=0.05)
    changed = EXPLORED.changed("finetuning.cost", cost)
    assert page.number("profit") == float(written(solve(changed.params).profit))
