"""Product integration: quadrature tables for kernels with a kink where the two arguments meet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.quadrature import Array, Grid, Reference


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


def product_weights(value: Callable[[Array], Array], plain: Array, x: Grid, y: Grid) -> Array:
    """Correct a table of kernel values so that plain sums over y integrate past the kink at y = x.

    In the panel that holds x_i, the entry k becomes the integral of the kernel against the Lagrange
    polynomial of y_k, cut at x_i, over the weight of y_k (Atkinson 1997, The Numerical Solution of
    Integral Equations of the Second Kind, section 4.2).

    Args:
        value: x - y, any shape, to kernel values (K, ...).
        plain: values at the nodes, (K, X, Y).
        x, y: grids with the same panels and grading.

    Returns:
        The corrected table, (K, X, Y).
    """
    points, basis = halves(x.rule.nodes, y.rule)
    where, _ = y.panel_points(points.ravel())
    gap = x.x.reshape(x.panels, x.order, 1) - where.reshape(y.panels, *points.shape)
    block = np.einsum("kpaq,aqb->kpab", value(gap), basis)
    table = plain.copy()
    split = table.reshape(-1, x.panels, x.order, y.panels, y.order)
    every = np.arange(x.panels)
    split[:, every, :, every, :] = block.swapaxes(0, 1)
    return table
