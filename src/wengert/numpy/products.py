"""Products of arrays: dot, matmul, einsum, tensordot, kron, convolve, under NumPy's names."""

from __future__ import annotations

__all__: list[str] = []
