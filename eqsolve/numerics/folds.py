"""Where along a parameter a stable rest point of dz/dtau = T(z; x) - z ends: it meets an unstable one.

At such a fold x_f the leading eigenvalue lambda of T' reaches 1, and before it z and lambda run like the
root of the distance, so (1 - lambda)^2 is a smooth function of x with a simple zero at x_f (Govaerts 2000,
Numerical Methods for Bifurcations of Dynamical Equilibria, chapter 3). It is found by the secant method
from the side on which there is something to be found: steps lead nine tenths of the way to where the secant
points, to states that are predicted to be linear in the root of the distance. Where that fails, and while
another mode leads, which shows in a test that does not fall, the end of the branch is bisected. So are ends
at which T has a kink or a jump, and no eigenvalue comes near 1 before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.numerics.batch import Batch
from eqsolve.numerics.fixed_point import Index, newton
from eqsolve.numerics.piecewise import Flags
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.separatrix import Family
from eqsolve.numerics.spectrum import leading_eigenvalue


@record
class Tolerances:
    """How folds are located.

    Attributes:
        steps: most steps along a branch: bisection alone narrows a bracket of `active.Tolerances` to `placed`
            in 35, and the secant that takes over on the way needs less than ten.
        share: how much of the way to the fold, as it seems, a step goes.
        placed: change of the fold, as it seems, at which it is placed, and force at a rest point.
        residual: step of Newton's method at which a rest point is solved.
        stray: how much farther than predicted a state may have moved from one step to the next.
        again: a place without a rest point is tried again from so many times nearer: Newton's method may have
            failed there, or found an unstable one, where the first step to it was long. If there is one, the
            next step is at most so many times longer.
    """

    steps: int = 45
    share: float = 0.9
    placed: float = 1e-12
    residual: float = 1e-13
    stray: float = 4.0
    again: float = 8.0


TOLERANCES = Tolerances()


@record
class Folds:
    """Folds, (B,) each unless said otherwise.

    Attributes:
        x: where; nan where the branch does not end in its bracket.
        state: the rest point at it, (B, D).
        way: how the rest point moved towards it last, or the force where it is no more, (B, D): the flow goes
            on in this direction beyond it.
    """

    x: Array
    state: Array
    way: Array


@dataclass
class _Branch(Batch):
    """Stable rest points of branches, (B,) each unless said otherwise.

    Attributes:
        x, z: where, and the rest point, (B, D).
        test: (1 - lambda)^2.
        bad: the nearest place ahead without a rest point, the goal while none is known.
        stride: length of the step that found none there, 0 while none is known; less than 0 after one that
            found one there after all.
        failed: whether the last place had none.
    """

    x: Array
    z: Array
    test: Array
    bad: Array
    stride: Array
    failed: Flags


def locate(family: Family, number: Index, start: Array, goal: Array, z: Array, other: Array) -> Folds:
    """Follow branches of stable rest points to a fold.

    Args:
        family: flows.
        number: number of the family of each branch, (B,).
        start, goal: where each branch is known, and how far it is followed, (B,) each.
        z: rest points at `start`, (B, D).
        other: rest points of other branches, (B, D): what is nearer to them does not belong to the branch.
    """
    folds = Folds(np.full(start.size, np.nan), z.copy(), np.zeros(z.shape))
    sound, at, test = _solve(family, number, start, z)
    live = np.flatnonzero(sound)
    here = _Branch(start[live], at[live], test[live], goal[live], np.zeros(live.size), ~sound[live])
    last, end = here.take(np.arange(live.size)), np.full(live.size, np.nan)
    for _ in range(TOLERANCES.steps):
        if not live.size:
            break
        x, guess = _ahead(here, last, end, goal[live])
        sound, found, test = _solve(family, number[live], x, guess)
        moved, expected = (np.abs(to - here.z).max(axis=1) for to in (found, guess))
        sound &= moved <= np.abs(found - other[live]).max(axis=1)
        sound &= np.isnan(end) | (moved <= TOLERANCES.stray * expected + TOLERANCES.placed)
        refuted = sound & (x == here.bad)
        here.bad = np.where(sound, np.where(refuted, goal[live], here.bad), x)
        here.stride = np.where(sound & ~refuted, here.stride, np.where(sound, -1.0, 1.0) * np.abs(x - here.x))
        here.failed = ~sound
        root = np.full(x.size, np.nan)
        np.divide(test * (x - here.x), here.test - test, out=root, where=sound & (test < here.test))
        root += x
        # A test that falls by rounding, or before another mode leads, points beyond all that was asked for.
        root[(goal[live] - root) * (root - here.x) <= 0.0] = np.nan
        placed = np.abs(root - end) <= TOLERANCES.placed
        there = _Branch(x, found, test, here.bad, here.stride, here.failed)
        last.put(sound, here.take(sound))
        here.put(sound, there.take(sound))
        end = np.where(sound, root, end)
        # The end is before a place without a rest point, and a prediction that knows it strays less.
        end = np.where((end - here.bad) * (goal[live] - here.x) > 0.0, here.bad, end)
        limit = _predict(here, last, end, end)
        done = live[placed]
        folds.x[done], folds.state[done] = end[placed], limit[placed]
        folds.way[done] = (limit - last.z)[placed]
        narrow = np.abs(here.bad - here.x) <= TOLERANCES.placed
        some = np.flatnonzero(~placed & narrow & (here.stride > 0.0))
        if some.size:
            ended, flow = live[some], family(number[live[some]], here.bad[some])
            folds.x[ended], folds.state[ended] = here.x[some], here.z[some]
            folds.way[ended] = flow.step(np.arange(some.size), here.z[some]) - here.z[some]
        going = ~placed & ~narrow & (here.x != goal[live])
        kept = np.flatnonzero(going)
        live, here, last, end = live[kept], here.take(kept), last.take(kept), end[kept]
    return folds


def _ahead(here: _Branch, last: _Branch, end: Array, goal: Array) -> tuple[Array, Array]:
    """The next places on branches, and the states predicted there."""
    known, left = np.isfinite(end), here.bad - here.x
    near = (here.stride != 0.0) | (here.x == last.x)
    step = np.where(known & ~here.failed, TOLERANCES.share * (end - here.x), left)
    again = (np.abs(left) <= here.stride / TOLERANCES.again) & (np.abs(step) >= np.abs(left) / 2.0)
    step = np.where(near & (np.abs(step) >= np.abs(left)), left / 2.0, step)
    most = np.where(here.stride < 0.0, -TOLERANCES.again * here.stride, np.inf)
    step = np.clip(step, -most, most)
    x = np.where(np.abs(step) >= np.abs(goal - here.x), goal, here.x + step)
    x = np.where(again, here.bad, x)
    return x, np.where(known[:, None], _predict(here, last, end, x), here.z)


def _predict(here: _Branch, last: _Branch, end: Array, x: Array) -> Array:
    """States at x, linear in the root of the distance from `end`."""
    root = [np.sqrt(np.abs(end - place)) for place in (last.x, here.x, x)]
    gap = root[0] - root[1]
    share = np.divide(root[1] - root[2], gap, out=np.zeros_like(gap), where=gap != 0.0)
    return np.asarray(here.z + share[:, None] * (here.z - last.z))


def _solve(family: Family, number: Index, x: Array, guess: Array) -> tuple[Flags, Array, Array]:
    """Stable rest points at x next to guesses: whether there is one, the states, and (1 - lambda)^2."""
    flow, rows = family(number, x), np.arange(x.size)

    def distance(_: Index, one: Array, other: Array) -> Array:
        return np.asarray(np.abs(one - other).max(axis=1))

    found = newton(flow.step, flow.derive, distance, rows, guess, TOLERANCES.residual)
    leading = leading_eigenvalue(flow.derive(rows, found.state), guess.shape[1])
    # Steps stop to shrink by rounding, and also where they go back and forth across a kink.
    sound = found.converged & (found.residual <= TOLERANCES.placed) & (leading < 1.0)
    return sound, found.state, np.square(1.0 - leading)
