"""``jax.scipy.linalg``: `wengert.scipy.linalg`, of arrays that nobody writes to."""

from __future__ import annotations

from typing import Any

from wengert.scipy import linalg as _below

from ...names import missing_name as _missing_name
from ..lifting import lifted_names as _lifted_names

globals().update(_lifted_names(_below))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.scipy.linalg")
