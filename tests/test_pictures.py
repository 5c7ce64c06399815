"""What figures draw: artists, labels and extents, whatever the pixels are."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from eqsolve import (
    InputError,
    Params,
    check_findings,
    compare,
    phase_diagram,
    sensitivity,
    sign_table,
    solve,
    sweep,
    threshold,
)
from eqsolve.drawing import Look, read_size, use_look
from eqsolve.figures import equilibrium_figure, render
from eqsolve.palette import DIRECTIONS, LOSS_TO_GAIN, OUTCOMES, REGIME_LOOKS, SEGMENTS, VERDICTS
from eqsolve.phase import Range
from eqsolve.phase.figure import LEGENDS, phase_figure
from eqsolve.phase.saved import SavedPhase
from eqsolve.simulation import converge, simulate
from eqsolve.sources import KINDS, read_source
from eqsolve.sweeps.figures import sweep_figure
from eqsolve.sweeps.readers import Frame
from eqsolve.symbols import DOMAINS

pytestmark = pytest.mark.thorough

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"
REGIMES = ("none", "forced", "endogenous")


@pytest.fixture(scope="module")
def curve():
    return sweep(Params(), {SCALE: np.linspace(0.05, 0.95, 19)}, regimes=REGIMES)


@pytest.fixture(scope="module")
def plane():
    return sweep(Params(), {SCALE: np.linspace(0.1, 0.9, 9), COST: [0.0, 0.05, 0.1, 0.15]}, regimes=REGIMES)


@pytest.fixture(scope="module")
def diagram():
    return phase_diagram(Params(), Range(SCALE, 0.1, 0.9), Range(COST, 0.0, 0.15), cells=4, accuracy=0.02)


@pytest.fixture(scope="module")
def results(diagram):
    """One result of each kind that is drawn from its JSON."""
    return {
        "eqsolve/phase/1": diagram,
        "eqsolve/threshold/1": threshold(Params().replace({COST: 0.12}), SCALE),
        "eqsolve/sensitivity/1": sensitivity(Params()),
        "eqsolve/signs/2": sign_table(Params(), [Range(SCALE, 0.2, 0.8)], points=3),
        "eqsolve/comparison/1": compare(*(solve(Params(), regime=name) for name in ("none", "planner"))),
        "eqsolve/equilibrium/2": solve(Params(), regime="forced"),
        "eqsolve/findings/2": check_findings(Params(), points=4, only=[2, 4, 6]),
        "eqsolve/simulation/1": simulate(Params(), 20, rounds=2),
        "eqsolve/convergence/1": converge(Params(), [20, 40], rounds=2),
    }


def curves(axes):
    """The lines that stand for something, without halos, marks and what they leave of points."""
    return [line for line in axes.lines if len(line.get_xdata()) > 2 and line.get_label() != "_halo"]


def lightness(color):
    """CIE lightness, from 0 to 100: what is left in gray print."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("colors", [OUTCOMES, DIRECTIONS], ids=["outcomes", "directions"])
def test_gray_print_separates_findings(colors):
    light = [lightness(color) for color in colors.values()]
    assert (np.diff(light) < -10).all()


def test_gray_print_separates_holds_from_fails_and_losses_from_gains():
    assert lightness(VERDICTS["holds"]) - lightness(VERDICTS["fails"]) > 25
    assert (np.diff([lightness(color) for color in LOSS_TO_GAIN]) > 10).all()


@pytest.mark.parametrize("size", ["3x8", "column", "5x4", "page"])
def test_numbers_along_an_axis_do_not_touch(curve, diagram, size):
    with use_look(Look(read_size(size))):
        for figure in (curve.plot(y="profit"), phase_figure(diagram), solve(Params()).plot()):
            FigureCanvasAgg(figure).draw()
            for axes in figure.axes:
                boxes = [each.get_window_extent() for each in axes.get_xticklabels() if each.get_text()]
                inside = [
                    box for box in boxes if axes.bbox.x0 - 1 <= (box.x0 + box.x1) / 2 <= axes.bbox.x1 + 1
                ]
                gaps = [right.x0 - left.x1 for left, right in pairwise(inside)]
                assert len(inside) >= 2 and min(gaps) > 2.0, axes.get_xlabel()


