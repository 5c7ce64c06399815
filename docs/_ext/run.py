"""Directives that run what they show: `{run}` for a shell, `{python}` for a script, `{file}` to write a file.

The directives of a page run one after the other in a folder of their own, which has the examples in it. What
is printed is shown; a command that fails, or that ends otherwise than `:exit:` says, fails the build.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

EXAMPLES = Path(__file__).parents[2] / "examples"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
ENVIRONMENT = {"COLUMNS": "88", "OMP_NUM_THREADS": "1"}
TERMINAL = {"FORCE_COLOR": "1"}
"""What makes a command print what it prints to people: bars and pictures, and color, which is taken away."""


def folder_of(app: Sphinx, page: str) -> Path:
    """Where the commands of a page run."""
    return Path(app.outdir).parent / "docs-work" / page


def prepare(app: Sphinx, page: str, source: list[str]) -> None:
    """Begin a page with a folder in which there is nothing but the examples."""
    folder = folder_of(app, page)
    shutil.rmtree(folder, ignore_errors=True)
    if "```{run}" in source[0] or "```{python}" in source[0]:
        shutil.copytree(EXAMPLES, folder / "examples")


class _Shown(SphinxDirective):
    """Something that happens in the folder of the page, and a block of text that shows it."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "exit": directives.nonnegative_int,
        "image": directives.unchanged,
        "alt": directives.unchanged,
        "silent": directives.flag,
    }

    @property
    def folder(self) -> Path:
        return folder_of(self.env.app, self.env.docname)

    def execute(self, command: list[str]) -> str:
        """What a command prints; the build fails if it ends otherwise than it should."""
        terminal = {} if re.search(r"[|>]", command[-1]) else TERMINAL
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **ENVIRONMENT, **terminal, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != self.options.get("exit", 0):
            self.refuse(f"exit code {done.returncode} of {command[-1]}\n{done.stdout}")
        return "" if "silent" in self.options else COLOR.sub("", done.stdout)

    def refuse(self, reason: str) -> None:
        """Warn, which fails the build once all pages are read."""
        logger.warning(reason, location=self.get_location())

    def block(self, text: str, language: str) -> nodes.Node:
        """A literal block."""
        block = nodes.literal_block(text, text)
        block["language"] = language
        return block

    def picture(self) -> list[nodes.Node]:
        """The picture that the command made, if it is to be shown."""
        if "image" not in self.options:
            return []
        file = self.folder / self.options["image"]
        if not file.is_file() or not self.options.get("alt"):
            self.refuse(f"{file.name} was not made, or has no :alt:")
            return []
        uri = os.path.relpath(file, (Path(self.env.srcdir) / self.env.docname).parent)
        return [nodes.image(uri=Path(uri).as_posix(), alt=self.options["alt"])]


class Run(_Shown):
    """Lines of a shell, each with what it prints, and perhaps the picture that they draw."""

    def run(self) -> list[nodes.Node]:
        """Run the lines that start with a prompt; others continue the one before."""
        shown = []
        for line in re.split(r"^\$ ", "\n".join(self.content), flags=re.MULTILINE)[1:]:
            output = self.execute(["bash", "-o", "pipefail", "-c", line])
            shown.append(f"$ {line.rstrip()}\n{output}".rstrip())
        return [self.block("\n".join(shown), "console"), *self.picture()]


class Python(_Shown):
    """A script, what it prints, and perhaps the picture that it draws."""

    def run(self) -> list[nodes.Node]:
        """Run the script."""
        script = "\n".join(self.content)
        output = self.execute([sys.executable, "-c", script])
        printed = [self.block(output.rstrip(), "text")] if output.strip() else []
        return [self.block(script, "python"), *printed, *self.picture()]


class File(_Shown):
    """A file that is written, and shown."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the file."""
        name, text = self.arguments[0], "\n".join(self.content)
        (self.folder / name).write_text(f"{text}\n")
        return [self.block(text, Path(name).suffix.removeprefix("."))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    for name, directive in (("run", Run), ("python", Python), ("file", File)):
        app.add_directive(name, directive)
    app.connect("source-read", prepare)
    return {"parallel_read_safe": True}
