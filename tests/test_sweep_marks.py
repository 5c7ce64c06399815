"""Every row of a sweep leaves a mark in its figures, wherever lines break and values are missing."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh

from eqsolve import InputError, Params, sweep
from eqsolve.figures import render
from eqsolve.panels import draw_line
from eqsolve.sweeps.figures import sweep_figure
from eqsolve.sweeps.maps import edges
from eqsolve.sweeps.readers import Frame, read_frame

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


def marked(axes):
    """The horizontal positions at which lines and markers are seen."""
    found = set()
    for line in axes.lines:
        x, y = (np.asarray(data, dtype=float) for data in line.get_data())
        seen = np.isfinite(x) & np.isfinite(y)
        if line.get_marker() == "None":
            linked = seen[1:] & seen[:-1]
            seen &= np.append(linked, False) | np.append(False, linked)
        found |= {*x[seen].tolist()}
    return found


def frame_of(x, values, jumps=(), status="certified", key=SCALE):
    n = len(x)
    return Frame(
        {
            key: np.array(x, dtype=float),
            "regime": np.array(["none"] * n, dtype=object),
            "profit": np.array(values, dtype=float),
            "status": np.array([status] * n if isinstance(status, str) else status, dtype=object),
            f"jump.{key}": np.isin(np.arange(n), list(jumps)),
        }
    )


@pytest.mark.parametrize(
    "axis",
    [{COST: [0.05, 0.2]}, {COST: [0.05, 0.1, 0.2]}, {SCALE: np.linspace(0.1, 0.9, 9)}, {COST: [0.1]}],
    ids=["two rows and a jump", "a row after a jump", "a row before a jump", "a single row"],
)
def test_rows_beside_jumps(axis, tmp_path, run):
    found = sweep(Params(), axis)
    ((key, values),) = axis.items()
    for axes in found.plot().axes:
        assert marked(axes) == {*np.asarray(values).tolist()}
    line = ["sweep", "--vary", f"{key}={','.join(map(str, values))}", "--output", "s.csv"]
    assert run(*line, "--plot", "s.png").exit_code == 0
    assert marked(sweep_figure(read_frame(tmp_path / "s.csv")).axes[0]) == {*np.asarray(values).tolist()}


ALONE = {
    "between two jumps": ([1, 2, 3, 4, 5], [1, 2, 5, 7, 8], {2, 3}),
    "each by itself": ([1, 2, 3], [1, 2, 3], {1, 2}),
    "the first": ([1, 2, 3], [1, 5, 6], {1}),
    "the last": ([1, 2, 3], [1, 2, 6], {2}),
    "one row": ([1], [1], ()),
    "between rows without values": ([1, 2, 3], [np.nan, 2, np.nan], ()),
    "a jump beside a row without value": ([1, 2, 3, 4], [np.nan, 2, 5, 6], {2}),
    "downwards": ([5, 4, 3, 2, 1], [1, 2, 5, 7, 8], {2, 3}),
    "twice the same row": ([1, 1], [2, 2], ()),
    "in another order": ([2, 1, 3], [1, 2, 3], {1}),
}


@pytest.mark.parametrize(("x", "values", "jumps"), ALONE.values(), ids=ALONE)
def test_rows_that_no_line_reaches(x, values, jumps):
    (axes,) = sweep_figure(frame_of(x, values, jumps), y="profit").axes
    assert marked(axes) == {*map(float, x)}
    assert render(axes.figure, ".png")


def test_rows_without_neighbors_on_their_curve_are_no_line():
    (axes,) = sweep_figure(frame_of([2, 1, 3], [1, 2, 3]), y="profit").axes
    assert all(line.get_linestyle() == "None" for line in axes.lines)


def test_rows_without_values_are_marked_on_the_axis():
    status = ["certified", "failed", "deviation_found", "certified"]
    figure = sweep_figure(frame_of([1, 2, 3, 4], [1, np.nan, 3, np.nan], status=status), y="profit")
    (axes,) = figure.axes
    found = {line.get_marker(): line for line in axes.lines if line.get_transform() != axes.transData}
    assert found["x"].get_xdata().tolist() == [2] and found["|"].get_xdata().tolist() == [4]
    assert marked(axes) == {1.0, 2.0, 3.0, 4.0}
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["not certified", "no value"]
    assert axes.get_ylim()[0] > 0.5


def test_a_quantity_that_is_undefined_leaves_marks():
    found = sweep(Params(), {COST: [0.05, 0.1, 0.2, 0.3]})
    (axes,) = found.plot(y="feedback_quality").axes
    assert marked(axes) == {0.05, 0.1, 0.2, 0.3}


def grid_of(xs, ys, values, status="certified"):
    x, y = (np.ravel(each) for each in np.meshgrid(xs, ys, indexing="ij"))
    frame = frame_of(x, values, status=status)
    columns = {SCALE: x.astype(float), COST: y.astype(float)} | dict(frame.columns)
    return Frame({key: columns[key] for key in (SCALE, COST, "regime", "profit", "status")})


def pixels(figure):
    """The picture of a figure, without what is white or the color of text and axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


