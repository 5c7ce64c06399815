"""The explorer as people use it."""

import http.client
import json
import math
import shlex
import subprocess
import sys
from asyncio import run, sleep
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from eqsolve import Params, solve
from eqsolve.explorer.fields import Number, fields_of
from eqsolve.tables.cells import written

pytestmark = pytest.mark.browser

REVENUE = "platform.revenue"
HELP = next(field.help for field in fields_of(Params()) if field.key == REVENUE)


def test_a_dragged_slider_shows_what_solve_gives(explored):
    page = explored.open()
    before = page.number("profit")
    page.drag(REVENUE, 0.6)
    revenue = float(page.value(REVENUE))
    assert revenue > 1.0
    expected = solve(Params().replace({REVENUE: revenue}))
    for name in ("quality", "intensity", "participation", "profit", "user_surplus", "welfare"):
        assert page.number(name) == float(written(getattr(expected, name)))
    assert page.number("profit") != before
    assert page.state == "certified"


def test_keys_move_sliders(explored):
    page = explored.open()
    page.handle(REVENUE).focus()
    page.page.keyboard.press("ArrowRight")
    page.settled()
    assert float(page.value(REVENUE)) == pytest.approx(0.51)
    assert page.number("profit") == float(written(solve(Params().replace({REVENUE: 0.51})).profit))


def named(page):
    """Role and name of what can be used on a page, as it is told to those who hear it."""
    line = page.page.context.new_cdp_session(page.page)
    nodes = line.send("Accessibility.getFullAXTree")["nodes"]
    line.detach()
    told = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if "role" in node
    ]
    return [(role, name) for role, name in told if role in USED]


USED = ("button", "checkbox", "combobox", "link", "listbox", "menuitem", "slider", "spinbutton", "textbox")


def test_everything_that_can_be_used_has_a_name(explored):
    found = named(explored.open())
    numbers = [field for field in fields_of(Params()) if isinstance(field, Number)]
    assert [each for each in found if not each[1].strip()] == []
    for role, end in (("slider", ", slider"), ("textbox", "")):
        names = [name for kind, name in found if kind == role]
        assert {f"{field.label}{end}" for field in numbers} <= set(names)


def test_all_is_reached_and_used_by_keys(explored):
    page = explored.open()
    box = page.row(REVENUE).get_by_role("textbox")
    keys = page.page.keyboard
    box.focus()
    keys.press("ControlOrMeta+a")
    keys.type("0.9")
    keys.press("Enter")
    page.settled()
    assert page.number("profit") == float(written(solve(Params().replace({REVENUE: 0.9})).profit))
    keys.press("Tab")  # from the number to its slider
    assert page.handle(REVENUE).evaluate("each => each.matches(':focus')")
    keys.press("Home")
    page.settled()
    assert float(page.value(REVENUE)) == 0.0
    page.page.get_by_role("button", name="Undo").focus()
    keys.press("Enter")
    page.settled()
    assert page.value(REVENUE) == "0.9"
    asked = page.row(REVENUE).get_by_role("button")
    asked.focus()
    keys.press("Enter")
    assert asked.get_attribute("aria-expanded") == "true"
    assert page.row(REVENUE).get_by_text(HELP).is_visible()


def test_a_game_that_is_not_certified_looks_it(explored):
    page = explored.open()
    page.type("users.match.breadth", "0.0001")
    assert page.state == "refused"
    assert "NOT CERTIFIED" in page.page.locator(".verdict").inner_text()
    assert page.page.get_by_text("do not rely on what follows").count() == 1
    assert math.isnan(page.number("profit"))


def test_what_is_typed_badly_is_said_at_the_field(explored):
    page = explored.open()
    said = {
        "-1": "platform.revenue = -1 is out of range: expected a number >= 0",
        "much": 'platform.revenue = "much" has the wrong type: expected a number >= 0',
    }
    for text, message in said.items():
        page.type(REVENUE, text)
        assert page.row(REVENUE).get_by_role("alert").inner_text() == message
    assert page.number("profit") == float(written(solve(Params()).profit))
    page.type(REVENUE, "0.7")
    assert page.row(REVENUE).get_by_role("alert").count() == 0
    assert page.number("profit") == float(written(solve(Params().replace({REVENUE: 0.7})).profit))


def test_the_link_brings_everything_back(explored):
    page = explored.open()
    page.type(REVENUE, "0.7")
    page.choose("users.transaction_cost.dist", "lognormal")
    page.press("Pin")
    page.type("finetuning.cost", "0.02")
    profit, url = page.number("profit"), page.page.url
    assert "game=" in url and "pinned-game=" in url
    page.page.reload()
    page.settled()
    assert page.page.url == url
    assert (page.value(REVENUE), page.value("finetuning.cost")) == ("0.7", "0.02")
    assert page.number("profit") == profit
    assert page.page.locator(".numbers th", has_text="pinned").count() == 1


def test_a_link_that_says_no_game_is_said(explored):
    page = explored.open("?game=nonsense")
    assert "the link says no game" in page.page.get_by_role("alert").first.inner_text()
    assert page.state == "certified"


