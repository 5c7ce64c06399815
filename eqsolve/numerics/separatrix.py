"""Where along a parameter the limit of a flow jumps: the start crosses the stable manifold of a saddle.

The flow dz/dtau = T(z; x) - z starts at z0(x), and has different limits at both ends of a bracket. Between
them is an edge x_e, at which the path runs into a saddle S(x_e): a rest point with one growing mode, of rate
mu and left eigenvector psi. Near S the component u = psi (z - S) of a path satisfies du/dtau = mu u, up to
squares of its distance from S. So at any time tau,

    u(tau; x) = c (x - x_e) exp(mu tau) + O(|z - S|^2),

a smooth function of x whose root is the edge, where a decision for one limit or the other is a step
function. Paths from x - d, x and x + d are followed, at common times, until they have come apart; the
parabola through their components has its root at the edge, within O(d^2) and what is left of the decaying
modes, which is the less the smaller d is, since paths stay together for longer. Repeated with d around the
new root this converges faster than linearly. (Straddling by decisions alone: Battelino, Grebogi, Ott, Yorke
and Yorke 1988, Multiple coexisting attractors, basin boundaries and basic sets; edge states: Skufca, Yorke
and Eckhardt 2006, Edge of chaos in a parallel shear flow.)

What errors of the path do: one of size e at a time when paths that started 2 d apart are s apart moves the
root by 2 d e / s. Errors are therefore kept at a share of s.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.collocation import advance, depart
from eqsolve.numerics.fixed_point import Derivative, Index, Map, newton
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import growing_components


@record
class Flow:
    """A flow dz/dtau = T(z) - z of rows.

    Attributes:
        step, derive: the map T and its derivative.
        start: where rows start, (R, D).
    """

    step: Map
    derive: Derivative
    start: Array


Family = Callable[[Index, Array], Flow]
"""(numbers of families, parameters x), (R,) each, to a flow with a row for each."""


@record
class Tolerances:
    """How edges are located.

    Attributes:
        apart: distance at which paths have come apart...
        error: ...and the error of a window, as a share of their distance.
        windows: most windows of a path.
        still: speed at which paths that are still together are at rest, and will not come apart.
        rounds: most times that three paths are followed.
        narrow: the next half-width is at most this share of the last one...
        outside: ...or this one if the root was not between the outer paths: narrower ones would stay together
            until they are far from the saddle, where components tell little...
        wide: ...and times what the root has moved otherwise.
        least: half-width that is small enough.
        placed: an edge is placed if the root moved by no more than this, although paths were followed for
            longer: at the same time there is the same root, however far from the saddle.
        newton, saddle: most steps to a saddle, and the last step's length.
    """

    apart: float = 1e-2
    error: float = 1e-4
    windows: int = 150
    still: float = 1e-10
    rounds: int = 20
    narrow: float = 0.1
    outside: float = 0.3
    wide: float = 2.0
    least: float = 1e-9
    placed: float = 3e-12
    newton: int = 12
    saddle: float = 1e-11


TOLERANCES = Tolerances()


@record
class Edges:
    """Edges, (E,) each unless said otherwise.

    Attributes:
        x: where; nan where none was placed.
        below, above: states on both sides of them past the saddle, (E, D) each.
        width: how far from the edge these paths started.
    """

    x: Array
    below: Array
    above: Array
    width: Array


def locate(family: Family, low: Array, high: Array) -> Edges:
    """Locate one edge in each bracket; brackets with none that is a saddle's come back without.

    Args:
        family: flows.
        low, high: brackets, (E,) each, of families 0 to E - 1.
    """
    count = low.size
    x, half, live = (low + high) / 2.0, (high - low) / 2.0, np.arange(low.size)
    last = np.full(count, TOLERANCES.windows, dtype=np.intp)
    flow = family(live, x)
    edges = Edges(np.full(count, np.nan), flow.start.copy(), flow.start.copy(), half.copy())
    for _ in range(TOLERANCES.rounds):
        triple = x[live, None] + half[live, None] * np.array([-1.0, 0.0, 1.0])
        flow = family(np.repeat(live, 3), triple.ravel())
        z, windows = _part(flow, live.size)
        parted, root = windows > 0, np.full(live.size, np.nan)
        root[parted] = _roots(flow, z, np.flatnonzero(parted))
        new = np.clip(x[live] + half[live] * root, low[live], high[live])
        moved = np.abs(new - x[live])
        inside = np.abs(root) < 1.0
        still = (moved <= TOLERANCES.placed) & (windows > last[live])
        placed, last[live] = inside & (still | (half[live] <= TOLERANCES.least)), windows
        done = live[placed]
        edges.x[done], edges.width[done] = new[placed], half[done]
        edges.below[done], edges.above[done] = z[placed, 0], z[placed, 2]
        going = np.flatnonzero(np.isfinite(root) & ~placed)
        live = live[going]
        if not live.size:
            break
        x[live] = new[going]
        least = np.maximum(TOLERANCES.wide * moved[going], TOLERANCES.least)
        shrunk = np.where(inside[going], TOLERANCES.narrow, TOLERANCES.outside)
        half[live] = np.minimum(shrunk * half[live], least)
    return edges


def _part(flow: Flow, count: int) -> tuple[Array, Index]:
    """Follow three paths each until they are apart: states (E, 3, D), and how many windows it took, (E,).

    The latter is zero where they never are.
    """
    rows = np.arange(3 * count).reshape(count, 3)
    bundle = depart(flow.step, rows, flow.start.reshape(count, 3, -1))
    windows, live = np.zeros(count, dtype=np.intp), np.arange(count)
    for window in range(1, TOLERANCES.windows + 1):
        part = bundle.take(live)
        advance(flow.step, rows[live], part, TOLERANCES.error * _distance(part.z))
        bundle.put(live, part)
        windows[live] = np.where(_distance(part.z) >= TOLERANCES.apart, window, 0)
        still = np.abs(part.image - part.z).max(axis=(1, 2)) <= TOLERANCES.still
        live = live[(windows[live] == 0) & ~still]
        if not live.size:
            break
    return bundle.z, windows


def _distance(z: Array) -> Array:
    """Distance of the outer ones of three states (E, 3, D), (E,)."""
    return np.asarray(np.abs(z[:, 2] - z[:, 0]).max(axis=1))


def _roots(flow: Flow, z: Array, some: Index) -> Array:
    """Where the growing component of three states is zero, in half-widths; nan where there is no saddle."""
    result = np.full(some.size, np.nan)
    for k, i in enumerate(some):
        component = growing(flow, 3 * i + 1, z[i])
        if component is not None:
            result[k] = _root(component)
    return result


def growing(flow: Flow, row: int, z: Array) -> Array | None:
    """Components of states (K, D) in the growing mode of the rest point next to the middle one, (K,).

    None if there is no such point, or not exactly one mode of it grows.
    """
    one, begin = np.array([row]), z[len(z) // 2][None]
    rest = newton(flow.step, flow.derive, _size, one, begin, TOLERANCES.saddle, TOLERANCES.newton)
    if not rest.converged[0]:
        return None
    slope = flow.derive(np.full(len(z), row), np.repeat(rest.state, len(z), axis=0))
    return growing_components(slope, z - rest.state)


def _size(_: Index, one: Array, other: Array) -> Array:
    """Largest difference of states, (R,)."""
    return np.asarray(np.abs(other - one).max(axis=1))


def _root(component: Array) -> float:
    """The root of the parabola through components at -1, 0 and 1, near that of the chord, in half-widths."""
    below, middle, above = component
    tilt, bend = (above - below) / 2.0, (above + below) / 2.0 - middle
    chord = -(above + below) / 2.0 / tilt if tilt else np.nan
    roots = np.roots([bend, tilt, middle]) if bend else np.array([chord])
    real = roots.real[np.abs(roots.imag) == 0.0]
    return float(real[np.argmin(np.abs(real - chord))]) if real.size else float(chord)
