"""``jax.experimental``."""

from __future__ import annotations

from typing import Any

from ...names import missing_name as _missing_name
from ..refused import refuse as _refuse
from . import jet as jet, ode as ode


def __getattr__(name: str) -> Any:
    _refuse(__name__, name)
    raise _missing_name(__name__, name, {}, "jax.experimental")
