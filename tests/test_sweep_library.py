"""`sweep()` from Python: a frozen table, whatever solves it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from eqsolve import InputError, Params, solve
from eqsolve.sweeps import Axis, Range, sweep
from eqsolve.sweeps.readers import Frame

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


@pytest.fixture(scope="module")
def found():
    return sweep(Params(), {SCALE: [0.4, 0.5], COST: [0.0, 0.05]}, regimes=("none", "endogenous"))


def test_rows_are_those_of_solve(found):
    assert len(found) == 8
    for row in (2, 5, 7):
        game = Params().replace({key: found.table[key][row] for key in (SCALE, COST)})
        alone = solve(game, regime=found.table["regime"][row])
        for name in ("quality", "intensity", "profit", "user_surplus", "variance"):
            assert found.table[name][row] == pytest.approx(getattr(alone, name), rel=1e-9)
        assert found.table["participation.low"][row] == pytest.approx(
            alone.segments[1].participation, rel=1e-9
        )
    assert found.summary.certified
    assert found.summary.counts.rows == 8


def test_a_sweep_is_frozen(found):
    with pytest.raises(FrozenInstanceError):
        found.table = {}
    with pytest.raises(TypeError):
        found.table["profit"] = 0
    with pytest.raises(ValueError, match="read-only"):
        found.table["profit"][0] = 0.0


def test_any_executor_solves_the_same(found):
    with ThreadPoolExecutor(2) as executor:
        other = sweep(
            Params(), [f"{SCALE}=0.4,0.5", Axis(COST, (0.0, 0.05))], regimes=("none", "endogenous"),
            executor=executor, jobs=2,
        )  # fmt: skip
    assert found.table.keys() == other.table.keys()
    for name, column in found.table.items():
        assert np.array_equal(column, other.table[name], equal_nan=column.dtype.kind == "f")


def test_tables_of_pandas_and_xarray(found):
    pytest.importorskip("pandas")
    xarray = pytest.importorskip("xarray")
    assert found.to_pandas().profit.tolist() == found.table["profit"].tolist()
    data = found.to_xarray()
    assert isinstance(data, xarray.Dataset)
    assert dict(data.sizes) == {SCALE: 2, COST: 2, "regime": 2}
    assert data.profit.sel({SCALE: 0.5, COST: 0.05, "regime": "none"}) == found.table["profit"][6]
    drawn = sweep(Params(), [Range(SCALE, 0.3, 0.9)], design="lhs", points=3, regimes=["none"]).to_xarray()
    assert dict(drawn.sizes) == {"point": 3, "regime": 1}
    assert drawn[SCALE].dims == ("point",)


def test_progress_is_reported_with_counts():
    reports = []
    sweep(
        Params(), {SCALE: [0.4, 0.5]}, regimes=["none"], report=lambda *at, note: reports.append((*at, note))
    )
    assert reports == [(2, 2, "2 certified, 0 not, 0 failed")]


def test_figures_have_the_panels_lines_and_labels_that_they_promise(found):
    maps = found.plot()
    assert [axes.get_title(loc="right") for axes in maps.axes[:4]] == ["none", "endogenous"] * 2
    lines = found.plot(x=SCALE, y="profit")
    (axes,) = lines.axes
    assert axes.get_xlabel() == "transaction cost $C$"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0", "0.05", "none", "endogenous"]
    styles = {line.get_linestyle() for line in axes.lines if line.get_xdata().size}
    assert styles == {"-", "--"}
    single = found.plot(x=SCALE, y=COST, z="direction")
    assert single.axes[0].get_legend().get_title().get_text() == "direction of outputs"


def test_lines_break_at_jumps_and_doubtful_rows_are_crossed():
    from eqsolve.sweeps.figures import sweep_figure

    status = np.array(["certified", "certified", "deviation_found", "certified"], dtype=object)
    columns = {
        SCALE: np.array([0.1, 0.2, 0.3, 0.4]),
        "regime": np.array(["none"] * 4, dtype=object),
        "profit": np.array([1.0, 2.0, 5.0, 6.0]),
        "status": status,
        f"jump.{SCALE}": np.array([False, False, True, False]),
    }
    line, crosses = sweep_figure(Frame(columns), y="profit").axes[0].lines
    assert np.array_equal(line.get_ydata(), [1.0, 2.0, np.nan, 5.0, 6.0], equal_nan=True)
    assert (crosses.get_marker(), crosses.get_xdata().tolist()) == ("x", [0.3])
    falling = {name: column[::-1] for name, column in columns.items()}
    falling[f"jump.{SCALE}"] = np.array([False, False, True, False])
    line, _ = sweep_figure(Frame(falling), y="profit").axes[0].lines
    assert np.array_equal(line.get_ydata(), [1.0, 2.0, np.nan, 5.0, 6.0], equal_nan=True)


def test_figures_refuse_what_would_lie_on_top_of_each_other():
    many = {SCALE: [0.4, 0.5], COST: np.linspace(0.0, 0.1, 9), "users.misfit_cost": [0.4, 0.5]}
    three = sweep(Params(), many, regimes=["none"])
    with pytest.raises(InputError, match=r"users\.misfit_cost vary, too"):
        three.plot()
    with pytest.raises(InputError, match="vary, too"):
        three.plot(x=SCALE, y="profit")
    two = sweep(Params(), {SCALE: [0.4, 0.5], COST: np.linspace(0.0, 0.1, 9)}, regimes=["none"])
    with pytest.raises(InputError, match="takes 9 values"):
        two.plot(x=SCALE, y="profit")
