"""What holds for the whole session of tests."""

from __future__ import annotations

import gc
import math
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import hypothesis
import pytest

collect_ignore_glob = ["**/make_*.py"]
"""What makes numbers of peers, which need not be installed."""

hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def _interrupts() -> None:
    """Interrupts are taken, which a shell has ignored by what runs in its background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled programs are kept in a temporary folder, not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WENGERT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Of a test with the mark ``part(n, which)`` one of n parts is run; the others are wide."""
    seen: Counter[str] = Counter()
    for item in items:
        for mark in item.iter_markers("part"):
            test = item.nodeid.partition("[")[0]
            count, which = (*mark.args, 0)[:2]
            if int(seen[test] * GOLDEN % 1 * count) != which:
                item.add_marker(pytest.mark.wide)
            seen[test] += 1


GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples, modulo 1, keep step with no period: each dtype and shape of a product falls into each part."""


@pytest.fixture(scope="session", autouse=True)
def _programs_made_anew() -> Iterator[None]:
    """Programs are made, not found: names on disk do not tell what tests plant in the passes that make them."""
    with pytest.MonkeyPatch.context() as patch:
        if find_spec("llvmlite"):
            patch.setattr("wengert.compile.native.kept.found_on_disk", lambda name: None)
        yield


def pytest_collection_finish() -> None:
    """Spare the garbage collector, and searches for who holds a tensor, the tens of thousands of tests themselves."""
    gc.collect()
    gc.freeze()
