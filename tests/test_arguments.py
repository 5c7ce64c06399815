"""Arguments from Python that do not fit: InputError, in Python's words, for every public function."""

import re

import numpy as np
import pytest

from eqsolve import (
    InputError,
    Params,
    check_findings,
    compare,
    converge,
    decompose,
    participation_equilibria,
    phase_diagram,
    sensitivity,
    sign_table,
    simulate,
    solve,
    solve_many,
    sweep,
    threshold,
)
from eqsolve.arguments import Unfit, arguments, number, several, shown, text, whole
from eqsolve.sweeps import Axis, Range

GAME = Params()
COST = "finetuning.cost"
SPAN = Range("platform.revenue", 0.4, 0.6)

AXES = {
    "a number": ({COST: 0.1}, "finetuning.cost: 0.1 is no list of numbers"),
    "text": ({COST: "0:0.1:3"}, "finetuning.cost: '0:0.1:3' is no list of numbers; as text, \"finetuning"),
    "a word that is none": ({"users.transaction_cost.dist": ["uniform", "poin"]}, "did you mean point?"),
    "None among numbers": ({COST: [None]}, "finetuning.cost: None is not a finite number"),
    "a truth value": ({COST: [True]}, "True is not a finite number"),
    "numbers as text": ({COST: ["0.1"]}, "'0.1' is not a finite number"),
    "nothing": ({COST: []}, "finetuning.cost: no values"),
    "nan": ({COST: [0.1, np.nan]}, "nan is not a finite number"),
    "a whole number beyond doubles": ({COST: [10**400]}, "is not a finite number"),
    "complex": ({COST: [1j]}, "1j is not a finite number"),
    "two dimensions": ({COST: np.zeros((2, 2))}, "array([0., 0.]) is not a finite number"),
    "bytes": ({COST: b"01"}, "b'01' is no list of numbers"),
    "a table": ({COST: {0.1: 0.2}}, "{0.1: 0.2} is no list of numbers"),
    "a range as values": ({COST: SPAN}, "is no list of numbers"),
    "a key that is no text": ({3: [0.1]}, "3 is no key"),
    "no axes": ({}, "nothing varies"),
    "None": (None, "axes = None: expected values by key or a list of axes"),
    "text alone": (f"{COST}=0:0.1:3", "as in ['finetuning.cost=0:0.1:3']"),
    "an axis alone": (SPAN, "axes = Range("),
    "numbers alone": ([0.1], "axes: 0.1 is no axis"),
}


@pytest.mark.parametrize(("axes", "message"), AXES.values(), ids=AXES)
def test_axes(axes, message):
    with pytest.raises(InputError) as caught:
        sweep(GAME, axes)
    assert message in str(caught.value)


def test_games_to_solve_come_in_any_list():
    listed, walked = (
        solve_many([GAME] * 2, regime="none"),
        solve_many((GAME for _ in range(2)), regime="none"),
    )
    assert listed == walked and len(walked) == 2


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InputError) as caught:
        sweep(GAME, {COST: 0.1, "platform.revenue": [None]})
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError) as caught:
        sweep({}, {COST: [0.1]}, jobs="2", regimes=None)
    assert [str(each)[:6] for each in caught.value.problems] == ["jobs =", "params", "regime"]
    with pytest.raises(InputError) as caught:
        solve({}, regime=3, selection=None)
    assert [str(each)[:6] for each in caught.value.problems] == ["params", "regime", "select"]


@pytest.mark.parametrize(
    "values",
    [(0.0, 0.2), np.array([0.0, 0.2]), range(2), (x for x in (0, 1))],
    ids=["tuple", "array", "range", "generator"],
)
def test_any_list_of_numbers_is_an_axis(values):
    assert len(sweep(GAME, {COST: values})) == 2


def test_one_word_is_one_regime():
    one, listed = (sweep(GAME, {COST: [0.0]}, regimes=regimes) for regimes in ("none", ["none"]))
    assert one == listed
    with pytest.raises(InputError, match="unknown regime 'non': did you mean none"):
        sweep(GAME, {COST: [0.0]}, regimes="non")
    assert sensitivity(GAME, keys=COST) == sensitivity(GAME, keys=[COST])