def test_no_segment_has_the_color_of_a_regime():
    assert not {*SEGMENTS} & {color for color, _ in REGIME_LOOKS.values()}
    assert len({style for _, style in REGIME_LOOKS.values()}) == len(REGIME_LOOKS)


def test_a_regime_looks_the_same_whatever_else_is_drawn(curve):
    alone = sweep(Params(), {SCALE: [0.2, 0.4, 0.6]}, regimes=["none", "endogenous"])
    for found in (curve, alone):
        looks = {
            to_hex(line.get_color()): line.get_linestyle() for line in curves(found.plot(y="profit").axes[0])
        }
        color, style = REGIME_LOOKS["endogenous"]
        assert looks[color.lower()] == style


def test_several_quantities_are_panels_over_one_axis(curve):
    names = ["quality", "participation", "welfare"]
    figure = curve.plot(y=names)
    assert [axes.get_ylabel().split(" $")[0] for axes in figure.axes] == [
        "initial quality",
        "participation",
        "welfare",
    ]
    for axes, name in zip(figure.axes, names, strict=True):
        assert axes.get_xlim() == (0.05, 0.95)
        for line, regime in zip(curves(axes), REGIMES, strict=True):
            rows = curve.table["regime"] == regime
            seen = line.get_ydata()[np.isfinite(line.get_ydata())]
            np.testing.assert_array_equal(seen, curve.table[name][rows])


def test_keys_of_words_are_ticks_and_entries():
    kinds = ["gaussian", "linear", "quadratic"]
    columns = {
        "users.match.kind": np.repeat(np.array(kinds, dtype=object), 2),
        SCALE: np.tile([0.2, 0.4], 3),
        "regime": np.array(["none"] * 6, dtype=object),
        "profit": np.arange(6.0),
        "status": np.array(["certified"] * 6, dtype=object),
    }
    (lines,) = sweep_figure(Frame(columns), SCALE, "profit").axes
    assert [text.get_text() for text in lines.get_legend().get_texts()] == kinds
    cells = sweep_figure(Frame(columns), "users.match.kind", SCALE, "profit").axes[0]
    assert [text.get_text() for text in cells.get_xticklabels()] == kinds


def test_differences_are_drawn_against_a_regime(curve):
    (axes,) = curve.plot(y="profit", against="none").axes
    none = curve.table["profit"][curve.table["regime"] == "none"]
    for line, regime in zip(curves(axes), ("forced", "endogenous"), strict=True):
        own = curve.table["profit"][curve.table["regime"] == regime]
        np.testing.assert_array_equal(line.get_ydata()[np.isfinite(line.get_ydata())], own - none)
    assert axes.get_ylabel() == "change in profit"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "forced − none",
        "endogenous − none",
    ]


def test_lines_break_where_the_platform_starts_to_fine_tune(curve):
    (axes,) = curve.plot(y="quality").axes
    chosen = curves(axes)[2]
    jumps = curve.table[f"jump.{SCALE}"][curve.table["regime"] == "endogenous"]
    assert np.isnan(chosen.get_ydata()).sum() == jumps.sum() == 1
    (differences,) = curve.plot(y="quality", against="none").axes
    assert np.isnan(curves(differences)[1].get_ydata()).sum() == 1


def test_lines_that_coincide_are_both_seen(curve):
    """Where the platform fine-tunes, `forced` runs under `endogenous`, and looks out from under it."""
    (axes,) = curve.plot(y="quality").axes
    forced, endogenous = curves(axes)[1:]
    (halo,) = [
        line for line in axes.lines if line.get_label() == "_halo" and line.get_color() == forced.get_color()
    ]
    assert (
        halo.get_linewidth() > 2 * endogenous.get_linewidth() and halo.get_zorder() < endogenous.get_zorder()
    )
    wide = np.isfinite(halo.get_ydata())
    values = {regime: curve.table["quality"][curve.table["regime"] == regime] for regime in REGIMES}
    np.testing.assert_allclose(values["forced"][wide], values["endogenous"][wide], atol=0.01)
    assert 0 < wide.sum() < wide.size