@pytest.mark.parametrize(
    ("xs", "ys"),
    [([0.5], [0.0, 0.1, 0.2]), ([0.1, 0.2, 0.3], [0.1]), ([0.5], [0.1]), ([0.01, 0.1, 1.0], [0.0, 0.1])],
    ids=["one column", "one row", "one point", "logarithmic"],
)
def test_maps_show_every_row(xs, ys):
    count = len(xs) * len(ys)
    values = np.arange(count) + 0.5
    figure = sweep_figure(grid_of(xs, ys, values), x=SCALE, y=COST, z="profit")
    axes = figure.axes[0]
    arrays = ((each, each.get_array()) for each in axes.collections)
    shown = next(each for each, array in arrays if array is not None and np.ma.size(array) == count)
    if isinstance(shown, QuadMesh):
        corners = shown.get_coordinates()
        assert (np.diff(corners[..., 0], axis=1) > 0).all() and (np.diff(corners[..., 1], axis=0) > 0).all()
        assert corners[..., 0].min() > 0 or axes.get_xscale() == "linear"
    colors = shown.cmap(shown.norm(values))[:, :3]
    picture = pixels(figure).reshape(-1, 3) / 255
    for color in colors:
        assert (np.abs(picture - color).max(axis=1) < 0.02).sum() > 10


def test_rows_without_values_are_seen_on_maps():
    scattered = grid_of([0.1, 0.2, 0.3], [0.0, 0.1], [1, np.nan, 3, 4, 5, 6])
    part = {name: column[:5] for name, column in scattered.columns.items()}
    axes = sweep_figure(Frame(part), x=SCALE, y=COST, z="profit").axes[0]
    gray, _ = (each for each in axes.collections if isinstance(each, PathCollection))
    assert gray.get_offsets().tolist() == [[0.1, 0.1]]


def test_cells_too_thin_to_be_seen_are_dots():
    axes = sweep_figure(
        grid_of([0.1, 0.5, 0.5 + 1e-6, 0.5 + 2e-6, 1.0], [0.0, 0.1, 0.2], np.arange(15.0)),
        x=SCALE,
        y=COST,
        z="profit",
    ).axes[0]
    dots = [each for each in axes.collections if isinstance(each, PathCollection) and len(each.get_offsets())]
    assert {x for each in dots for x, _ in each.get_offsets().tolist()} == {0.5 + 1e-6}


def test_edges_lie_between_levels():
    levels = np.array([0.01, 0.1, 1.0])
    np.testing.assert_allclose(edges(levels), 10.0 ** np.array([-2.5, -1.5, -0.5, 0.5]))
    np.testing.assert_allclose(edges(np.array([0.0, 1.0, 4.0])), [-0.5, 0.5, 2.5, 5.5])


def test_columns_that_are_gone_are_not_drawn():
    found = dict(Frame.of(sweep(Params(), {COST: [0.0, 0.1]})._source).columns)
    del found["intensity"]
    assert len(sweep_figure(Frame(found)).axes) == 3
    for name in ("quality", "profit", "user_surplus"):
        del found[name]
    with pytest.raises(InputError, match="nothing to draw"):
        sweep_figure(Frame(found))


def test_lines_of_other_figures_reach_every_point():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    x = np.arange(6.0)
    draw_line(axes, x, np.array([1, np.nan, 2, np.nan, 3, 4]), np.array([5]), color="red")
    assert marked(axes) == {0.0, 2.0, 4.0, 5.0}
    assert {line.get_color() for line in axes.lines} == {"red"}
