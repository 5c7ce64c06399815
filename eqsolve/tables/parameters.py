"""Tables over parameters: slopes and signs, thresholds with the games beside them, regions of a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.tables.cells import Value, written
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.phase import PhaseDiagram
    from eqsolve.sensitivities import ByRegime, Sensitivity, SignTable, Slope
    from eqsolve.thresholds import Threshold

SYMBOLS = {"quality": "q*", "intensity": "β*", "participation": "N", "profit": "profit", "user_surplus": "CS"}
QUANTITY = Column("quantity", "name", "")
BESIDE = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare", "variance")
"""What is shown of the games beside a threshold."""


def _measured(style: str, title: str) -> tuple[Column, ...]:
    return (Column("parameter", "name", title), *(Column(key, style, text) for key, text in SYMBOLS.items()))


def sensitivity_tables(found: Sensitivity) -> list[Table]:
    """Slopes, and elasticities."""
    notes = (f"errors of slopes: at most {found.error:.0e}; {found.solves} equilibria", *found.notes)
    return [
        Table(
            name,
            columns=_measured("slope", name),
            rows=tuple((key, *(cell(row[each]) for each in SYMBOLS)) for key, row in found.slopes.items()),
            notes=notes if name == "elasticity" else (),
        )
        for name, cell in (("slope", _slope), ("elasticity", _elasticity))
    ]


def _slope(slope: Slope) -> Value:
    if slope.kind == "kink":
        return f"{written(slope.left, 'change')}|{written(slope.right, 'change')}"
    return _signed(slope.value, slope.sign)


def _elasticity(slope: Slope) -> Value:
    return _signed(slope.elasticity, slope.sign)


def _signed(value: float, sign: str) -> Value:
    """The number, 0 where it is none, or with a question mark where its sign is not sure."""
    if value != value:
        return None
    return 0 if sign == "0" else f"{written(value, 'slope')}?" if sign == "?" else value


def sign_tables(found: SignTable) -> list[Table]:
    """Whether each slope is always +, always -, or changes over a domain; where it changes, as notes."""
    tables = []
    for name, title, signs in (
        ("signs", "in equilibrium", found.signs),
        ("fixed", "at fixed choices", found.fixed),
    ):
        rows = tuple((key, *(row[each].verdict for each in SYMBOLS)) for key, row in signs.items())
        tables.append(Table(name, columns=_measured("slope", title), rows=rows))
    return tables


def regimes_tables(found: ByRegime) -> list[Table]:
    """The tables of all regimes below each other, with a column that says which."""
    from eqsolve.tables.of import tables_of

    alike = zip(*(tables_of(each) for each in found), strict=True)
    regime = Column("regime", "word")
    return [
        Table(
            each[0].name,
            columns=(regime, *each[0].columns),
            rows=tuple(
                (part.regime, *row) for part, table in zip(found, each, strict=True) for row in table.rows
            ),
            notes=tuple(dict.fromkeys(note for table in each for note in table.notes)),
        )
        for each in alike
    ]


def threshold_tables(found: Threshold) -> list[Table]:
    """All thresholds side by side, then a table for each: the games just below and just above it."""
    many, tables = len(found.crossings) > 1, []
    for number, crossing in enumerate(found.crossings, 1):
        ends = {"below": crossing.below, "above": crossing.above}
        rows: list[tuple[Value, ...]] = [
            (found.condition, *(("no", "yes") if crossing.holds_above else ("yes", "no"))),
            *((each, *(getattr(end, each) for end in ends.values())) for each in BESIDE),
            ("direction", *(end.direction for end in ends.values())),
            ("status", *(str(end.certificate.status) for end in ends.values())),
        ]
        columns = tuple(Column(f"{side}.{number}" if many else side, "long", f"just {side}") for side in ends)
        title = f"{found.key} = {crossing.value:.10f}{', by a jump' if crossing.jump else ''}"
        tables.append(Table(f"threshold {number}", title, (QUANTITY, *columns), tuple(rows)))
    values = (value for each in found.crossings for value in (each.below_value, each.above_value))
    names = [row[0] for row in tables[0].rows]
    rows = [(name, *(cell for table in tables for cell in table.rows[i][1:])) for i, name in enumerate(names)]
    columns = tuple(column for table in tables for column in table.columns[1:])
    title = f"Thresholds of {found.key}: {', '.join(f'{each.value:.10g}' for each in found.crossings)}"
    whole = Table("thresholds", title, (QUANTITY, *columns), ((found.key, *values), *rows), group=2)
    return [whole, *tables]


def phase_tables(diagram: PhaseDiagram) -> list[Table]:
    """The regions from the largest to the smallest."""
    from eqsolve.adoption import OUTCOMES

    columns = (
        Column("region", "word"), Column("share", "share"), Column("outputs", "word"),
        Column("what happens", "word"),
    )  # fmt: skip
    rows = tuple(
        (region.code, region.area, region.direction, OUTCOMES[region.outcome]) for region in diagram.regions
    )
    return [Table("regions", f"{diagram.y.key} over {diagram.x.key}", columns, rows)]
