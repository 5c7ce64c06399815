"""Brackets: they end narrow, around what changes, in no more steps than bisection takes plus one."""

import numpy as np
import pytest

from eqsolve.numerics.brackets import Brackets, narrow

ROOTS = np.array([0.1234567, 0.5, 0.987654321])
TOLERANCE = 1e-9


def smooth(x, root):
    return np.tanh(3.0 * (x - root)) + 0.1 * (x - root) ** 2 * np.sign(x - root)


def jump(x, root):
    return np.where(x < root, -0.3 - x, 2.0 + x)


def unguided(x, root):
    return np.full_like(x, np.nan)


def solved(guide, roots=ROOTS, tolerance=TOLERANCE):
    steps = []

    def look(lines, at):
        steps.append(len(lines))
        return (at >= roots[lines]).astype(np.intp), guide(at, roots[lines])[:, None]

    low, high = np.zeros_like(roots), np.ones_like(roots)
    every = np.arange(len(roots))
    ends = [look(every, each) for each in (low, high)]
    start = Brackets(low, high, ends[0][0], ends[1][0], ends[0][1], ends[1][1])
    return narrow(look, start, tolerance), len(steps) - 2


@pytest.mark.parametrize("guide", [smooth, jump, unguided])
def test_brackets_hold_the_change_and_are_narrow(guide):
    found, steps = solved(guide)
    assert (found.low < ROOTS).all() and (found.high >= ROOTS).all()
    assert (found.high - found.low <= TOLERANCE).all()
    assert steps <= np.ceil(np.log2(1.0 / TOLERANCE)) + 1


def test_a_smooth_guide_saves_most_steps():
    assert solved(smooth)[1] <= 8 < 25 <= solved(unguided)[1]


def test_the_crossing_is_where_the_guide_vanishes():
    found, _ = solved(smooth, tolerance=1e-3)
    assert found.crossing == pytest.approx(ROOTS, abs=1e-6)


def test_the_low_end_keeps_its_kind_where_a_third_comes_up():
    def look(lines, at):
        return np.digitize(at, [0.3, 0.6]).astype(np.intp), np.full((len(at), 1), np.nan)

    one = np.ones(1)
    start = Brackets(
        0.0 * one, one, np.array([0]), np.array([2]), np.nan * one[:, None], np.nan * one[:, None]
    )
    found = narrow(look, start, 1e-6)
    assert found.low_kind[0] == 0 and found.high_kind[0] == 1
    assert found.low[0] < 0.3 <= found.high[0]
