"""Functions under the names of ``scipy.signal``."""

from __future__ import annotations

__all__: list[str] = []
