"""A real browser on a real server: `make test-browser`, with Playwright and a Chromium."""

import math
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest

from eqsolve.explorer.knob import THUMB
from eqsolve.tables.cells import NOTHING

SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000
"""Milliseconds after which something will not happen any more."""

DIMMED = "each => getComputedStyle(each.getRootNode().host).opacity"

MOMENT = """() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))"""
"""Takes until the page has sent what was done."""

LOUD = re.compile(r"error|traceback|warning|exception", re.IGNORECASE)
MEANT = "Refusing websocket connection from Origin 'http://evil.example'"


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    own = os.environ.get("EQSOLVE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=own, args=SWITCHES)
        yield found
        found.close()


@dataclass
class Server:
    """`eqsolve explore`, and what it says."""

    process: subprocess.Popen
    address: str
    said: list[str] = field(default_factory=list)

    def loud(self):
        return [line for line in self.said if LOUD.search(line) and MEANT not in line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explored")


@pytest.fixture(scope="module")
def server(folder):
    """Pages of the preset game, in a folder of their own."""
    (folder / "paper.toml").write_text("")
    line = [sys.executable, "-m", "eqsolve", "explore", "paper.toml", "--port", "0", "--no-browser"]
    process = subprocess.Popen(line, cwd=folder, stderr=subprocess.PIPE, text=True)
    address = re.search(r"http://[\d.]+:\d+/", process.stderr.readline())[0]
    found = Server(process, address)
    reader = threading.Thread(target=lambda: found.said.extend(process.stderr), daemon=True)
    reader.start()
    yield found
    process.terminate()
    process.wait(10)
    reader.join(10)
    process.stderr.close()
    assert found.loud() == [], "".join(found.said)


class Explored:
    """A page of the explorer, as somebody sees it."""

    def __init__(self, page, address):
        self.page, self.address, self.trouble, self.outside = page, address, [], []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: said.type == "error" and self.trouble.append(said.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", lambda asked: self._watch(asked.url))
        page.on("websocket", self._listen)

    def _watch(self, url):
        host = re.match(r"(?:http|ws)s?://([^/:]+)", url)
        if host and host[1] != "127.0.0.1":
            self.outside.append(url)

    def _listen(self, line):
        self._watch(line.url)
        self.sent = self.heard = 0
        line.on("framesent", lambda frame: self._count("sent", "PATCH-DOC", frame))
        line.on("framereceived", lambda frame: self._count("heard", "OK", frame))

    def _count(self, what, kind, frame):
        if isinstance(frame, str) and f'"msgtype":"{kind}"' in frame.replace(" ", ""):
            setattr(self, what, getattr(self, what) + 1)

    def open(self, query=""):
        self.page.goto(f"{self.address}{query}")
        self.settled()
        return self

    def settled(self):
        """Wait until the server has taken all that was done, and nothing is being solved."""
        self.page.wait_for_selector(".verdict")
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            self.page.evaluate(MOMENT)
            if self.heard >= self.sent and not self.page.locator(".solving").count():
                assert self.page.locator(".numbers").evaluate(DIMMED) == "1"
                return self
        seen = self.page.locator("body").inner_text()
        raise TimeoutError(f"{PATIENCE / 1000:g} s: {self.sent} sent, {self.heard} answered; {seen}")

    def row(self, key):
        name = re.sub("[^A-Za-z0-9_]+", "-", key).strip("-")
        return self.page.locator(f".field-{name}")

    def handle(self, key):
        return self.row(key).get_by_role("slider")

    def type(self, key, text):
        box = self.row(key).locator("input").first
        box.fill(text)
        box.press("Enter")
        return self.settled()

    def value(self, key):
        return self.row(key).locator("input").first.input_value()

    def choose(self, key, word):
        self.row(key).locator("select").select_option(word)
        return self.settled()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()
        return self.settled()

    def drag(self, key, share):
        """Drag a slider to a share of its length, and let go."""
        slider = self.handle(key)
        slider.scroll_into_view_if_needed()
        box, mouse = slider.bounding_box(), self.page.mouse
        left, length = box["x"] + THUMB / 2, box["width"] - THUMB
        now, low, high = slider.evaluate("each => [each.valueAsNumber, Number(each.min), Number(each.max)]")
        start, end = left + (now - low) / (high - low) * length, left + share * length
        y = box["y"] + box["height"] / 2
        mouse.move(start, y)
        mouse.down()
        mouse.move((start + end) / 2, y, steps=3)
        mouse.move(end, y, steps=3)
        mouse.up()
        return self.settled()

    def number(self, name):
        text = self.page.locator(f'.numbers tr[data-name="{name}"] td').first.inner_text()
        return math.nan if text == NOTHING else float(text)

    @property
    def state(self):
        return self.page.locator(".verdict").get_attribute("data-state")

    @property
    def command(self):
        return self.page.locator(".command").inner_text()


@pytest.fixture
def another(chromium, server):
    """Makes pages of other people."""
    contexts = []

    def make(**options):
        contexts.append(chromium.new_context(**options))
        return Explored(contexts[-1].new_page(), server.address)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def explored(chromium, server):
    """A page that is closed afterwards, and must have met no trouble and asked nobody else."""
    context = chromium.new_context(accept_downloads=True)
    found = Explored(context.new_page(), server.address)
    yield found
    context.close()
    assert found.trouble == []
    assert found.outside == []
