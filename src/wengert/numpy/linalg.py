"""Linear algebra, under the names of ``numpy.linalg``."""

from __future__ import annotations

__all__: list[str] = []
