"""The fixture `equilibrium_regression` in test suites of its users."""

import json
import re

import pytest

from eqsolve import Params, solve
from eqsolve.comparison import Baseline
from eqsolve.presets import read_preset

pytest_plugins = ["pytester"]

TEST = """
def test_game(equilibrium_regression):
    equilibrium_regression.check("game.toml", regime="none"{more})
"""
OTHER = """
import pytest

def pytest_addoption(parser):
    group = parser.getgroup("regressions")
    group.addoption("--force-regen", action="store_true", default=False)
    group.addoption("--regen-all", action="store_true", default=False)
"""
"""The options of pytest-regressions."""


@pytest.fixture(scope="module", autouse=True)
def solver():
    """Import all that solving needs, once: pytest forgets what a run inside a test has imported."""
    solve(Params(), regime="none")


@pytest.fixture
def suite(pytester, monkeypatch):
    """A folder with a game and a test of it; pytest in this process, or in one of its own."""
    (pytester.path / "game.toml").write_text(read_preset("closed-form"))
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    class Suite:
        path = pytester.path
        data = pytester.path / "test_it" / "test_game.json"
        apart = False

        def write(self, more="", text=TEST):
            (self.path / "test_it.py").write_text(text.format(more=more))

        def run(self, *args):
            run = pytester.runpytest_subprocess if self.apart else pytester.runpytest_inprocess
            return run("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *args)

        def passes(self, *args):
            done = self.run(*args)
            assert done.ret == 0
            return str(done.stdout)

        def fails(self, *args):
            done = self.run(*args)
            assert done.ret == 1
            assert "Traceback" not in str(done.stdout)
            return str(done.stdout)

        def move(self, **values):
            document = json.loads(self.data.read_text())
            document["regimes"]["none"]["quantities"] |= values
            self.data.write_text(json.dumps(document))

    suite = Suite()
    suite.write()
    return suite


def test_the_first_run_writes_the_file_and_fails_and_the_second_passes(suite):
    assert "no such data file: it is written now" in suite.fails()
    assert list(Baseline.read(suite.data).regimes) == ["none"]
    before = suite.data.read_bytes()
    suite.passes()
    assert suite.data.read_bytes() == before


def test_a_difference_fails_until_the_file_is_regenerated(suite):
    suite.fails()
    suite.move(profit=0.07)
    said = suite.fails()
    assert "test_game: 1 difference in 23 values\n" in said
    assert "none: profit is 0.0659722222222, expected 0.07 (difference -0.00403, tolerance 7.1e-08)" in said
    assert "--force-regen writes" in said
    assert "Files differ and --force-regen set, regenerating file at:\n- " in suite.fails("--force-regen")
    suite.passes("--force-regen")
    suite.passes()


def test_another_game_fails_with_its_keys_until_the_file_is_regenerated(suite):
    suite.fails()
    text = (suite.path / "game.toml").read_text()
    (suite.path / "game.toml").write_text(text.replace("misfit_cost = 0.3", "misfit_cost = 0.4"))
    assert "of another game: users.misfit_cost is 0.4 here, 0.3 in the baseline" in suite.fails()
    suite.fails("--force-regen")
    suite.passes()


@pytest.mark.parametrize(
    "more",
    [
        ', tolerances={{"profit": 0.01}}',
        ', tolerances={{"profit": {{"atol": 0.01, "rtol": 0.0}}}}',
        ', default_tolerance={{"atol": 0.01, "rtol": 0.0}}',
    ],
)
def test_tolerances_are_given_as_in_pytest_regressions(suite, more):
    suite.fails()
    suite.move(profit=0.07)
    suite.fails()
    suite.write(more.replace("{{", "{").replace("}}", "}"), TEST)
    suite.passes()


def test_unknown_quantities_are_named(suite):
    suite.write(', tolerances={"profi": 0.01}')
    assert "unknown quantity profi: did you mean profit?" in suite.fails()
    assert not suite.data.exists()


def test_the_basename_and_several_regimes(suite):
    suite.write(', basename="other"', TEST.replace('"none"', '("none", "forced")'))
    suite.fails()
    assert list(Baseline.read(suite.path / "test_it" / "other.json").regimes) == ["none", "forced"]
    suite.passes()


def test_names_of_parametrized_tests_become_names_of_files(suite):
    suite.write(
        text="""
import pytest
from eqsolve import Params

@pytest.mark.parametrize("cost", [0.1, 0.2])
def test_game(equilibrium_regression, cost):
    game = Params().replace({{"finetuning.cost": cost}})
    equilibrium_regression.check(game, regime="none")
"""
    )
    suite.fails()
    files = sorted(file.name for file in (suite.path / "test_it").iterdir())
    assert files == ["test_game_0_1_.json", "test_game_0_2_.json"]
    suite.passes()


def test_a_broken_file_fails_with_its_line_and_is_regenerated_only_on_demand(suite):
    suite.fails()
    suite.data.write_text("{\n")
    assert "test_game.json:2:1: not valid JSON" in suite.fails()
    assert suite.data.read_text() == "{\n"
    suite.fails("--force-regen")
    suite.passes()


def test_what_is_not_certified_fails(suite):
    suite.fails()
    (suite.path / "conftest.py").write_text(
        """
import dataclasses, pytest, eqsolve

@pytest.fixture(autouse=True)
def doubt(monkeypatch):
    solve = eqsolve.solve
    def doubtful(*args, **options):
        found = solve(*args, **options)
        status = eqsolve.Status.DEVIATION_FOUND
        return dataclasses.replace(found, certificate=dataclasses.replace(found.certificate, status=status))
    monkeypatch.setattr(eqsolve, "solve", doubtful)
"""
    )
    suite.fails("--force-regen")
    assert "23 values agree, but NOT CERTIFIED: none" in suite.fails()


def test_games_beside_the_test_come_before_those_of_the_working_directory(suite):
    suite.fails()
    (suite.path / "inner").mkdir()
    (suite.path / "test_it.py").rename(suite.path / "inner" / "test_it.py")
    (suite.path / "test_it").rename(suite.path / "inner" / "test_it")
    suite.passes("inner")
    (suite.path / "inner" / "game.toml").write_text("")
    assert "of another game" in suite.fails("inner")


@pytest.mark.parametrize(
    "order", [[], ["-p", "pytest_regressions.plugin", "-p", "eqsolve.pytest_plugin"]], ids=["auto", "after"]
)
def test_it_lives_with_the_options_of_pytest_regressions(suite, monkeypatch, order):
    """Installed as an entry point, or loaded before; its --regen-all writes without failing."""
    (suite.path / "pytest_regressions").mkdir()
    (suite.path / "pytest_regressions" / "__init__.py").touch()
    (suite.path / "pytest_regressions" / "plugin.py").write_text(OTHER)
    info = suite.path / "pytest_regressions-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-regressions\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[pytest11]\nregressions = pytest_regressions.plugin\n")
    suite.apart = True
    if order:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert len(re.findall(r"^\s*--force-regen", suite.passes("--help", *order), re.MULTILINE)) == 1
    suite.fails(*order)
    suite.move(profit=0.07)
    suite.passes("--regen-all", *order)
    suite.passes(*order)


def test_pytest_starts_without_the_solver(suite):
    suite.apart = True
    (suite.path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n"
        "    assert 'eqsolve.pytest_plugin' in sys.modules\n"
        "    assert not {'numpy', 'scipy', 'pydantic', 'eqsolve.equilibrium'} & set(sys.modules)\n"
    )
    suite.passes()


def test_a_missing_game_is_one_line(suite):
    suite.write()
    (suite.path / "game.toml").unlink()
    said = suite.fails()
    assert "game.toml: No such file or directory" in said
    assert "Traceback" not in said and "eqsolve/" not in said
