"""Checks for continuous integration: JUnit XML that servers read, and GitHub's annotations and summary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from eqsolve.comparison import Check

SUITE = "eqsolve compare"

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no XML document may hold, though the name of a file may."""


def junit(checks: Sequence[Check]) -> str:
    """Return JUnit XML: a test case for each check; one that differs fails, one not certified is an error."""
    failures = sum(not check.agrees for check in checks)
    errors = sum(check.agrees and bool(check.uncertified) for check in checks)
    counts: dict[str, Any] = {"tests": str(len(checks)), "failures": str(failures), "errors": str(errors)}
    root = ElementTree.Element("testsuites", name=SUITE, **counts)
    suite = ElementTree.SubElement(root, "testsuite", name=SUITE, **counts)
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="eqsolve.compare", name=check.name)
        kind = "failure" if not check.agrees else "error" if check.uncertified else ""
        if kind:
            ElementTree.SubElement(case, kind, message=check.headline).text = "\n".join(check.details())
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{NOT_IN_XML.sub('?', text)}"


def workflow_commands(checks: Sequence[Check], files: Mapping[str, str]) -> str:
    """Return GitHub's workflow commands, a line for each check that fails.

    Args:
        checks: the checks.
        files: the file to annotate, by the name of the check.
    """
    return "\n".join(
        f"::error {_properties(check.name, files)}::{_data(str(check))}"
        for check in checks
        if check.uncertified or not check.agrees
    )


def _properties(name: str, files: Mapping[str, str]) -> str:
    place = [f"file={_property(files[name])}"] if name in files else []
    return ",".join([*place, f"title={_property(f'{SUITE}: {name}')}"])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
