"""Meshes, surveys and traces of planes whose regions are known: no games."""

import itertools

import numpy as np
import pytest

from eqsolve.phase.mesh import Mesh, sides
from eqsolve.phase.survey import LOOK, Survey
from eqsolve.phase.trace import trace

ACCURACY = 1e-4


def circle(points):
    return np.hypot(*(points - 0.5).T) - 0.3


def disc(points):
    return (circle(points) < 0).astype(np.intp), circle(points)[:, None]


def thirds(points):
    """Three regions that meet at one point; no guides."""
    x, y = (points - (0.43, 0.57)).T
    return np.where(x < 0, 0, np.where(y < 0.5 * x, 1, 2)).astype(np.intp), np.full((len(points), 1), np.nan)


def sliver(points):
    """A strip narrower than the first grid, between two regions."""
    x, y = points.T
    edge = 0.41 + 0.2 * y
    return np.where(x < edge, 0, np.where(x < edge + 0.004, 1, 2)).astype(np.intp), (x - edge)[:, None]


def survey(look, cells=8, **options):
    made = Survey(look, cells, ACCURACY, **options)
    made.run()
    return made, trace(made.mesh, made.labels, {edge: c.point for edge, c in made.crossings.items()})


def test_a_mesh_stays_whole_however_it_is_split():
    mesh, rng = Mesh(2, 5), np.random.default_rng(1)
    for _ in range(200):
        divisible = [t for t in mesh.triangles if mesh.divisible(t)]
        mesh.split(int(rng.choice(divisible)))
    corners = np.array([mesh.position(list(t)) for t in mesh.triangles.values()])
    a, b, c = np.moveaxis(corners, 1, 0)
    ab, ac = b - a, c - a
    areas = (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]) / 2.0
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(1.0, abs=1e-12)
    for edge in mesh.edges():
        ends = mesh.position(list(edge))
        border = ((ends == 0.0).all(axis=0) | (ends == 1.0).all(axis=0)).any()
        assert len(mesh.beside(edge)) == (1 if border else 2)
    assert {e for t in mesh.triangles.values() for e in sides(t)} == {*mesh.edges()}


def test_a_curve_is_found_within_the_accuracy_by_few_looks():
    made, partition = survey(disc)
    (curve,) = partition.boundaries()[0, 1]
    assert (curve[0] == curve[-1]).all()
    between = (curve[1:] + curve[:-1]) / 2.0
    assert np.abs(circle(np.concatenate([curve, between]))).max() <= 1.5 * ACCURACY
    assert partition.area(1) == pytest.approx(np.pi * 0.09, abs=2 * ACCURACY)
    assert partition.area(0) + partition.area(1) == pytest.approx(1.0, abs=1e-12)
    assert made.looked * 20 < 1.0 / ACCURACY**2
    assert made.looked < 4000 and made.complete


def test_outlines_run_around_regions_and_their_holes():
    _, partition = survey(disc)
    (inner,) = partition.outline(1)
    outer = partition.outline(0)
    turning = sorted(np.sign(area(loop)) for loop in outer)
    assert area(inner) == pytest.approx(partition.area(1))
    assert turning == [-1, 1]
    assert sum(map(area, outer)) == pytest.approx(partition.area(0))


def area(loop):
    x, y = loop.T
    return (np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0


def test_three_regions_meet_in_one_point():
    _, partition = survey(thirds)
    curves = partition.boundaries()
    assert {*curves} == {(0, 1), (0, 2), (1, 2)}
    for (curve,) in curves.values():
        assert np.hypot(*(curve - (0.43, 0.57)).T).min() <= 2 * ACCURACY


def test_a_strip_that_the_grid_steps_over_is_found_where_a_boundary_is_bracketed():
    _, partition = survey(sliver)
    assert partition.area(1) == pytest.approx(0.004, rel=0.05)


def test_one_region_has_no_boundary():
    made, partition = survey(lambda points: (np.zeros(len(points), dtype=np.intp), points[:, :1]))
    assert partition.boundaries() == {}
    assert made.looked == 81
    (loop,) = partition.outline(0)
    assert area(loop) == pytest.approx(1.0)


def test_a_free_axis_needs_fewer_places_on_the_other():
    def places(free):
        seen = set()

        def look(points):
            seen.update(points[:, 0].tolist())
            height = 0.3 + 0.4 * np.sin(2.0 * points[:, 0]) - points[:, 1]
            return (height > 0).astype(np.intp), height[:, None]

        _, partition = survey(look, free=free)
        (curve,) = partition.boundaries()[0, 1]
        x, y = curve.T
        assert np.abs(0.3 + 0.4 * np.sin(2.0 * x) - y).max() < 2 * ACCURACY
        return len(seen)

    assert places(1) < places(None)


@pytest.mark.parametrize("look", [disc, thirds, sliver])
def test_how_much_is_left_is_not_told_too_low(look):
    """Work is points and looks, each of which costs as much as some points; straight boundaries need less."""
    seen = []

    def looked(points):
        seen.append((made.looked, made.share()))
        return look(points)

    made = Survey(looked, 8, ACCURACY)
    made.run()
    work = [points + LOOK * number for number, (points, _) in enumerate(seen)]
    whole = made.looked + LOOK * len(seen)
    for done, (_, share) in zip(work, seen, strict=True):
        if 0.1 < done / whole < 0.9:
            assert (done / share - done) / (whole - done) > 1 / 3
            assert share > done / whole / 3


def test_stopping_early_is_said():
    rounds = itertools.count()
    made = Survey(disc, 8, ACCURACY, lambda: next(rounds) >= 1)
    made.run()
    assert not made.complete
    assert {e for e in made.mesh.edges() if made.labels[e[0]] != made.labels[e[1]]} == {*made.crossings}
