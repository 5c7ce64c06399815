"""Results from Python: sequences, data frames, short texts, tables in notebooks, and what Tab shows."""

import pickle

import numpy as np
import pytest
from matplotlib.figure import Figure

from eqsolve import (
    InputError,
    Params,
    compare,
    decompose,
    policy,
    sensitivity,
    simulate,
    solve,
    solve_many,
    sweep,
    threshold,
)
from eqsolve.results import QUANTITIES

KIND, COST = "users.match.kind", "finetuning.cost"


@pytest.fixture(scope="module")
def many():
    games = [
        Params().replace({COST: cost, KIND: kind}) for cost in (0.0, 0.3) for kind in ("gaussian", "linear")
    ]
    return solve_many(games)


def test_equilibria_are_a_sequence(many):
    rows = list(many)
    assert len(rows) == len(many) == 4
    assert [row.params for row in rows] == list(many.params)
    assert rows[-1] == many[-1] == many[3] == many.row(3)
    part = many[1:3]
    assert list(part) == rows[1:3] and np.array_equal(part.profit, many.profit[1:3])
    for index in (4, -5):
        with pytest.raises(IndexError):
            many[index]


def test_what_they_say_of_themselves_is_short(many):
    assert repr(many) == ("<Equilibria of 4 games: 4 certified; regime endogenous, selection initial>")
    assert pickle.loads(pickle.dumps(many)) == many


def test_a_data_frame_has_what_differs_and_what_was_found(many):
    frame = many.to_pandas()
    assert frame[COST].tolist() == [0.0, 0.0, 0.3, 0.3]
    assert frame[KIND].tolist() == ["gaussian", "linear"] * 2
    assert np.isnan(frame["users.match.breadth"][1]), "a linear match has no breadth"
    assert "platform.revenue" not in frame
    for name in QUANTITIES:
        assert np.array_equal(frame[name], getattr(many, name), equal_nan=True)
    frame.loc[0, "profit"] = 7.0
    assert many.profit[0] != 7.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: solve(Params()),
        lambda: solve_many([Params()] * 2),
        lambda: compare(solve(Params()), solve(Params(), regime="none")),
        lambda: threshold(Params(), COST, low=0.1, high=0.2),
        lambda: sensitivity(Params(), regime="none", keys=[COST]),
        lambda: simulate(Params(), 20, rounds=1),
        lambda: sweep(Params(), {COST: np.linspace(0.0, 0.1, 40)}),
        lambda: decompose(solve(Params(), regime="none"), solve(Params())),
        lambda: policy(Params(), "finetuning-cap"),
    ],
    ids=[
        "solve",
        "solve_many",
        "compare",
        "threshold",
        "sensitivity",
        "simulate",
        "sweep",
        "decompose",
        "policy",
    ],
)
def test_notebooks_show_tables(make):
    html = make()._repr_html_()
    assert html.startswith("<table><caption>")
    assert html.count("<tr>") <= 32 * html.count("<table>")
    assert html.count("<table>") == html.count("</table>")


def test_results_draw_into_axes_that_come_first():
    for result in (solve(Params()), sweep(Params(), {COST: [0.0, 0.1]}), many_at([0.0, 0.1])):
        figure = Figure()
        axes = figure.subplots()
        assert result.plot(axes) is figure
        assert figure.axes == [axes] and axes.lines


def many_at(costs):
    return solve_many([Params().replace({COST: cost}) for cost in costs])


def test_what_has_no_table_is_shown_as_text():
    assert solve(Params()).certificate._repr_html_() is None


def test_tab_shows_the_game():
    assert {*dir(Params())} == {
        "platform",
        "finetuning",
        "users",
        "model",
        "policy",
        "under",
        "from_file",
        "from_text",
        "replace",
    }
    assert {"segments", "match", "misfit_cost", "transaction_cost"} <= {*dir(Params().users)}
    assert not any(name.startswith(("model_", "_")) for name in dir(Params().users))


def test_equilibria_are_drawn_over_what_differs(many):
    axes = many.plot(x=COST, y=KIND, z="profit").axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["gaussian", "linear"]
    (line,) = (
        solve_many([Params().replace({COST: cost}) for cost in (0.1, 0.0)]).plot(y="profit").axes[0].lines
    )
    assert line.get_xdata().tolist() == [0.0, 0.1]
    with pytest.raises(InputError, match="differ in no parameter"):
        solve_many([Params()] * 2).plot()
