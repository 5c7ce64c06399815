"""Phase diagrams of games: what they say is so on both sides of every boundary, and figures show it."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from eqsolve import InputError, Params, phase_diagram, threshold
from eqsolve.adoption import OUTCOMES, Adopter
from eqsolve.figures import SUFFIXES, render
from eqsolve.palette import HATCHES
from eqsolve.palette import OUTCOMES as FILLS
from eqsolve.phase.figure import phase_figure
from eqsolve.sweeps.design import Range, games_at
from eqsolve.sweeps.keys import numeric_keys
from eqsolve.symbols import NAMES, label
from eqsolve_cli.phase import FIGURES

PAPER = Params()
KEYS = ["users.transaction_cost.scale", "finetuning.cost"]
ACCURACY, ROUGH = 1e-3, 1e-2
NEAR = Range(KEYS[0], 0.1, 0.3), Range(KEYS[1], 0.0, 0.15)


@pytest.fixture(scope="module")
def near():
    return phase_diagram(PAPER, *NEAR, cells=2, accuracy=ACCURACY)


@pytest.fixture(scope="module")
def far():
    """Where users lose, society loses, and demand dries up."""
    return phase_diagram(
        PAPER, Range(KEYS[0], 0.35, 1.1), Range(KEYS[1], 0.08, 0.14), cells=4, accuracy=ROUGH
    )


def test_the_adoption_boundary_is_fbar_and_rises(near):
    (boundary,) = near.boundaries
    assert boundary.between == (("not-adopted", "unchanged"), ("users-gain", "centralized"))
    scale, cost = boundary.points[np.argsort(boundary.points[:, 0])].T
    assert (np.diff(cost) > 0).all()
    assert scale[0] == NEAR[0].low and scale[-1] == NEAR[0].high
    games = games_at(PAPER, KEYS, boundary.points)
    assert np.abs(Adopter()(games).gross_gain - cost).max() <= ACCURACY * (NEAR[1].high - NEAR[1].low)
    (crossing,) = threshold(games[0], "finetuning.cost").crossings
    assert crossing.value == pytest.approx(boundary.points[0, 1], abs=ACCURACY * 0.15)


def test_games_beside_every_boundary_are_what_the_regions_say(far):
    assert len(far.regions) >= 4
    for boundary in far.boundaries:
        span = np.array([0.75, 0.06])
        steps = np.hypot(*(np.diff(boundary.points, axis=0) / span).T)
        middle = int(steps.argmax())
        if steps[middle] < 5 * ROUGH:
            continue
        a, b = boundary.points[middle : middle + 2]
        ahead = (b - a) / span
        aside = 1.5 * ROUGH * np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead) * span
        both = Adopter()(games_at(PAPER, KEYS, np.stack([(a + b) / 2 + aside, (a + b) / 2 - aside])))
        assert {*zip(both.outcome.tolist(), both.outputs.tolist(), strict=True)} == {*boundary.between}


def test_regions_fill_the_plane_and_every_solved_game_lies_in_its_region(far):
    assert sum(region.area for region in far.regions) == pytest.approx(1.0, abs=1e-9)
    assert far.complete and far.uncertified == 0
    corners = {tuple(point): label for label, cell in far.cells for point in cell.tolist()}
    for point, outcome in zip(far.points.tolist(), far.adoption.outcome, strict=True):
        assert corners[tuple(point)][0] == outcome


def test_far_fewer_games_than_the_grid_of_the_same_accuracy(near):
    assert near.games * 1000 < near.grid_games == 10**6


def test_a_logarithmic_axis_moves_no_boundary(near):
    log = phase_diagram(PAPER, Range(KEYS[0], 0.1, 0.3, log=True), NEAR[1], cells=1, accuracy=ROUGH)
    curve = log.boundaries[0].points
    fbar = np.interp(curve[:, 0], *near.boundaries[0].points[np.argsort(near.boundaries[0].points[:, 0])].T)
    assert np.abs(fbar - curve[:, 1]).max() < 2 * ROUGH * 0.15


def test_a_plane_where_one_thing_happens_is_one_region():
    diagram = phase_diagram(PAPER, Range(KEYS[0], 0.1, 0.2), Range(KEYS[1], 0.3, 0.4), cells=2)
    (region,) = diagram.regions
    assert (region.outcome, region.area, diagram.boundaries) == ("not-adopted", 1.0, ())
    assert diagram.solves == 6
    render(phase_figure(diagram), ".png")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_figures_render(far, suffix):
    content = render(phase_figure(far), suffix)
    assert len(content) > 5000


def test_the_legend_explains_every_region_by_a_number_that_means_the_same_everywhere(far, near):
    figure = phase_figure(far)
    (axes,) = figure.axes
    legend = [text.get_text().replace("\n", " ") for text in axes.get_legend().get_texts()]
    regions = sorted(far.regions, key=lambda region: region.code)
    for text, region in zip(legend, regions, strict=True):
        code, *words = text.split()
        assert code == region.code and " ".join(words).startswith(OUTCOMES[region.outcome])
    written = {text.get_text() for text in axes.texts}
    assert {region.code for region in far.regions if region.area > 0.02} <= written
    codes = {(r.outcome, r.direction): r.code for r in (*far.regions, *near.regions)}
    assert len({*codes.values()}) == len(codes) > len(near.regions)
    assert codes["not-adopted", "unchanged"] == "2" and codes["users-gain", "centralized"] == "4"
    assert {*FILLS} == {*OUTCOMES} and len({*HATCHES.values()}) == 3


def test_axes_have_names_and_symbols():
    assert label("finetuning.cost") == "cost of fine-tuning $F$"
    assert r"\theta" in label("users.segments.high.accuracy")
    assert label("users.segments.high.tastes.sd") == "users.segments.high.tastes.sd"
    named = {key for key in numeric_keys(PAPER) if label(key) != key}
    assert named == {*numeric_keys(PAPER)}
    others = {name for name in NAMES if name.startswith("policy.")} | {"users.transaction_cost.sigma"}
    words = {"users.match.kind", "users.transaction_cost.dist", "model.outputs.dist"}
    assert {*NAMES} - others - words < named


def test_the_command_writes_figures_and_data(run):
    options = [
        "--x",
        "users.transaction_cost.scale=0.1:0.3",
        "--y",
        "finetuning.cost=0:0.15",
        "--grid",
        2,
        "--accuracy",
        0.01,
    ]
    files = [f"phase{suffix}" for suffix in (".pdf", ".json", ".csv")]
    done = run("phase", *options, *(part for file in files for part in ("--output", file)), "--json")
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert data == json.loads(Path("phase.json").read_text()) and data["schema"] == "eqsolve/phase/1"
    assert {region["outcome"] for region in data["regions"]} == {"not-adopted", "users-gain"}
    rows = [line for line in Path("phase.csv").read_text().splitlines() if not line.startswith("#")]
    assert len(rows) == 1 + sum(len(boundary["points"]) for boundary in data["boundaries"])
    assert Path("phase.pdf").read_bytes().startswith(b"%PDF")
    assert [*SUFFIXES].sort() == [*FIGURES].sort()


def test_the_command_of_the_readme_draws(shell):
    """As shown, but on a coarse grid."""
    root = Path(__file__).parent.parent
    (line,) = re.findall(r"^eqsolve phase .*", (root / "README.md").read_text(), re.MULTILINE)
    line = re.sub(r"examples/\S+", lambda found: shlex.quote(str(root / found[0])), line)
    done = shell(f"{line} --grid 3 --accuracy 0.05; ls")
    assert done.returncode == 0, done.stderr
    assert "Adopted: platform and users gain" in done.stdout and "phase.png" in done.stdout.split()


@pytest.mark.parametrize("page", ["phase", "thresholds", "sensitivity"])
def test_the_examples_of_the_docs_run(page):
    text = (Path(__file__).parent.parent / "docs" / f"{page}.md").read_text()
    for example in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(example, f"{page}.md", "exec"), {})


@pytest.mark.parametrize(
    ("x", "y", "more", "words"),
    [
        ("users.misfit=0:1", "finetuning.cost=0:1", [], ["users.misfit", "did you mean users.misfit_cost?"]),
        ("users.misfit_cost=1:0", "finetuning.cost=0:1", [], ["users.misfit_cost = 1:0", "below"]),
        ("users.misfit_cost=0:1", "finetuning.cost=-1:1", [], ["finetuning.cost = -1.0", ">= 0"]),
        ("finetuning.cost=0:1", "finetuning.cost=0:2", [], ["finetuning.cost varies twice"]),
        ("users.misfit_cost=1", "finetuning.cost=0:1:5", [], ["not a range", "KEY=LOW:HIGH"]),
        ("users.misfit_cost=0:1:log", "finetuning.cost=0:1", [], ["above zero"]),
        ("users.misfit_cost=0:1", "finetuning.cost=0:1", ["--grid", 0], ["cells = 0"]),
        ("users.misfit_cost=0:1", "finetuning.cost=0:1", ["--accuracy", 0], ["accuracy = 0"]),
        ("users.misfit_cost=0:1", "finetuning.cost=0:1", ["--output", "x.gif"], ["x.gif", ".pdf"]),
    ],
)
def test_bad_input_is_named(run, x, y, more, words):
    done = run("phase", "--x", x, "--y", y, *more)
    assert done.exit_code == 2
    for word in words:
        assert word in done.stderr
    assert not [*Path().iterdir()]


def test_the_library_names_all_problems():
    with pytest.raises(InputError) as caught:
        phase_diagram(PAPER, *NEAR, cells=0, accuracy=1.0, selection="best")
    assert len(caught.value.problems) == 3
