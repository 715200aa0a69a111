"""What holds for tests and for the examples in docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from wengert.core.placed import PLACED
from wengert.core.state import observers

collect_ignore_glob = [] if find_spec("jax") else ["src/wengert/distributed/*"]
"""Examples of meshes need JAX."""


@pytest.fixture(autouse=True, scope="module")
def _no_devices_after() -> Iterator[None]:
    """Tests of devices leave a process in which operations look for no devices."""
    before = list(observers)
    yield
    if PLACED:
        from wengert.compile.xla.devices import xla_devices

        observers[:] = before
        PLACED.clear()
        xla_devices.cache_clear()
