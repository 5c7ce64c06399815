"""The page over HTTP, on this machine and for this machine only.

Importing this module raises InputError when Panel is not installed.
"""

from __future__ import annotations

import logging
import socket
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any

from eqsolve.errors import InputError
from eqsolve.explorer import links
from eqsolve.explorer.runner import Later
from eqsolve.explorer.state import State
from eqsolve.explorer.workers import Workers
from eqsolve.extras import missing
from eqsolve.params import Params

try:
    import panel as pn
    from bokeh.server.auth_provider import AuthProvider
    from bokeh.settings import settings
    from tornado.ioloop import IOLoop
    from tornado.iostream import StreamClosedError
    from tornado.web import HTTPError
    from tornado.websocket import WebSocketClosedError

    from eqsolve.explorer.page import Page
except ModuleNotFoundError as error:
    raise missing("the explorer needs", "Panel", "explore") from error

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost")
"""Hosts that a browser may call this machine."""

PATHS = ("/", "/ws")
"""What is answered with a game: the page, and its line to here."""


PAGE = """
{% extends base %}
{% block postamble %}<meta name="viewport" content="width=device-width, initial-scale=1">{% endblock %}
{% block contents %}{{ embed(roots.explorer) }}{{ embed(roots.location) }}{% endblock %}
"""
"""The page around the page, as wide as a phone is."""


GONE = 3000
"""Milliseconds after which a page that was closed is forgotten, and what is solved for it broken off."""


class ThisMachine(AuthProvider):  # type: ignore[misc]
    """Lets in whoever asks for this machine by one of its names.

    A page elsewhere whose own name is made to lead here would ask by that name, and could read what it gets.
    Scripts and styles, which hold nothing of a game, are not asked for.
    """

    @property
    def get_user_async(self) -> Callable[[Any], Awaitable[str]]:
        """Say who asks, which is called before anything is answered."""
        return _let_in

    @property
    def get_login_url(self) -> Callable[[Any], str]:
        """Say where to log in, as Bokeh asks of whoever says who somebody is: nowhere."""
        return lambda asked: ""


async def _let_in(asked: Any) -> str:
    request = asked.request
    if request.host_name not in NAMES or request.path not in PATHS:
        raise HTTPError(403, "eqsolve explores on this machine only")
    return "somebody on this machine"


def serve(params: Params, file: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve pages of a game until interrupted.

    Args:
        params: the game that a page starts with.
        file: what its file is called, for commands; "" for the preset.
        port: where; 0 for any that is free.
        ready: called with the address once pages can be opened.

    Raises:
        InputError: Panel is not installed, or the port is taken.
    """
    server, workers = start(params, file, port)
    try:
        ready(f"http://{ADDRESS}:{server.port}/")
        server.io_loop.start()
    finally:
        server.stop()
        workers.close()


def start(params: Params, file: str, port: int) -> tuple[Any, Workers]:
    """The server, which answers once its loop runs, and the processes that solve for it."""
    port, workers = port or free_port(), Workers()
    settings.resources = "server"
    pn.extension()
    try:
        server = pn.io.server.get_server(
            {"/": lambda: page(params, file, workers)},
            port=port,
            address=ADDRESS,
            websocket_origin=[f"{name}:{port}" for name in NAMES],
            auth_provider=ThisMachine(),
            title=f"eqsolve: {file or 'paper'}",
            show=False,
            start=False,
            verbose=False,
            unused_session_lifetime_milliseconds=GONE,
            check_unused_sessions_milliseconds=GONE,
        )
    except OSError as error:
        workers.close()
        raise InputError(
            f"port {port} of {ADDRESS}: {error.strerror or error}: expected a free one"
        ) from None
    server.io_loop.asyncio_loop.set_exception_handler(_complain)
    logging.getLogger("bokeh.server.views.ws").addFilter(lambda said: "connection was closed" not in said.msg)
    return server, workers


def _complain(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say what went wrong, which it is not that a page was closed before it was told everything."""
    if not isinstance(context.get("exception"), WebSocketClosedError | StreamClosedError):
        loop.default_exception_handler(context)


def free_port() -> int:
    """A port that nothing listens to."""
    with socket.socket() as found:
        found.bind((ADDRESS, 0))
        return int(found.getsockname()[1])


def page(params: Params, file: str, workers: Workers) -> Any:
    """A page of its own for whoever opens one, as its link says."""
    document, location = pn.state.curdoc, pn.state.location
    trouble = ""
    try:
        state, pinned = links.read_link(location.search or "")
    except InputError as error:
        state, pinned, trouble = None, None, str(error)

    def told(query: str) -> None:
        location.search = query

    found = Page(
        state or State(params), params, file,
        pinned=pinned, workers=workers, later=later(document, IOLoop.current()), on_link=told,
    )  # fmt: skip
    pn.state.onload(found.start)
    document.on_session_destroyed(lambda _: found.close())
    if trouble:
        found.warn(trouble)
    whole = pn.Template(PAGE, location=True)
    whole.add_panel("explorer", found.view)
    return whole


def later(document: Any, loop: Any) -> Later:
    """Schedules calls of any thread for a page, in the thread of its loop.

    A document loses a call that another thread adds just when it lets go of the events that it has held back.
    """
    return lambda call: loop.add_callback(document.add_next_tick_callback, call)