def test_lines_that_cross_have_no_halos():
    x = np.linspace(0.1, 1.0, 10)
    columns = {
        SCALE: np.tile(x, 2),
        "regime": np.repeat(np.array(["none", "forced"], dtype=object), 10),
        "profit": np.concatenate([x, 1 - x]),
        "status": np.full(20, "certified", dtype=object),
        f"jump.{SCALE}": np.zeros(20, dtype=bool),
    }
    (axes,) = sweep_figure(Frame(columns), y="profit").axes
    assert not [line for line in axes.lines if line.get_label() == "_halo"]


@pytest.mark.parametrize("name", ["quality", "participation", "intensity", "user_surplus", "variance"])
def test_axes_do_not_pass_what_there_can_be(curve, name):
    (axes,) = curve.plot(y=name).axes
    least, most = DOMAINS[name]
    low, high = axes.get_ylim()
    assert low >= (least if least is not None else -np.inf) and high <= (most if most is not None else np.inf)


def test_axes_of_an_equilibrium_and_of_maps_do_not_pass_their_domain(plane):
    payoff, intensity, participation, outputs = equilibrium_figure(solve(Params())).axes
    assert intensity.get_ylim() == (0.0, 4.0) and participation.get_ylim() == (0.0, 1.0)
    assert {axes.get_xlim() for axes in (payoff, intensity, participation, outputs)} == {(0.0, 1.0)}
    axes = plane.plot(z="profit").axes[0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.1, 0.9), (0.0, 0.15))


def test_maps_of_one_quantity_share_their_colors(plane):
    figure = plane.plot(z=["profit", "user_surplus"])
    meshes = [
        axes.collections[-1] for axes in figure.axes if axes.collections and axes.get_title(loc="right")
    ]
    assert len(meshes) == 6
    for three, name in ((meshes[:3], "profit"), (meshes[3:], "user_surplus")):
        ends = {(mesh.norm.vmin, mesh.norm.vmax) for mesh in three}
        assert ends == {(plane.table[name].min(), plane.table[name].max())}
    bars = [axes.get_ylabel() for axes in figure.axes[6:]]
    assert bars == ["profit", "user surplus $CS$"]


def test_the_color_of_no_change_is_in_the_middle(plane):
    figure = plane.plot(z="user_surplus", against="none")
    norm = figure.axes[0].collections[-1].norm
    assert norm.vmin == -norm.vmax < 0


def test_adoption_has_the_colors_of_phase_diagrams(plane):
    axes = plane.plot(z="intensity").axes[2]
    mesh = axes.collections[-1]
    assert to_hex(mesh.cmap(mesh.norm(0))) == OUTCOMES["not-adopted"].lower()


def test_the_game_and_boundaries_lie_over_maps(plane, diagram):
    table = plane._source
    figure = sweep_figure(table, SCALE, COST, "profit", mark=[(SCALE, 0.5), (COST, 0.05)], plane=diagram)
    axes = figure.axes[0]
    drawn = [line.get_xydata().tolist() for line in axes.lines]
    for boundary in diagram.boundaries:
        assert boundary.points.tolist() in drawn
    assert [[0.5, 0.05]] in drawn
    turned = sweep_figure(table, COST, SCALE, "profit", plane=diagram).axes[0]
    assert diagram.boundaries[0].points[:, ::-1].tolist() in [
        line.get_xydata().tolist() for line in turned.lines
    ]
    assert axes.get_xlim() == (0.1, 0.9)
    other = SavedPhase.from_dict(
        {**diagram.to_dict(), "x": {"key": "a", "low": 0.0, "high": 1.0, "log": False}}
    )
    with pytest.raises(InputError, match="cannot lie over a map"):
        sweep_figure(table, SCALE, COST, "profit", plane=other)


