"""How `make docs` builds these pages."""

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import eqsolve

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import reference

project = "eqsolve"
author = "The eqsolve authors"
version = release = eqsolve.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "run"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
default_role = "code"
# Two hyphens are those of an option.
smartquotes = False

nitpicky = True
# Types in signatures: those of other libraries, and of records that have no entry of their own.
nitpick_ignore_regex = [("py:.*", ".*")]
# What a docstring lists stays as it is there: several names may share a line. Signatures have the types.
napoleon_use_param = False
napoleon_custom_sections = [("Attributes", "params_style")]
suppress_warnings = ["ref.python"]
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

html_theme = "furo"
# Without what tells commits apart, which is longer than a phone is wide.
html_title = f"eqsolve {release.partition('+')[0]}"
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_copy_source = False
# A page that is opened from a disk may not read the others for their beginnings.
html_show_search_summary = False
copybutton_prompt_text = "$ "

WHOLE = 32
"""Letters of code in a line of a phone, in a list."""

OUTSIDE = re.compile(r"\]\(\.\./examples[^)]*\)")


def write_out(_: Sphinx, page: str, source: list[str]) -> None:
    """Fill in what is generated; links to examples lead to the page that shows them."""
    source[0] = OUTSIDE.sub("](/examples.md)", reference.filled(source[0]))


def escape(_app: Sphinx, _kind: str, _name: str, _thing: object, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with code between backticks: no other markup of reStructuredText."""
    for number, line in enumerate(lines):
        parts = re.split(r"(`[^`]*`)", line)
        lines[number] = "".join(
            part if part.startswith("`") else re.sub(r"([*|]|(?<=\w)_\b)", r"\\\1", part) for part in parts
        )


def typeset(_app: Sphinx, page: nodes.document) -> None:
    """Keep the words of code whole where a phone has room for them; dashes for two hyphens after names."""
    for code in page.findall(nodes.literal):
        if all(len(word) <= WHOLE for word in code.astext().split()):
            code["classes"].append("whole")
    for field in page.findall(nodes.field_body):
        for text in [*field.findall(nodes.Text)]:
            if text.startswith(" -- "):
                text.parent.replace(text, nodes.Text(text.replace(" -- ", " \N{EN DASH} ", 1)))


def setup(app: Sphinx) -> None:
    """Connect them."""
    app.connect("doctree-read", typeset)
    app.connect("source-read", write_out)
    app.connect("autodoc-process-docstring", escape, priority=400)
