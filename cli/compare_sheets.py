"""The tables of a comparison and of checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .sheets import BAD, GOOD, Sheet, number

if TYPE_CHECKING:
    from eqsolve import Decomposition
    from eqsolve.comparison import Check, Comparison, Difference
    from eqsolve.comparison.quantities import Value


def comparison_sheets(
    comparison: Comparison, decompositions: Mapping[str, Decomposition], title: str
) -> list[Sheet]:
    """The verdict, values by column, changes from the first column, and why users gain or lose."""
    sheets = [_verdict(comparison, title), _values(comparison), _changes(comparison)]
    return sheets + [_why(*each) for each in decompositions.items()]


def check_sheets(checks: Sequence[Check]) -> list[Sheet]:
    """A table for each check, what differs first."""
    agreeing = [check for check in checks if check.agrees and not check.uncertified]
    others = [check for check in checks if check not in agreeing]
    sheets = [_check(check) for check in others]
    if agreeing:
        sheets.append(_agreement(agreeing))
    return sheets


def _values(comparison: Comparison) -> Sheet:
    status = ["status", *(str(each.certificate.status) for each in comparison.equilibria)]
    rows = [[name, *map(_cell, values)] for name, values in comparison.values.items()]
    notes = {
        f"{name}: {each.certificate.message}": None
        for name, each in zip(comparison.names, comparison.equilibria, strict=True)
        if not each.certificate.status.certified
    }
    columns = len(comparison.names)
    return Sheet("Values", ["", *comparison.names], "l" + "r" * columns, [*rows, status], [*notes])


def _changes(comparison: Comparison) -> Sheet:
    reference, *others = comparison.names
    rows = []
    for name, values in comparison.values.items():
        if any(isinstance(value, str) for value in values):
            continue
        pairs = zip(comparison.difference(name)[1:], comparison.relative(name)[1:], strict=True)
        rows.append([name, *(cell for pair in pairs for cell in _change(*pair))])
    headings = ["", *(heading for name in others for heading in (name, "%"))]
    return Sheet(f"Change from {reference}", headings, "l" + "rr" * len(others), rows, group=2)


def _verdict(comparison: Comparison, title: str) -> Sheet:
    rows = [(verdict.name, str(verdict)) for verdict in comparison.verdicts]
    short = [
        f"{name} {number(missing)} ({missing / abs(missing + each.welfare):.1%})"
        for name, each, missing in zip(
            comparison.names, comparison.equilibria, comparison.shortfall, strict=True
        )
        if not each.rules.welfare and not math.isnan(missing)
    ]
    if short:
        rows.append(("welfare", f"short of the planner's: {', '.join(short)}"))
    certified = f"{GOOD} certified" if comparison.certified else f"{BAD} NOT CERTIFIED"
    return Sheet(f"{title}, against {comparison.names[0]}: {certified}", ["", ""], "ll", rows)


def _why(title: str, found: Decomposition) -> Sheet:
    """The terms by segment; outputs that move serve some tastes and not others, so that term is split."""
    from eqsolve.decomposition.words import verdicts

    title, words = f"Why users gain or lose, {title}", verdicts(found)
    parts = (*found.segments, found.total)
    if not any(value for part in parts for value in vars(part.terms).values()):
        return Sheet(title, notes=words)
    rows = []
    for factor in found.factors:
        rows.append([factor.replace("_", " "), *_signed(getattr(part.terms, factor) for part in parts)])
        if factor == "outputs_moved":
            rows.append(["· popular tastes", *_signed(part.popular.outputs_moved for part in parts)])
            rows.append(["· niche tastes", *_signed(part.niche.outputs_moved for part in parts)])
    rows.append(["change in surplus", *_signed(part.change for part in parts)])
    headings = ["", *(part.name for part in parts)]
    return Sheet(title, headings, "l" + "r" * len(parts), rows, words)


def _signed(values: Iterable[float]) -> list[str]:
    return [number(value, "+") for value in values]


def _check(check: Check) -> Sheet:
    from eqsolve.comparison.regression import SHOWN

    whole = [each for each in check.differences if not each.quantity]
    parts = [each for each in check.differences if each.quantity]
    shown, rest = parts[:SHOWN], parts[SHOWN:]
    notes = [f"and {len(rest)} more" for _ in rest[:1]]
    notes += [str(each) for each in whole[:SHOWN]]
    notes += [f"and {len(whole) - SHOWN} more of these" for _ in whole[SHOWN : SHOWN + 1]]
    if check.uncertified and not check.agrees:
        notes.append(f"NOT CERTIFIED: {', '.join(check.uncertified)}")
    notes += [f"note: {note}" for note in check.notes]
    headings = ["", "expected", "actual", "difference", "tolerance"] if shown else []
    rows = [_difference(each) for each in shown]
    return Sheet(f"{BAD} {check.headline}", headings, "lrrrr" if shown else "", rows, notes)


def _difference(each: Difference) -> list[str]:
    name = f"{each.where}: {each.quantity}"
    sizes = (f"{each.difference:+.3g}", f"{each.tolerance:.2g}")
    numbers = ["" if size.endswith("nan") else size for size in sizes]
    kind = "" if each.kind == "value" else f" is {each.kind}"
    return [f"{name}{kind}", _exact(each.expected), _exact(each.actual), *numbers]


def _agreement(checks: Sequence[Check]) -> Sheet:
    if len(checks) == 1:
        return Sheet(f"{GOOD} {checks[0].headline}", notes=[f"note: {note}" for note in checks[0].notes])
    about: dict[str, list[str]] = {}
    for check in checks:
        for note in check.notes:
            about.setdefault(note, []).append(check.name)
    notes = [f"note: {note} ({', '.join(names)})" for note, names in about.items()]
    rows = [(check.name, str(check.compared)) for check in checks]
    return Sheet(f"{GOOD} {len(checks)} games agree", ["", "values"], "lr", rows, notes)


def _change(difference: float, relative: float) -> Iterator[str]:
    yield number(difference, "+")
    tiny = math.isnan(relative) or number(difference, "+") == "0"
    yield "" if tiny else f"{relative:+.1%}"


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return value
    return "–" if value is None else number(value)


def _exact(value: Value) -> str:
    if value is None:
        return "–"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
