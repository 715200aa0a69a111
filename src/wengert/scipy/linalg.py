"""Functions under the names of ``scipy.linalg``."""

from __future__ import annotations

__all__: list[str] = []
