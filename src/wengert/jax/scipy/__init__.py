"""``jax.scipy``."""

from __future__ import annotations

from typing import Any

from ...names import missing_name as _missing_name
from . import (
    linalg as linalg,
    ndimage as ndimage,
    optimize as optimize,
    signal as signal,
    sparse as sparse,
    special as special,
    stats as stats,
)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.scipy")
