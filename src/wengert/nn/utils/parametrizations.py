"""Usual parametrizations: weights with a norm of their own, of spectral norm 1, or orthogonal."""

from __future__ import annotations

import wengert as wg
import wengert.numpy as np

from ..module import Module
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def _norm_but(x: wg.Tensor, dim: int | None) -> wg.Tensor:
    """The norm over all axes but one, which stay."""
    axes = tuple(axis for axis in range(x.ndim) if dim is None or axis != dim % x.ndim)
    return np.sqrt(np.sum(np.square(x), axis=axes, keepdims=True))


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        self.dim = dim

    def forward(self, length: wg.Tensor, direction: wg.Tensor) -> wg.Tensor:
        return direction * (length / _norm_but(direction, self.dim))

    def right_inverse(self, weight: wg.Tensor) -> tuple[wg.Tensor, wg.Tensor]:
        return _norm_but(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn lengths and directions of a weight instead of it; the module itself.

    Args:
        module: the module.
        name: the parameter.
        dim: the axis along which there are lengths; ``None`` for one length in all.

    >>> import wengert as wg
    >>> layer = wg.nn.utils.parametrizations.weight_norm(wg.nn.Linear(3, 2))
    >>> [(name, p.shape) for name, p in layer.named_parameters() if "weight" in name]
    [('parametrizations.weight.original0', (2, 1)), ('parametrizations.weight.original1', (2, 3))]

    Source: T. Salimans, D. Kingma, "Weight normalization" (2016).
    """
    return register_parametrization(module, name, _WeightNorm(dim))


class _SpectralNorm(Module):
    def __init__(self, weight: wg.Tensor, n_power_iterations: int, eps: float, dim: int) -> None:
        self.n_power_iterations, self.eps, self.dim = n_power_iterations, eps, dim
        matrix = self._matrix(weight.detach())
        for buffer, length in (("_u", matrix.shape[0]), ("_v", matrix.shape[1])):
            drawn = wg.random.normal(size=length).astype(weight.dtype)
            self.register_buffer(buffer, drawn / np.linalg.norm(drawn))
        self._iterate(matrix, 15)

    def _matrix(self, weight: wg.Tensor) -> wg.Tensor:
        return np.moveaxis(weight, self.dim, 0).reshape(weight.shape[self.dim], -1)

    def _iterate(self, matrix: wg.Tensor, times: int) -> None:
        """Let the vectors come nearer to the singular ones."""
        with wg.no_grad():
            for _ in range(times):
                for buffer, product in ((self._v, lambda: matrix.T @ self._u), (self._u, lambda: matrix @ self._v)):
                    found = product()
                    buffer.copy_(found / np.maximum(np.linalg.norm(found), self.eps))

    def forward(self, weight: wg.Tensor) -> wg.Tensor:
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(wg.stop_gradient(matrix), self.n_power_iterations)
        u, v = self._u.copy(), self._v.copy()
        return weight / (u @ (matrix @ v))


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int = 0
) -> Module:
    """Divide a weight by its largest singular value, which power iterations follow in training; the module itself.

    Args:
        module: the module.
        name: the parameter.
        n_power_iterations: at each call in training.
        eps: the least norm of a vector.
        dim: the axis of the rows of the matrix; all others are its columns.

    Source: T. Miyato et al., "Spectral normalization for generative adversarial networks" (2018).
    """
    weight = module.get_parameter(name)
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, eps, dim))


class _Orthogonal(Module):
    """The matrix exponential of a skew matrix, times the matrix that was there at first."""

    def __init__(self, base: wg.Tensor) -> None:
        self.register_buffer("base", base)

    def forward(self, free: wg.Tensor) -> wg.Tensor:
        from wengert.scipy import linalg

        lower = np.tril(free, -1)
        return self.base @ linalg.expm(lower - lower.T)[:, : self.base.shape[1]]

    def right_inverse(self, weight: wg.Tensor) -> wg.Tensor:
        return np.zeros((weight.shape[1],) * 2, weight.dtype)


def orthogonal(module: Module, name: str = "weight") -> Module:
    """Let the columns of a matrix (or its rows, if it is wide) stay orthonormal; the module itself.

    It begins as the orthogonal matrix next to the weight, and is moved by the exponential of a skew matrix.

    Source: M. Lezcano-Casado, D. Martinez-Rubio, "Cheap orthogonal constraints in neural networks" (2019).
    """
    weight = module.get_parameter(name).detach()
    u, _, vt = np.linalg.svd(weight, full_matrices=False)
    return register_parametrization(module, name, _Orthogonal(u @ vt))
