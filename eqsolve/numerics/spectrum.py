"""Leading eigenvalues and resolvents of batched linear maps that are known only by their products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.quadrature import Array

Linear = Callable[[Array], Array]
"""(R, D) to (R, D), row by row."""

KRYLOV = 10
"""Products per eigenvalue: spectra of smoothing kernels decay so fast that ten resolve the leading one."""

LARGEST = 40
"""Largest Krylov dimension in which a linear system is solved."""

ROUNDING = 1e-13
"""What is left of a product that lies in the space that is known, as a share of the product: no direction."""

RESOLVED = 1e-12
"""Residual of a linear system, as a share of its right-hand side."""


class Krylov:
    """Krylov spaces of maps A for sources (R, D), in which (1 - share A) u = source is solved for any share.

    By Arnoldi iteration and full orthogonalization (Saad 2003, Iterative Methods for Sparse Linear Systems,
    sections 6.3 and 6.4).
    """

    def __init__(self, product: Linear, source: Array) -> None:
        self._product = product
        self._length = np.linalg.norm(source, axis=1)
        self._basis = [_unit(source)]
        self._hessenberg = np.zeros((len(source), 1, 0))

    @property
    def dimension(self) -> int:
        """Number of products so far."""
        return self._hessenberg.shape[2]

    def extend(self, steps: int) -> Krylov:
        """Add dimensions; a row whose space is whole gets none."""
        for _ in range(steps):
            image = self._product(self._basis[-1])
            noise = ROUNDING * np.maximum(np.linalg.norm(image, axis=1), 1.0)
            span, column = np.stack(self._basis, axis=1), np.zeros((len(image), len(self._basis) + 1))
            for _ in range(2):
                along = np.einsum("rkd,rd->rk", span, image)
                image = image - np.einsum("rkd,rk->rd", span, along)
                column[:, :-1] += along
            norm = np.linalg.norm(image, axis=1)
            column[:, -1] = norm = np.where(norm > noise, norm, 0.0)
            kept = norm[:, None]
            self._basis.append(np.divide(image, kept, out=np.zeros_like(image), where=kept > 0))
            wider = np.pad(self._hessenberg, ((0, 0), (0, 1), (0, 0)))
            self._hessenberg = np.concatenate([wider, column[:, :, None]], axis=2)
        return self

    def resolve(self, share: Array, tol: float) -> Array:
        """Solve (1 - share A) u = source, (R,) to (R, D); nan where it fails.

        Args:
            share: see above.
            tol: residual as a share of the source.
        """
        while True:
            along, residual = self._coordinates(share) if self.dimension else (None, np.full(1, np.inf))
            if along is not None and (bool((residual <= tol).all()) or self.dimension >= LARGEST):
                along[residual > tol] = np.nan
                along *= self._length[:, None]
                return np.asarray(np.einsum("rk,krd->rd", along, np.stack(self._basis[:-1])))
            self.extend(min(max(self.dimension, 2), 4))

    def _coordinates(self, share: Array) -> tuple[Array, Array]:
        """The solution for a unit source, in the basis, (R, K), and its residual, (R,)."""
        size = self.dimension
        system = np.eye(size) - share[:, None, None] * self._hessenberg[:, :-1]
        sound = np.asarray(np.isfinite(system).all(axis=(1, 2)))
        unit = np.zeros((len(system), size, 1))
        unit[:, 0] = 1.0
        system[~sound] = np.eye(size)
        try:
            along = np.linalg.solve(system, unit)[..., 0]
        except np.linalg.LinAlgError:
            sound &= np.linalg.slogdet(system)[0] != 0.0
            system[~sound] = np.eye(size)
            along = np.linalg.solve(system, unit)[..., 0]
        residual = np.abs(share * self._hessenberg[:, -1, -1] * along[:, -1])
        return np.asarray(along), np.asarray(np.where(sound & np.isfinite(residual), residual, np.inf))

    def rightmost(self) -> Array:
        """Largest real part among the eigenvalues of A on the space, (R,); inf where A is not finite."""
        finite = np.asarray(np.isfinite(self._hessenberg).all(axis=(1, 2)))
        spectrum = np.linalg.eigvals(np.where(finite[:, None, None], self._hessenberg[:, :-1], 0.0))
        return np.where(finite, spectrum.real.max(axis=1), np.inf)


def leading_eigenvalue(product: Linear, size: int, steps: int = KRYLOV) -> Array:
    """Largest real part among the eigenvalues of each row's map, (inferred R,).

    Args:
        product: the map.
        size: dimension D.
        steps: Krylov dimension.
    """
    seed = product(1.0 + np.cos(np.square(np.arange(1.0, size + 1.0)))[None])
    return Krylov(product, seed).extend(steps).rightmost()


def resolve(product: Linear, source: Array, tol: float = RESOLVED) -> Array:
    """Solve u - product(u) = source for each row, (R, D); nan where it fails.

    Args:
        product: the map.
        source: the right-hand side.
        tol: residual as a share of the source.
    """
    return Krylov(product, source).resolve(np.ones(len(source)), tol)


def growing_components(product: Linear, vectors: Array) -> Array | None:
    """Components of vectors (K, D) in a map's one mode whose eigenvalue is above 1, up to a factor, (K,).

    By block Arnoldi iteration from the vectors (Saad 2011, Numerical Methods for Large Eigenvalue Problems,
    section 6.5): on a space that holds them and what the map makes of them, a left eigenvector.

    Args:
        product: the map, on K rows alike.
        vectors: not all zero.

    Returns:
        The components; None where the map is not finite, or not exactly one eigenvalue is above 1.
    """
    spans, images, block = np.zeros((0, vectors.shape[1])), np.zeros((0, vectors.shape[1])), vectors
    while len(spans) < LARGEST and (fresh := _directions(block, spans, np.abs(block).max())).any():
        image = product(fresh)
        if not np.isfinite(image).all():
            return None
        some = fresh.any(axis=1)
        spans, images = np.concatenate([spans, fresh[some]]), np.concatenate([images, image[some]])
        block = image
    rates, left = np.linalg.eig(images @ spans.T)
    above = np.flatnonzero(rates.real > 1.0)
    return np.asarray(vectors @ spans.T @ left[:, above[0]].real) if above.size == 1 else None


def _unit(vectors: Array) -> Array:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-290))


def _directions(block: Array, spans: Array, size: float) -> Array:
    """Orthonormal directions, (K, D), that a block adds to those of `spans`; zero in rows that add none."""
    fresh = np.zeros_like(block)
    for k, vector in enumerate(block):
        known = np.concatenate([spans, fresh[:k]])
        for _ in range(2):
            vector = vector - known.T @ (known @ vector)
        norm = np.linalg.norm(vector)
        if norm > ROUNDING * size:
            fresh[k] = vector / norm
    return fresh
