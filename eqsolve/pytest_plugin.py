"""The pytest fixture `equilibrium_regression`: equilibria of a game are what a file beside the test says.

    def test_the_paper(equilibrium_regression):
        equilibrium_regression.check("paper.toml")

It works as the fixtures of pytest-regressions do, with which it shares the option `--force-regen`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from eqsolve import Equilibrium, Params
    from eqsolve.comparison import Baseline, Tolerances

OTHER = ("regressions", "pytest_regressions.plugin")
"""The names under which pytest-regressions, which has the option, too, registers: by itself and by -p."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add `--force-regen`, unless pytest-regressions does."""
    automatic = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    follows = automatic and find_spec("pytest_regressions") and not pluginmanager.is_blocked(OTHER[0])
    if not (follows or any(map(pluginmanager.has_plugin, OTHER))):
        parser.getgroup("eqsolve").addoption(
            "--force-regen",
            action="store_true",
            default=False,
            help="Regenerate the data files of equilibrium_regression, failing tests with different data.",
        )


@pytest.fixture
def equilibrium_regression(request: pytest.FixtureRequest) -> EquilibriumRegression:
    """Check equilibria against a data file in the folder that is named after the test module."""
    return EquilibriumRegression(request)


class EquilibriumRegression:
    """Checks equilibria of games against data files; see `check`."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def check(
        self,
        game: str | os.PathLike[str] | Params,
        *,
        regime: str | Sequence[str] | None = None,
        selection: str = "initial",
        basename: str | None = None,
        default_tolerance: Mapping[str, float] | None = None,
        tolerances: Mapping[str, Mapping[str, float] | float] | None = None,
    ) -> None:
        """Solve a game and fail the test if a result is not certified or not what the data file says.

        The first run writes the file and fails. With `--force-regen` a file that differs is written anew and
        the test fails once more; look at what changed and commit it. `--regen-all` of pytest-regressions
        writes all and fails nothing.

        Args:
            game: the game, or its params file: beside the test module, or else from the working directory.
            regime: one regime or several; all by default.
            selection: rule among participation equilibria.
            basename: of the data file; by default the name of the test.
            default_tolerance: `{"atol": ..., "rtol": ...}`; by default those in the data file, 1e-9 and 1e-6
                for a new one.
            tolerances: by quantity, such as `participation.high`: tables like that, or an absolute one.

        Raises:
            InputError: unreadable data file, tolerances that are none.
        """
        from eqsolve.errors import InputError
        from eqsolve.regimes import REGIMES

        __tracebackhide__ = True
        regimes = (regime,) if isinstance(regime, str) else tuple(regime or REGIMES)
        try:
            found = self._solve(game, regimes, selection)
        except InputError as error:
            pytest.fail(str(error), pytrace=False)
        file = self._file(basename)
        allowed = None
        if default_tolerance is not None or tolerances is not None:
            allowed = _tolerances(default_tolerance or {}, tolerances or {})
        problem = self._compare(file, found, allowed)
        if problem:
            pytest.fail(problem, pytrace=False)

    def _compare(self, file: Path, found: dict[str, Equilibrium], allowed: Tolerances | None) -> str | None:
        """What is wrong, if anything; writes the file where that is asked for."""
        from eqsolve import InputError
        from eqsolve.comparison import Baseline, check

        if self._option("regen_all") or not file.is_file():
            self._write(file, None, found, allowed)
            created = f"{file}: no such data file: it is written now; look at it and commit it"
            return None if self._option("regen_all") else created
        old: Baseline | None = None
        try:
            old = Baseline.read(file)
            result = check(old, found, allowed, file.stem)
            problem = None if result.agrees and not result.uncertified else str(result)
        except InputError as error:
            if not self._option("force_regen"):
                raise
            problem = str(error)
        if problem and self._option("force_regen"):
            self._write(file, old, found, allowed)
            return f"Files differ and --force-regen set, regenerating file at:\n- {file}\n{problem}"
        return f"{problem}\n--force-regen writes {file} anew" if problem else None

    def _write(
        self,
        file: Path,
        old: Baseline | None,
        found: dict[str, Equilibrium],
        allowed: Tolerances | None,
    ) -> None:
        from eqsolve.comparison import Tolerances, update

        file.parent.mkdir(parents=True, exist_ok=True)
        update(file, old, found, allowed or (old.tolerances if old else Tolerances())).write()

    def _solve(
        self, game: str | os.PathLike[str] | Params, regimes: Sequence[str], selection: str
    ) -> dict[str, Equilibrium]:
        from eqsolve import Params, solve

        if not isinstance(game, Params):
            beside = self._request.path.parent / game
            game = Params.from_file(beside if beside.exists() else game)
        return {each: solve(game, regime=each, selection=selection) for each in regimes}  # type: ignore[arg-type]

    def _file(self, basename: str | None) -> Path:
        name = basename or re.sub(r"\W", "_", self._request.node.name)
        return self._request.path.with_suffix("") / f"{name}.json"

    def _option(self, name: str) -> bool:
        return bool(self._request.config.getoption(name, False))


def _tolerances(
    default: Mapping[str, float], quantities: Mapping[str, Mapping[str, float] | float]
) -> Tolerances:
    from eqsolve.comparison import Tolerance, Tolerances

    own = {
        name: Tolerance(**given) if isinstance(given, Mapping) else Tolerance(given, 0.0)
        for name, given in quantities.items()
    }
    return Tolerances(Tolerance(**default), own)