def test_a_saved_diagram_is_drawn_as_it_was_without_solving(diagram, monkeypatch):
    saved = SavedPhase.from_dict(json.loads(diagram.to_json()))
    monkeypatch.setattr("eqsolve.adoption.solve_many", None)
    assert render(phase_figure(saved), ".svg") == render(phase_figure(diagram), ".svg")


@pytest.mark.parametrize("legend", LEGENDS)
def test_every_region_is_named(diagram, legend):
    figure = phase_figure(diagram, legend)
    (axes,) = figure.axes
    legends = [each for each in (axes.get_legend(), *figure.legends) if each]
    explained = {text.get_text().split()[0] for each in legends for text in each.get_texts()}
    written = {text.get_text().replace("\n", " ") for text in axes.texts}
    for region in diagram.regions:
        assert region.code in explained or region.outcome.replace("-", " ") in written
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.1, 0.9), (0.0, 0.15))
    if legend == "regions":
        inside = axes.get_window_extent()
        figure.draw_without_rendering()
        for text in axes.texts:
            box = text.get_window_extent()
            assert inside.x0 <= box.x0 and box.x1 <= inside.x1


@pytest.mark.parametrize("size", ["column", "page", "12x8cm", "4x3"])
def test_sizes_are_kept_and_letters_fit(curve, diagram, size):
    asked = read_size(size)
    with use_look(Look(asked)):
        for figure in (curve.plot(), phase_figure(diagram), equilibrium_figure(solve(Params()))):
            width, height = figure.get_size_inches()
            assert width == pytest.approx(asked[0]) and height == pytest.approx(asked[1] or height)
            letters = {
                text.get_fontsize() for axes in figure.axes for text in (axes.xaxis.label, axes.yaxis.label)
            }
            assert all(6.0 <= points <= 10.0 for points in letters)
            figure.draw_without_rendering()
            for axes in figure.axes:
                box = axes.get_tightbbox()
                assert box.x0 >= -1 and box.x1 <= figure.bbox.width + 1


def test_titles_and_footers_lie_over_nothing(curve, diagram):
    """Whether legends stand above, below or beside."""
    asked = Look(read_size("column"), title="A title", footer="how it came about " * 9)
    with use_look(asked):
        for figure in (
            curve.plot(y="profit"),
            phase_figure(diagram, "below"),
            phase_figure(diagram, "beside"),
        ):
            height = figure.get_figheight()
            render(figure, ".svg")
            assert figure.get_figheight() > height
            figure.draw_without_rendering()
            title, footer = (text.get_window_extent() for text in figure.texts)
            legends = [each.get_window_extent() for each in figure.legends]
            panels = [axes.get_tightbbox() for axes in figure.axes]
            assert not any(Bbox.intersection(box, other) for box in legends for other in panels)
            others = [*legends, *panels]
            assert footer.y0 >= 0 and title.y1 <= figure.bbox.height + 1 and footer.x1 <= figure.bbox.width
            assert all(footer.y1 <= box.y0 + 1 and box.y1 <= title.y0 + 2 for box in others)


@pytest.mark.parametrize("wrong", ["colum", "3", "0x3", "6x4mm", "500x2"])
def test_sizes_that_are_none(wrong):
    with pytest.raises(InputError, match=f'size "{wrong}"'):
        read_size(wrong)


def test_words_of_ones_own(curve):
    with use_look(
        Look(title="Costs", labels={SCALE: "cost of taking part", "profit": "gain"}, footer="made by")
    ):
        figure = curve.plot(y="profit")
        svg = render(figure, ".svg").decode()
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("cost of taking part", "gain")
    assert all(f">{words}<" in svg for words in ("Costs", "cost of taking part", "gain", "made by"))