def test_what_is_saved_and_copied_solves_to_the_same(explored, folder):
    page = explored.open()
    page.type(REVENUE, "0.65")
    page.press("Add a segment")
    page.page.get_by_label("who decides").select_option(label="fine-tuning imposed (forced)")
    page.settled()
    with page.page.expect_download() as waiting:
        page.page.get_by_text("Save as TOML").click()
    waiting.value.save_as(folder / "game.toml")
    shown = page.number("profit")
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.press("Copy as command")
    assert page.page.evaluate("() => navigator.clipboard.readText()") == page.command
    for line in (page.command, "eqsolve solve game.toml --regime forced"):
        words = [sys.executable, "-m", *shlex.split(line), "--json"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
        assert float(written(json.loads(done.stdout)["equilibrium"]["profit"])) == shown


def test_segments_come_and_go_and_steps_are_taken_back(explored):
    page = explored.open()
    page.press("Add a segment")
    assert page.value("users.segments.segment-1.share") == "0.1"
    assert float(page.value("users.segments.high.share")) == pytest.approx(0.63)
    page.press("Remove low")
    assert page.row("users.segments.low.share").count() == 0
    page.press("Undo").press("Undo")
    assert page.row("users.segments.segment-1.share").count() == 0
    assert page.value("users.segments.low.share") == "0.3"
    assert page.page.get_by_role("button", name="Undo").is_disabled()


def test_a_policy_and_who_decides_are_switched(explored):
    page = explored.open()
    page.type("policy.quality-floor", "0.8")
    assert page.number("quality") == 0.8
    page.page.get_by_label("who decides").select_option(label="a planner decides (planner)")
    page.settled()
    assert "policy quality-floor cannot bind" in page.page.get_by_role("alert").first.inner_text()
    page.press("Undo")
    page.page.get_by_label("who decides").select_option(label="a planner decides (planner)")
    page.settled()
    assert page.number("welfare") == float(written(solve(Params(), regime="planner").welfare))


def test_a_continuous_choice_is_solved_when_the_slider_is_released(explored):
    page = explored.open()
    page.choose("finetuning.choice", "continuous")
    page.drag("finetuning.cost", 0.02)
    game = Params().replace(
        {"finetuning.choice": "continuous", "finetuning.cost": float(page.value("finetuning.cost"))}
    )
    assert page.number("intensity") == float(written(solve(game).intensity))


def test_two_people_do_not_see_each_others_game(explored, another):
    page, other = explored.open(), another().open()
    other.type(REVENUE, "0.9")
    page.type("finetuning.cost", "0.01")
    for each, game in ((page, {"finetuning.cost": 0.01}), (other, {REVENUE: 0.9})):
        assert each.number("profit") == float(written(solve(Params().replace(game)).profit))
    assert (page.value(REVENUE), other.value(REVENUE)) == ("0.5", "0.9")
    assert (page.value("finetuning.cost"), other.value("finetuning.cost")) == ("0.01", "0.05")
    assert page.command != other.command and page.page.url != other.page.url


def test_what_other_threads_tell_a_page_reaches_it_while_it_holds_its_events_back():
    """A document alone loses some of these calls."""
    from bokeh.document import Document
    from bokeh.document.events import SessionCallbackAdded
    from bokeh.models import Div
    from tornado.ioloop import IOLoop

    from eqsolve.explorer.server import later

    document, told, calls = Document(), [], 20_000
    document.add_root(Div())

    async def hold_and_let_go():
        loop = IOLoop.current()
        document.on_change(
            lambda event: told.append(event) if isinstance(event, SessionCallbackAdded) else None
        )
        tell = later(document, loop)
        thread = Thread(target=lambda: [tell(lambda: None) for _ in range(calls)])
        thread.start()
        while thread.is_alive():
            document.hold("combine")
            document.roots[0].text += "."
            document.unhold()
        await sleep(1)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(1) as apart:
            apart.submit(lambda: run(hold_and_let_go())).result()
    finally:
        sys.setswitchinterval(before)
    assert len(told) == calls


def answered(port, path, host, **more):
    """The code with which a request that names a host is answered, also where a browser would ask none."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.request("GET", path, headers={"Host": host, **more})
    code = line.getresponse().status
    line.close()
    return code


def upgrade(port, host, origin):
    token = "eyJzZXNzaW9uX2lkIjogIngifQ"
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin,
             "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
             "Sec-WebSocket-Protocol": f"bokeh, {token}"}  # fmt: skip
    return answered(port, "/ws", host, **asked)


def test_other_hosts_are_refused(server):
    port = int(server.address.rpartition(":")[2].strip("/"))
    here, there = f"127.0.0.1:{port}", f"evil.example:{port}"
    for host, code in (
        (here, 200),
        (f"localhost:{port}", 200),
        (there, 403),
        ("127.0.0.1.evil.example", 403),
    ):
        assert answered(port, "/", host) == code
        assert answered(port, "/autoload.js?bokeh-autoload-element=1", host) == 403
        assert answered(port, "/metadata", host) == 403
    # A name of another machine that is made to lead here, another site, and both.
    for host, origin in (
        (there, f"http://{there}"),
        (here, "http://evil.example"),
        (there, f"http://{here}"),
    ):
        assert upgrade(port, host, origin) == 403
