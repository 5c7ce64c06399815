"""Signs of sensitivities over a domain: always +, always -, or where they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from eqsolve import arguments as read
from eqsolve._version import __version__
from eqsolve.errors import InputError
from eqsolve.provenance import Provenance, provenance
from eqsolve.regimes import RegimeName
from eqsolve.selections import SelectionName
from eqsolve.sensitivities.record import MEASURED, Sensitivity
from eqsolve.sensitivities.sensitivity import sensitivity
from eqsolve.strictjson import strict, to_json
from eqsolve.sweeps.design import Range, make_design
from eqsolve.sweeps.keys import WHOLE_KEYS, refuse_whole
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params

SCHEMA = "eqsolve/signs/2"
"""Name and version of the JSON layout."""


@dataclass(frozen=True, eq=False)
class Signs(ByValue):
    """The signs of one derivative over a domain.

    Attributes:
        counts: number of games by sign, as in `Slope.sign`.
        plus, minus: a game (values by key) at which the slope is positive, negative; None if there is none.
    """

    counts: Mapping[str, int]
    plus: Mapping[str, float] | None
    minus: Mapping[str, float] | None

    @property
    def verdict(self) -> str:
        """In words, over the games whose sign is known: "always +", "never +", "changes", ..."""
        seen = {sign for sign, count in self.counts.items() if count and sign in ("+", "-", "0")}
        if {"+", "-"} <= seen:
            return "changes"
        words = {"+": "always +", "-": "always -", "0": "always 0", "+0": "never -", "-0": "never +"}
        return words.get("".join(sorted(seen)), "unknown")


@dataclass(frozen=True, eq=False)
class SignTable(ByValue):
    """Signs over a domain, by key of a parameter and name of a quantity.

    Attributes:
        params, ranges, points, seed, regime, selection, version: the question.
        signs: by key, then by name in `MEASURED`: in equilibrium.
        fixed: the same at fixed choices: quality and intensity as in the equilibrium, whatever the parameter.
        uncertified: games that were left out.
    """

    params: Params = field(repr=False)
    ranges: tuple[Range, ...]
    points: int
    seed: int
    regime: str
    selection: str
    signs: Mapping[str, Mapping[str, Signs]] = field(repr=False)
    fixed: Mapping[str, Mapping[str, Signs]] = field(repr=False)
    uncertified: int
    version: str = __version__

    @property
    def provenance(self) -> Provenance:
        """How they came about."""
        return provenance(
            "sensitivity",
            self.params,
            ("--over", [f"{each.key}={each}" for each in self.ranges]),
            ("--points", self.points),
            ("--seed", self.seed),
            ("--regime", self.regime),
            regimes=[self.regime],
            selection=self.selection,
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names."""
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "ranges": [asdict(each) for each in self.ranges],
            "points": self.points,
            "seed": self.seed,
            "regime": self.regime,
            "selection": self.selection,
            "uncertified": self.uncertified,
            "signs": [
                {"key": key, **{name: {"verdict": s.verdict, **vars(s)} for name, s in row.items()}}
                for key, row in self.signs.items()
            ],
            "at_fixed_choices": [
                {"key": key, **{name: {"verdict": s.verdict, **vars(s)} for name, s in row.items()}}
                for key, row in self.fixed.items()
            ],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None, quantities: Sequence[str] | str | None = None) -> Figure:
        """Draw how often quantities fall and rise, all if left out; the first into `ax` if given."""
        from eqsolve.sensitivities.sign_figure import sign_figure

        return sign_figure(self.to_dict(), quantities, ax)

    def __str__(self) -> str:
        return "\n".join(
            f"{key}: " + ", ".join(f"{name} {signs.verdict}" for name, signs in row.items())
            for key, row in self.signs.items()
        )


@read.arguments(
    params=read.game,
    ranges=read.several(read.span),
    points=read.whole,
    seed=read.whole,
    regime=read.text,
    selection=read.text,
    report=read.optional(read.function),
)
def sign_table(
    params: Params,
    ranges: Sequence[Range],
    *,
    points: int = 32,
    seed: int = 0,
    regime: RegimeName = "endogenous",
    selection: SelectionName = "initial",
    report: Callable[..., None] | None = None,
) -> SignTable:
    """Differentiate at games drawn from a domain, in the parameters that vary there, and count the signs.

    Parameters that take whole numbers vary, but there is nothing to differentiate in them.

    Args:
        params: the game; what has no range stays as it is.
        ranges: the domain.
        points: games, drawn as a Latin hypercube.
        seed: of the draw.
        regime, selection: as for `solve`.
        report: called as report(done, points) after each game.

    Raises:
        InputError: everything that is wrong with the ranges and points; unknown regime or selection.
    """
    design = make_design(params, ranges, kind="lhs", points=points, seed=seed)
    keys = tuple(key for key in design.keys if key not in WHOLE_KEYS)
    if not keys:
        refuse_whole(design.keys)
    seen: list[Seen] = []
    still: list[Seen] = []
    uncertified = 0
    for game, point in zip(design.games(), design.points.tolist(), strict=True):
        try:
            found = sensitivity(game, keys=keys, regime=regime, selection=selection)
        except InputError:
            uncertified += 1
        else:
            uncertified += not found.equilibrium.certificate.status.certified
            if found.equilibrium.certificate.status.certified:
                where = dict(zip(design.keys, point, strict=True))
                seen.append((where, _sign_names(found)))
                still.append((where, _sign_names(_at_choices(found, keys, selection))))
        if report:
            report(len(seen) + uncertified, points)
    table, fixed = (
        {key: {name: _signs(games, key, name) for name in MEASURED} for key in keys}
        for games in (seen, still)
    )
    drawn = tuple(axis for axis in design.axes if isinstance(axis, Range))
    return SignTable(params, drawn, points, seed, regime, selection, table, fixed, uncertified)


Seen = tuple[dict[str, float], Mapping[str, Mapping[str, str]]]
"""A game by the values of its keys, and the signs there by key and name."""

BOUND = "finetuning.strength"
"""The key that bounds the intensity, which can then not be fixed."""


def _at_choices(found: Sensitivity, keys: Sequence[str], selection: SelectionName) -> Sensitivity | None:
    """The sensitivity at the equilibrium's own choices, held fixed."""
    moved = [key for key in keys if key != BOUND]
    there = found.equilibrium
    fix = {"quality": there.quality, "intensity": there.intensity}
    if not moved:
        return None
    return sensitivity(there.params, keys=moved, selection=selection, fix=fix)


def _sign_names(found: Sensitivity | None) -> dict[str, dict[str, str]]:
    slopes = found.slopes if found else {}
    return {key: {name: slope.sign for name, slope in row.items()} for key, row in slopes.items()}


def _signs(seen: Sequence[Seen], key: str, name: str) -> Signs:
    counts: dict[str, int] = {}
    first: dict[str, dict[str, float]] = {}
    for point, signs in seen:
        if key not in signs:
            continue
        sign = signs[key][name]
        counts[sign] = counts.get(sign, 0) + 1
        first.setdefault(sign, point)
    return Signs(counts, first.get("+"), first.get("-"))
