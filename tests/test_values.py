"""Results are values: they pickle, copy, compare and hash, whatever process they come from."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import eqsolve
from eqsolve import Params, Status
from eqsolve.results import FreeChoice
from eqsolve.sweeps import Range
from eqsolve.values import contents

GAME = Params()
COST = "finetuning.cost"
CLOSED = Params.from_file(Path(__file__).parent.parent / "examples" / "closed-form.toml")
DOMAIN = [Range("platform.revenue", 0.4, 0.6)]

PUBLIC = {
    "Params": lambda: GAME.replace({COST: 0.1}),
    "Status": lambda: Status.UNRESOLVED,
    "Certificate": lambda: eqsolve.solve(GAME, regime="none").certificate,
    "Equilibrium": lambda: eqsolve.solve(GAME, regime="none"),
    "ParticipationEquilibrium": lambda: eqsolve.solve(GAME, regime="none", all_equilibria=True).equilibria[0],
    "Equilibria": lambda: eqsolve.solve_many([GAME, GAME.replace({COST: 0.2})]),
    "Sweep": lambda: eqsolve.sweep(GAME, {COST: [0.0, 0.2]}, regimes=("none", "endogenous")),
    "Comparison": lambda: eqsolve.compare(eqsolve.solve(GAME), eqsolve.solve(GAME, regime="none")),
    "Decomposition": lambda: eqsolve.decompose(eqsolve.solve(GAME, regime="none"), eqsolve.solve(GAME)),
    "Sensitivity": lambda: eqsolve.sensitivity(GAME, keys=[COST]),
    "SignTable": lambda: eqsolve.sign_table(GAME, DOMAIN, points=2),
    "Threshold": lambda: eqsolve.threshold(GAME, COST),
    "Simulation": lambda: eqsolve.simulate(GAME, 100, rounds=2),
    "Convergence": lambda: eqsolve.converge(GAME, [50, 100], rounds=2),
    "Policy": lambda: eqsolve.policy(CLOSED, "quality-floor"),
    "Policies": lambda: eqsolve.best_policies(CLOSED),
    "Findings": lambda: eqsolve.check_findings(GAME, points=2, only=[1, 2, 6]),
    "PhaseDiagram": lambda: eqsolve.phase_diagram(
        GAME, Range("users.transaction_cost.scale", 0.3, 0.9), Range(COST, 0, 0.15), cells=2, accuracy=0.1
    ),
}


def test_every_public_record_is_here():
    records = {name for name in eqsolve.__all__ if isinstance(getattr(eqsolve, name), type)}
    assert records - {"InputError"} <= PUBLIC.keys()


@pytest.mark.parametrize("make", PUBLIC.values(), ids=PUBLIC)
def test_results_survive_pickles_and_copies(make):
    value, again = make(), make()
    copies = [again, copy.copy(value), copy.deepcopy(value)]
    copies += [pickle.loads(pickle.dumps(value, protocol)) for protocol in (2, pickle.HIGHEST_PROTOCOL)]
    for each in copies:
        assert each == value
        assert hash(each) == hash(value)
        assert type(each) is type(value)
    assert len({value, *copies}) == 1
    assert value != "another thing"


@pytest.mark.parametrize("regime", ["none", "endogenous"])
def test_what_is_fixed_and_a_runner_up_are_part_of_the_value(regime):
    value, again = (eqsolve.solve(GAME, regime=regime, fix={"quality": 0.6}) for _ in range(2))
    assert (value.certificate.runner_up is None) == (regime == "none")
    for each in (again, copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert each == value and hash(each) == hash(value)
    assert value.free != FreeChoice.of(value) and value != replace(value, free=None)
    undefined = [replace(value.free, payoff=float(nan)) for nan in ("nan", "-nan")]
    assert undefined[0] == undefined[1]


def test_what_differs_anywhere_is_another_value():
    sweeps = [eqsolve.sweep(GAME, {COST: [0.0, cost]}) for cost in (0.1, 0.2)]
    assert sweeps[0] != sweeps[1]
    assert eqsolve.solve_many([GAME]) != eqsolve.solve_many([GAME.replace({COST: 0.2})])
    assert eqsolve.solve(GAME) != eqsolve.solve(GAME, regime="forced")


def test_contents_of_arrays_and_tables():
    nan = float("nan")
    assert contents(np.array([0.0, nan])) == contents(np.array([-0.0, np.float64("nan")]))
    assert contents(np.array([1.0, nan])) != contents(np.array([1.0, 2.0]))
    assert contents(np.zeros((2, 1))) != contents(np.zeros(2))
    assert contents({"a": nan, "b": [1]}) == contents({"b": (1,), "a": -nan})
    assert contents(np.array(["a", nan], dtype=object)) == contents(np.array(["a", nan], dtype=object))
    assert contents(partial(max, 1)) == contents(partial(max, 1)) != contents(partial(max, 2))


def test_a_copied_sweep_is_still_read_only_and_draws():
    found = pickle.loads(pickle.dumps(eqsolve.sweep(GAME, {COST: [0.0, 0.2]})))
    with pytest.raises(ValueError, match="read-only"):
        found.table["profit"][0] = 1.0
    assert found.to_pandas().shape[0] == 2
    assert found.to_xarray().sizes == {COST: 2, "regime": 1}
    assert found.plot().axes


def test_processes_that_start_afresh_send_results_back():
    games = [GAME, GAME.replace({COST: 0.2})]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        assert list(pool.map(eqsolve.solve, games)) == [eqsolve.solve(game) for game in games]
        axes = {COST: [0.0, 0.2]}
        assert pool.submit(eqsolve.sweep, GAME, axes).result() == eqsolve.sweep(GAME, axes)
        with pytest.raises(eqsolve.InputError, match="no list of numbers"):
            pool.submit(eqsolve.sweep, GAME, {COST: 0.1}).result()
