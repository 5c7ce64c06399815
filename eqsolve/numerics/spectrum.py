"""Leading eigenvalues of batched linear maps that are known only by their products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.quadrature import Array

Linear = Callable[[Array], Array]
"""(R, D) to (R, D), row by row."""

KRYLOV = 10
"""Products per eigenvalue: spectra of smoothing kernels decay so fast that ten resolve the leading one."""


def leading_eigenvalue(product: Linear, size: int, steps: int = KRYLOV) -> Array:
    """Largest real part among the eigenvalues of each row's map, by Arnoldi iteration, (inferred R,).

    Args:
        product: the map.
        size: dimension D.
        steps: Krylov dimension.
    """
    seed = product(1.0 + np.cos(np.square(np.arange(1.0, size + 1.0)))[None])
    return _arnoldi(product, _unit(seed), steps)


def _unit(vectors: Array) -> Array:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-290))


def _arnoldi(product: Linear, first: Array, steps: int) -> Array:
    basis = [first]
    hessenberg = np.zeros((len(first), steps, steps))
    for k in range(steps):
        image = product(basis[k])
        for _ in range(2):
            span = np.stack(basis, axis=1)
            along = np.einsum("rkd,rd->rk", span, image)
            image = image - np.einsum("rkd,rk->rd", span, along)
            hessenberg[:, : k + 1, k] += along
        if k + 1 < steps:
            norm = np.linalg.norm(image, axis=1)
            norm = np.where(norm > 1e-13, norm, 0.0)
            hessenberg[:, k + 1, k] = norm
            basis.append(np.divide(image, norm[:, None], out=np.zeros_like(image), where=norm[:, None] > 0))
    finite = np.asarray(np.isfinite(hessenberg).all(axis=(1, 2)))
    spectrum = np.linalg.eigvals(np.where(finite[:, None, None], hessenberg, 0.0))
    return np.where(finite, spectrum.real.max(axis=1), np.inf)


def leading_direction(product: Linear, seed: Array, steps: int = 40) -> Array:
    """The direction into which repeated application of 1 + product turns `seed`, (R, D), scaled to max 1.

    Its sign is that of the seed's component: the side on which a path passes an unstable rest point.
    """
    direction = seed
    for _ in range(steps):
        direction = _unit(direction + product(direction))
    largest = np.abs(direction).max(axis=1, keepdims=True)
    return np.asarray(np.divide(direction, largest, out=np.zeros_like(direction), where=largest > 0))
