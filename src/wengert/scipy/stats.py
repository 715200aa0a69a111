"""Functions under the names of ``scipy.stats``."""

from __future__ import annotations

__all__: list[str] = []
