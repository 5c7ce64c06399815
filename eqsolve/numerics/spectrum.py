"""Leading eigenvalues and resolvents of batched linear maps that are known only by their products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.quadrature import Array

Linear = Callable[[Array], Array]
"""(R, D) to (R, D), row by row."""

KRYLOV = 10
"""Products per eigenvalue: spectra of smoothing kernels decay so fast that ten resolve the leading one."""

ROUNDING = 1e-13
"""What is left of a product that lies in the space that is known, as a share of the product: no direction."""

RESOLVED = 1e-12
"""Residual of a linear system, as a share of its right-hand side."""


def leading_eigenvalue(product: Linear, size: int, steps: int = KRYLOV) -> Array:
    """Largest real part among the eigenvalues of each row's map, by Arnoldi iteration, (inferred R,).

    Args:
        product: the map.
        size: dimension D.
        steps: Krylov dimension.
    """
    seed = product(1.0 + np.cos(np.square(np.arange(1.0, size + 1.0)))[None])
    hessenberg, _ = _arnoldi(product, _unit(seed), steps)
    finite = np.asarray(np.isfinite(hessenberg).all(axis=(1, 2)))
    spectrum = np.linalg.eigvals(np.where(finite[:, None, None], hessenberg[:, :-1], 0.0))
    return np.where(finite, spectrum.real.max(axis=1), np.inf)


def resolve(product: Linear, source: Array, tol: float = RESOLVED, most: int = 40) -> Array:
    """Solve u - product(u) = source for each row, (R, D), by full orthogonalization; nan where it fails.

    Args:
        product: the map.
        source: the right-hand side.
        tol: residual as a share of the source.
        most: largest Krylov dimension (Saad 2003, Iterative Methods for Sparse Linear Systems, section 6.4).
    """
    steps = KRYLOV
    while True:
        hessenberg, basis = _arnoldi(product, _unit(source), steps)
        system = np.eye(steps) - hessenberg[:, :-1]
        sound = np.asarray(np.isfinite(system).all(axis=(1, 2)))
        length = np.linalg.norm(source, axis=1)
        target = np.zeros((len(source), steps, 1))
        target[:, 0, 0] = length
        along = np.linalg.solve(np.where(sound[:, None, None], system, np.eye(steps)), target)[..., 0]
        residual = hessenberg[:, -1, -1] * np.abs(along[:, -1])
        sound &= residual <= tol * length
        if sound.all() or steps >= most:
            return np.where(sound[:, None], np.einsum("rk,krd->rd", along, basis), np.nan)
        steps *= 2


def _unit(vectors: Array) -> Array:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-290))


def _arnoldi(product: Linear, first: Array, steps: int) -> tuple[Array, Array]:
    """The map on the Krylov space of `first`: Hessenberg matrices (R, K + 1, K) and the basis (K, R, D)."""
    basis = [first]
    hessenberg = np.zeros((len(first), steps + 1, steps))
    for k in range(steps):
        image = product(basis[k])
        noise = ROUNDING * np.maximum(np.linalg.norm(image, axis=1), 1.0)
        for _ in range(2):
            span = np.stack(basis, axis=1)
            along = np.einsum("rkd,rd->rk", span, image)
            image = image - np.einsum("rkd,rk->rd", span, along)
            hessenberg[:, : k + 1, k] += along
        norm = np.linalg.norm(image, axis=1)
        norm = np.where(norm > noise, norm, 0.0)
        hessenberg[:, k + 1, k] = norm
        if k + 1 < steps:
            basis.append(np.divide(image, norm[:, None], out=np.zeros_like(image), where=norm[:, None] > 0))
    return hessenberg, np.stack(basis)


def leading_direction(product: Linear, seed: Array, steps: int = 40) -> Array:
    """The direction into which repeated application of 1 + product turns `seed`, (R, D), scaled to max 1.

    Its sign is that of the seed's component: the side on which a path passes an unstable rest point.
    """
    direction = seed
    for _ in range(steps):
        direction = _unit(direction + product(direction))
    largest = np.abs(direction).max(axis=1, keepdims=True)
    return np.asarray(np.divide(direction, largest, out=np.zeros_like(direction), where=largest > 0))
