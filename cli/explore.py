"""`eqsolve explore`: a game on a page with sliders."""

from typing import Annotated

import typer

from . import talk
from .options import Game

PORT = 5006
"""Where pages are found unless asked for otherwise: the same on every day, so that links stay good."""


def explore(
    game: Game,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 for any that is free.")
    ] = PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Explore a game on a page with sliders.

    The page is served on this machine, for this machine only, until Ctrl-C. It needs the extra explore:
    pip install 'eqsolve[explore]', or pip install '.[explore]' in a clone.
    """
    from eqsolve.explorer.server import serve

    def ready(address: str) -> None:
        talk.note(f"exploring {game.name()} at {address}; Ctrl-C ends it")
        if browser:
            import webbrowser

            webbrowser.open(address)

    params = game.read()
    name = str(game.source) if game.source else ""
    try:
        serve(params, name, port, ready)
    except KeyboardInterrupt:
        talk.note("ended")