CALLS = {
    "no game to solve": (lambda: solve({}), r"params = \{\}: expected a game"),
    "games to solve": (lambda: solve([GAME]), r"params = \[.*: expected a game"),
    "regimes of one solution": (lambda: solve(GAME, regime=["none"]), r"regime = \['none'\]: expected text"),
    "a selection that is no text": (lambda: solve(GAME, selection=None), "selection = None: expected text"),
    "one game as many": (lambda: solve_many(GAME), r"games = .*: expected a game"),
    "games by name": (lambda: solve_many({"a": GAME}), r"games = .*: expected a list, each a game"),
    "a file among games": (lambda: solve_many([GAME, "a.toml"]), r"games = .*: expected a game"),
    "regime of many games": (lambda: solve_many([GAME], regime=None), "regime = None: expected text"),
    "selection of many games": (lambda: solve_many([GAME], selection=1), "selection = 1: expected text"),
    "equilibria of a game": (lambda: participation_equilibria(GAME), "result = .*: expected an equilibrium"),
    "what is fixed in a sweep": (lambda: sweep(GAME, {COST: [0.1]}, fix=0.6), "fix = 0.6: expected choices"),
    "sweep of no game": (lambda: sweep({}, {COST: [0.1]}), r"params = \{\}: expected a game"),
    "threshold of no game": (lambda: threshold({}, COST), "params"),
    "threshold of no key": (lambda: threshold(GAME, 3), "of = 3: expected text"),
    "bounds as text": (lambda: threshold(GAME, COST, low="0"), "low = '0': expected a finite number"),
    "no condition": (lambda: threshold(GAME, COST, None), "where = None"),
    "sensitivity of no game": (lambda: sensitivity(None), "params = None"),
    "keys that are no text": (lambda: sensitivity(GAME, keys=[3]), "keys"),
    "keys that are no list": (lambda: sensitivity(GAME, keys=3), "keys = 3: expected a list, each text"),
    "a regime that is a list": (lambda: sensitivity(GAME, regime=["none"]), "regime"),
    "texts as ranges": (lambda: sign_table(GAME, ["platform.revenue=0.4:0.6"]), "ranges .* such as Range"),
    "a range as ranges": (lambda: sign_table(GAME, SPAN), "ranges"),
    "points as text": (lambda: sign_table(GAME, [SPAN], points="2"), "points = '2': expected a whole number"),
    "text as a range": (lambda: phase_diagram(GAME, "platform.revenue=0.4:0.6", SPAN), "x = "),
    "cells as text": (lambda: phase_diagram(GAME, SPAN, Range(COST, 0, 1), cells="4"), "cells"),
    "simulation of no game": (lambda: simulate({}), "params"),
    "users as text": (lambda: simulate(GAME, "100"), "users = '100': expected a whole number"),
    "a start that is no text": (lambda: simulate(GAME, 100, start=3), "start = 3 is unknown"),
    "a share as text": (lambda: simulate(GAME, 100, revision="a"), "revision = 'a' is no number"),
    "one size": (lambda: converge(GAME, 100), "sizes = 100: expected a list, each a whole number"),
    "findings around no game": (lambda: check_findings({}), "game"),
    "one statement": (lambda: check_findings(GAME, only=1), "only"),
    "a file as domain": (lambda: check_findings(GAME, domain="x.toml"), "domain = 'x.toml'"),
    "games that are not solved": (lambda: compare(GAME, GAME), "equilibria = .* as solve"),
    "names in one text": (lambda: compare(solve(GAME), solve(GAME), names="ab"), "names = 'ab'"),
    "no equilibria to decompose": (lambda: decompose(1, 2), "before = 1: expected an equilibrium"),
    "design": (lambda: sweep(GAME, {COST: [0.1]}, design=["grid"]), "design"),
    "half a point": (lambda: sweep(GAME, [SPAN], design="sobol", points=1.5), "points = 1.5"),
    "seed": (lambda: sweep(GAME, [SPAN], design="sobol", points=2, seed=None), "seed = None"),
    "executor": (lambda: sweep(GAME, {COST: [0.1]}, executor="dask"), "executor = 'dask'"),
    "report": (lambda: sweep(GAME, {COST: [0.1]}, report=3), "report = 3: expected a function"),
    "a file that is a number": (lambda: Params.from_file(3), "path = 3: expected the name of a file"),
    "changes as text": (lambda: GAME.replace(f"{COST}=1"), "changes = 'finetuning.cost=1'"),
    "changes whose key is no text": (lambda: GAME.replace({3: 1}), "keys that are text, not 3"),
    "ends of a range as text": (lambda: Range(COST, "0", "1"), "finetuning.cost = '0':'1'"),
    "key of a range": (lambda: Range(3, 0, 1), "3 is no key"),
    "values of an axis": (lambda: Axis(COST, "0.1"), "no list of numbers"),
    "range in a grid": (lambda: sweep(GAME, [SPAN]), "platform.revenue = 0.4:0.6: a grid needs"),
    "name of an axis": (lambda: sweep(GAME, {COST: [0, 0.1]}).plot(x=3), "x = 3: expected text"),
    "a quantity that is none": (lambda: sweep(GAME, {COST: [0, 0.1]}).plot(y="proft"), "y = proft: .*profit"),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_arguments_that_do_not_fit(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert re.search(message, str(caught.value), re.DOTALL)
    assert "--" not in str(caught.value)


def test_the_decorator_reads_what_is_given_and_leaves_the_rest():
    @arguments(count=whole, names=several(text))
    def function(count, names=None, *, rest=3.5):
        """Its docstring."""
        return count, names, rest

    assert function(np.int64(2), iter("ab")) == (2, ("a", "b"), 3.5)
    assert function(count=2) == (2, None, 3.5)
    assert (function.__name__, function.__doc__) == ("function", "Its docstring.")
    with pytest.raises(InputError, match="count = True: expected a whole number"):
        function(True)
    with pytest.raises(TypeError, match="count"):
        function()


def test_numbers_and_what_messages_show():
    assert number(np.float32(0.5)) == 0.5
    for value in ("0.5", None, True, np.inf, np.array(["a"])):
        with pytest.raises(Unfit):
            number(value)
    assert len(shown("a" * 1000)) <= 60
    assert shown("a\nb") == r"'a\nb'"
