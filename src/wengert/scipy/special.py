"""Functions under the names of ``scipy.special``."""

from __future__ import annotations

__all__: list[str] = []
