"""Tests of devices leave a process in which operations look for no devices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wengert.compile.xla.devices import xla_devices
from wengert.core.placed import PLACED
from wengert.core.state import observers


@pytest.fixture(autouse=True, scope="module")
def no_devices_after() -> Iterator[None]:
    before = list(observers)
    yield
    observers[:] = before
    PLACED.clear()
    xla_devices.cache_clear()