def test_thresholds_stand_beside_their_games(results):
    found = results["eqsolve/threshold/1"]
    strip, *sides = found.plot().axes
    assert strip.get_xlim() == (found.low, found.high)
    assert [line.get_xdata()[0] for line in strip.lines] == list(found.values)
    (held,) = strip.patches
    assert (held.get_x(), held.get_x() + held.get_width()) == pytest.approx(found.values)
    for axes, crossing in zip(sides, found.crossings, strict=True):
        below, above = (line for line in axes.lines[1:3])
        assert (
            below.get_xdata()[0] == crossing.below.quality and above.get_xdata()[0] == crossing.above.quality
        )


def test_slopes_have_their_values_errors_and_signs(results):
    found = results["eqsolve/sensitivity/1"]
    figure = found.plot(quantities=["profit", "quality"])
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "slope of profit",
        "slope of initial quality $q^*$",
    ]
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == len(found.slopes) == len(axes.containers)
    for bar, row in zip(axes.containers, found.slopes.values(), strict=True):
        slope, (line, _, (error,)) = row["profit"], bar
        assert line.get_xdata()[0] == slope.value
        (ends,) = error.get_segments()
        np.testing.assert_allclose(ends[:, 0], [slope.value - slope.error, slope.value + slope.error])
    with pytest.raises(InputError, match="y = welfare"):
        found.plot(quantities="welfare")


def test_shares_of_signs(results):
    found = results["eqsolve/signs/2"]
    for axes, name in zip(found.plot().axes, found.signs[SCALE], strict=True):
        for place, row in enumerate(found.signs.values()):
            bars = [bar for bar in axes.patches if bar.get_y() < place < bar.get_y() + bar.get_height()]
            assert sum(bar.get_width() for bar in bars) == pytest.approx(1.0)
            shares = sorted(count / 3 for count in row[name].counts.values())
            assert sorted(bar.get_width() for bar in bars) == pytest.approx(shares)


def test_compared_quantities_have_the_looks_of_their_regimes(results):
    found = results["eqsolve/comparison/1"]
    (axes,) = found.plot(quantities=["profit", "welfare"]).axes
    for line, equilibrium in zip(axes.lines, found.equilibria, strict=True):
        assert line.get_xdata().tolist() == [equilibrium.profit, equilibrium.welfare]
        assert line.get_color() == REGIME_LOOKS[equilibrium.regime][0]
    with pytest.raises(InputError, match="y = direction: not a quantity"):
        found.plot(quantities="direction")


def test_margins_of_findings(results):
    found = results["eqsolve/findings/2"]
    (axes,) = found.plot().axes
    parts = [part for finding in found.findings for part in finding.parts]
    assert [text.get_text()[3:] for text in axes.get_yticklabels()] == [part.part.name for part in parts]
    tips = [
        line.get_xdata()[0] for line in axes.lines if line.get_marker() in "<>" and len(line.get_xdata()) == 1
    ]
    assert tips == [part.extreme for part in parts if part.verdict != "vacuous"]
    assert [text.get_text() for text in axes.texts if "of" in text.get_text()] == [
        f"{part.shown} of {part.premise}" for part in parts if part.verdict != "vacuous"
    ]


@pytest.mark.parametrize("schema", KINDS)
def test_saved_results_have_the_figure_of_the_result(results, schema, tmp_path):
    result = results[schema]
    (tmp_path / "saved.json").write_text(result.to_json())
    source = read_source(tmp_path / "saved.json")
    assert render(source.figure(), ".svg") == render(result.plot(), ".svg")
    with pytest.raises(InputError, match="--against: the figure of"):
        source.figure(against="none")


def test_every_result_draws_into_axes(results, curve, plane):
    found = [*results.values(), solve(Params()), curve, plane]
    for result in found:
        own = Figure().subplots()
        assert result.plot(ax=own) is own.figure
        assert own.has_data() and len(own.figure.axes) <= 2


