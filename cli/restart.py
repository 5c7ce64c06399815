"""The interpreter as the command needs it: in UTF-8, and without variables that have it do otherwise."""

from __future__ import annotations

import os
import sys

TERMINAL = "terminal"
"""The option of the interpreter that says the encoding of the terminal after a new start in UTF-8."""

MEDDLERS = ("PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONINSPECT", "PYTHONWARNINGS")
"""Variables that take the texts of help and schema away, add words of their own, change exit codes, or turn
warnings into errors, here and in worker processes."""


def restart_if_needed() -> None:
    """Start anew where the locale or variables of Python would change what the command does.

    In another locale than UTF-8 names of files and options would be read in its encoding, while params files,
    and the names of data files in them, are UTF-8 everywhere.
    """
    options: list[str] = []
    encoding = sys.getfilesystemencoding()
    if not sys.flags.utf8_mode and encoding.lower().replace("-", "") != "utf8":
        shown = sys.stdout.encoding if sys.stdout else encoding
        options = ["-X", "utf8", "-X", f"{TERMINAL}={shown}"]
    meddlers = [name for name in MEDDLERS if os.environ.pop(name, "")]
    if (options or meddlers) and sys.executable and len(sys.orig_argv) > 1:
        os.execv(sys.executable, [sys.executable, *options, *sys.orig_argv[1:]])
