"""Product integration: quadrature tables for kernels with a kink where the two arguments meet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.quadrature import Array, Grid, Reference
from eqsolve.numerics.record import record


def halves(at: Array, rule: Reference) -> tuple[Array, Array]:
    """A rule on either side of each point of a panel, for integrands with a kink there.

    Args:
        at: points in [-1, 1], (A,).
        rule: the rule of the panel.

    Returns:
        Its points, (A, 2 p), and their weights times the panel's Lagrange polynomials, over the panel's
        weights, (A, 2 p, p): for integrals against masses at the nodes.
    """
    low, high = (at + 1.0) / 2.0, (1.0 - at) / 2.0
    left = -1.0 + low[:, None] * (1.0 + rule.nodes)
    right = at[:, None] + high[:, None] * (1.0 + rule.nodes)
    points = np.concatenate([left, right], axis=1)
    weights = np.concatenate([low[:, None] * rule.weights, high[:, None] * rule.weights], axis=1)
    return points, rule.lagrange(points) * weights[..., None] / rule.weights


def near_blocks(value: Callable[[Array], Array], x: Grid, y: Grid) -> Array:
    """Quadrature tables for a panel and itself, past the kink at y = x, (K, P, p, p).

    The entry k becomes the integral of the kernel against the Lagrange polynomial of y_k, cut at x_i, over
    the weight of y_k (Atkinson 1997, The Numerical Solution of Integral Equations of the Second Kind,
    section 4.2).

    Args:
        value: x - y, any shape, to kernel values (K, ...).
        x, y: grids with the same panels and grading.
    """
    points, basis = halves(x.rule.nodes, y.rule)
    where, _ = y.panel_points(points.ravel())
    gap = x.x.reshape(x.panels, x.order, 1) - where.reshape(y.panels, *points.shape)
    return np.asarray(np.einsum("kpaq,aqb->kpab", value(gap), basis))


def product_weights(value: Callable[[Array], Array], plain: Array, x: Grid, y: Grid) -> Array:
    """Correct a table of kernel values so that plain sums over y integrate past the kink at y = x.

    Args:
        value, x, y: as for `near_blocks`.
        plain: values at the nodes, (K, X, Y).

    Returns:
        The corrected table, (K, X, Y).
    """
    table = plain.copy()
    split = table.reshape(-1, x.panels, x.order, y.panels, y.order)
    every = np.arange(x.panels)
    split[:, every, :, every, :] = near_blocks(value, x, y).swapaxes(0, 1)
    return table


@record
class Ramp:
    """Integrals of 1 - |x - y| over y, at nodes x, without a table of all pairs.

    Between two panels the kernel is linear: all that counts is the mass on either side and its mean.

    Attributes:
        x, y: nodes of the integrals and of the masses, in the same panels, (P, p) each.
        near: masses of a panel to integrals over it at its own nodes, (P, p, p).
    """

    x: Array
    y: Array
    near: Array

    def __call__(self, _: object, masses: Array) -> Array:
        """Masses at the nodes y, (R, P p), to integrals at the nodes x, (R, P p)."""
        folded = masses.reshape(-1, *self.y.shape)
        moments = np.stack([folded.sum(axis=2), np.einsum("rpk,pk->rp", folded, self.y)])
        left = np.cumsum(moments, axis=2) - moments
        right = moments.sum(axis=2, keepdims=True) - moments - left
        mass, mean = left + right, left - right
        far = (mass[0] + mean[1])[:, :, None] - mean[0][:, :, None] * self.x
        far += np.matmul(folded.swapaxes(0, 1), self.near).swapaxes(0, 1)
        return np.asarray(far.reshape(len(masses), -1))


def ramp(x: Grid, y: Grid) -> Ramp:
    """Prepare integrals of 1 - |x - y| from masses on one grid to nodes of another with the same panels."""
    near = near_blocks(lambda gap: 1.0 - np.abs(gap)[None], x, y)[0].swapaxes(1, 2)
    return Ramp(x.x.reshape(x.panels, -1), y.x.reshape(y.panels, -1), np.ascontiguousarray(near))
