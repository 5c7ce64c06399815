"""Files that figures are drawn from: tables of sweeps, and results that were saved as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eqsolve.errors import InputError, Problem
from eqsolve.params.file import RESULT_SCHEMA, ParamsFile
from eqsolve.provenance import Provenance
from eqsolve.sweeps.writers import SUFFIXES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eqsolve.phase.saved import SavedPhase

JSON = ".json"


@dataclass(frozen=True)
class Kind:
    """A kind of file that has a figure.

    Attributes:
        name: what it is called.
        options: what can be said about its figure.
        figure: from its content and the options to the figure.
    """

    name: str
    options: tuple[str, ...]
    figure: Callable[..., Figure]


@dataclass(frozen=True)
class Source:
    """A file that was read.

    Attributes:
        path: the file.
        kind: what it is.
        content: what it holds.
        provenance: how it came about, if it says so.
    """

    path: Path
    kind: Kind
    content: Any
    provenance: Provenance | None

    def figure(self, **options: Any) -> Figure:
        """Draw it; options that are None, false or empty are not given.

        Raises:
            InputError: an option that its figure has no use for; content that is not what it says.
        """
        given = {name: value for name, value in options.items() if value}
        unfit = [name for name in given if name not in self.kind.options]
        if unfit:
            raise InputError(
                *(f"--{name}: the figure of {self.kind.name} has no use for it" for name in unfit)
            )
        try:
            return self.kind.figure(self, **given)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if self.path.suffix.lower() != JSON:
                raise
            reason = f"not {self.kind.name}: {type(error).__name__}: {error}"
            raise InputError(Problem(reason, file=str(self.path))) from None


def read_source(path: Path) -> Source:
    """Read a sweep, or a result that a command saved with `--json` or `--output`.

    Raises:
        InputError: it cannot be read, or is of a kind that has no figure; the message names those that have.
    """
    if path.suffix.lower() != JSON:
        from eqsolve.sweeps.readers import read_frame

        if path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path}: unknown extension: expected one of {', '.join([*SUFFIXES, JSON])}")
        frame = read_frame(path)
        return Source(path, SWEEP, frame, frame.provenance)
    file = ParamsFile.read(path)
    found = json.loads(file.text) if file.root else file.data
    schema = found.get("schema")
    if not isinstance(schema, str) or schema not in KINDS:
        known = ", ".join(f"{kind.name} ({name})" for name, kind in KINDS.items())
        what = (
            f"{schema} has no figure" if isinstance(schema, str) else "not a saved result that has a figure"
        )
        raise InputError(Problem(f"{what}: expected {known}", file=str(path)))
    return Source(path, KINDS[schema], found, _provenance(found))


def _provenance(data: Mapping[str, Any]) -> Provenance | None:
    """How a result came about, as its document says."""
    told, params = data.get("provenance"), data.get("params")
    if not isinstance(told, dict) or not isinstance(params, dict) or "command" not in told:
        return None
    regimes = (data["regime"],) if isinstance(data.get("regime"), str) else ()
    selection = str(data.get("selection", "initial"))
    return Provenance(str(told["command"]), params, regimes, selection, str(data.get("version")))


def _own_place(source: Source, keys: Sequence[str]) -> dict[str, float]:
    """Where the game itself lies, as values of keys."""
    from eqsolve.params import Params
    from eqsolve.sweeps.keys import numeric_keys

    params = source.provenance.params if source.provenance else None
    if source.path.suffix.lower() == JSON:
        params = source.content["params"]
    if params is None:
        raise InputError(f"--mark: {source.path} does not say its game")
    values = numeric_keys(Params.model_validate(params))
    return {key: values[key] for key in keys if key in values}


def _sweep(source: Source, mark: bool = False, boundaries: Path | None = None, **options: Any) -> Figure:
    from eqsolve.sweeps.figures import sweep_figure

    frame = source.content
    place = list(_own_place(source, frame.keys).items()) if mark else ()
    plane = None if boundaries is None else read_plane(boundaries)
    return sweep_figure(frame, mark=place, plane=plane, **options)


def read_plane(path: Path) -> SavedPhase:
    """Read a phase diagram; raises InputError if the file is none."""
    from eqsolve.phase.saved import SavedPhase

    found = read_source(path)
    if found.kind is not KINDS[PHASE]:
        raise InputError(Problem(f"{found.kind.name}: expected {KINDS[PHASE].name}", file=str(path)))
    return SavedPhase.from_dict(found.content)


def _phase(source: Source, mark: bool = False, **options: Any) -> Figure:
    from eqsolve.phase.figure import phase_figure
    from eqsolve.phase.saved import SavedPhase

    diagram = SavedPhase.from_dict(source.content)
    place = _own_place(source, (diagram.x.key, diagram.y.key)) if mark else None
    return phase_figure(diagram, mark=place, **options)


def _threshold(source: Source) -> Figure:
    from eqsolve.threshold_figure import threshold_figure

    return threshold_figure(source.content)


def _sensitivity(source: Source, y: Any = None) -> Figure:
    from eqsolve.sensitivities.figure import sensitivity_figure

    return sensitivity_figure(source.content, y)


def _findings(source: Source) -> Figure:
    from eqsolve.findings.figure import findings_figure

    return findings_figure(source.content)


def _equilibrium(source: Source, y: Any = None) -> Figure:
    """The curves around an equilibrium are no part of its document: the game is solved again."""
    from eqsolve.equilibrium import solve
    from eqsolve.figures import equilibrium_figure
    from eqsolve.params import Params

    said = source.content
    params, fix = Params.model_validate(said["params"]), said.get("fix") or None
    return equilibrium_figure(solve(params, regime=said["regime"], selection=said["selection"], fix=fix), y)


def _simulation(source: Source) -> Figure:
    """The paths of single replications are no part of the document: they are drawn again from its seed."""
    from eqsolve.params import Params
    from eqsolve.simulation import converge, simulate

    said = source.content
    params, settings = Params.model_validate(said["params"]), {"regime": said["regime"], **said["settings"]}
    if isinstance(users := said["users"], list):
        return converge(params, users, **settings).plot()
    return simulate(params, users, **settings).plot()


def _signs(source: Source, y: Any = None) -> Figure:
    from eqsolve.sensitivities.sign_figure import sign_figure

    return sign_figure(source.content, y)


def _comparison(source: Source, y: Any = None) -> Figure:
    from eqsolve.comparison.figure import comparison_figure

    return comparison_figure(source.content, y)


PHASE = "eqsolve/phase/1"
SWEEP = Kind("a sweep", ("x", "y", "z", "against", "mark", "boundaries"), _sweep)
KINDS = {
    PHASE: Kind("a phase diagram", ("legend", "mark"), _phase),
    "eqsolve/threshold/1": Kind("thresholds", (), _threshold),
    "eqsolve/sensitivity/1": Kind("sensitivities", ("y",), _sensitivity),
    "eqsolve/comparison/1": Kind("a comparison", ("y",), _comparison),
    "eqsolve/signs/2": Kind("signs of slopes", ("y",), _signs),
    RESULT_SCHEMA: Kind("an equilibrium", ("y",), _equilibrium),
    "eqsolve/findings/2": Kind("findings", (), _findings),
    "eqsolve/simulation/1": Kind("a simulation", (), _simulation),
    "eqsolve/convergence/1": Kind("deviations by the number of users", (), _simulation),
}
"""The kinds of results that have a figure of their own, by the schema of their JSON."""