def test_plot_draws_files_of_every_kind(run, results, tmp_path):
    line = ("sweep", "--vary", f"{SCALE}=0.2:0.6:3", "--regime", "none", "--regime", "endogenous", "--output")
    for suffix in (".csv", ".nc", ".parquet", ".jsonl"):
        assert run(*line, f"s{suffix}").exit_code == 0
        options = ("--y", "quality", "--y", "profit", "--against", "none", "--size", "column", "--title", "T")
        done = run("plot", f"s{suffix}", *options, "--label", "profit=gain", "--output", f"s{suffix}.svg")
        assert done.exit_code == 0, done.stderr
        assert ">change in gain<" in (tmp_path / f"s{suffix}.svg").read_text()
    (tmp_path / "phase.json").write_text(results["eqsolve/phase/1"].to_json())
    assert run("plot", "phase.json", "--legend", "regions", "--mark", "--output", "p.png").exit_code == 0


REFUSED = {
    "against = endogenus": ("--against", "endogenus"),
    "--legend: the figure of a sweep": ("--legend", "below"),
    'size "colum": did you mean column?': ("--size", "colum"),
    '--label "profit": expected KEY=TEXT': ("--label", "profit"),
    "y = quality, finetuning.cost": ("--y", "quality", "--y", COST),
    "y = proft": ("--y", "profit", "--y", "proft"),
    "other.json: No such file": ("--boundaries", "other.json", "--y", COST),
}


def test_what_plot_refuses(run, tmp_path):
    grid = ("sweep", "--vary", f"{SCALE}=0.2,0.4", "--vary", f"{COST}=0,0.1", "--output", "g.csv")
    assert run(*grid).exit_code == 0
    for culprit, line in REFUSED.items():
        done = run("plot", "g.csv", *line, "--output", "no.png")
        assert done.exit_code == 2 and culprit in done.stderr, (culprit, done.stderr)
    (tmp_path / "x.json").write_text('{"schema": "eqsolve/phase/1", "params": {}}')
    done = run("plot", "x.json", "--output", "no.png")
    assert done.exit_code == 2 and "not a phase diagram" in done.stderr
    (tmp_path / "y.json").write_text('{"schema": "eqsolve/other/1"}')
    assert "eqsolve/other/1 has no figure" in run("plot", "y.json", "--output", "no.png").stderr
    assert not (tmp_path / "no.png").exists()


def test_svg_keeps_its_text(curve):
    assert b">profit<" in render(curve.plot(y="profit"), ".svg")


@pytest.mark.parametrize(
    "line",
    [
        ("solve",),
        ("threshold", "--of", "finetuning.cost", "--range", "0.1:0.2"),
        ("compare", "--regime", "none", "--regime", "endogenous"),
        ("simulate", "--users", "20", "--rounds", "2"),
        ("sweep", "--vary", "finetuning.cost=0,0.1"),
    ],
    ids=lambda line: line[0],
)
def test_every_command_that_draws_takes_the_same_looks(run, tmp_path, line):
    looks = ("--size", "column", "--title", "Above", "--footer")
    done = run(*line, "--plot", "a.svg", *looks, "--quiet")
    assert done.exit_code == 0, done.stderr
    text = (tmp_path / "a.svg").read_text()
    assert 'width="252' in text  # 3.5 inches in points
    shown = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    words = " ".join(re.sub(r"<[^>]*>", " ", shown).split())  # a line may break anywhere
    assert ">Above<" in shown and f"eqsolve {line[0]}" in words
    alone = run(*line, *looks)
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert alone.stderr.endswith("error: --size, --title, --footer: there is no figure to draw\n")


@pytest.mark.parametrize("users", ["20", "20,40"])
def test_a_saved_simulation_is_drawn_as_it_was(run, tmp_path, users):
    line = ("simulate", "--users", users, "--rounds", "2", "--seed", "3")
    assert run(*line, "--plot", "a.svg", "--output", "s.json").exit_code == 0
    done = run("plot", "s.json", "--output", "b.svg")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
