"""The lowering table of XLA, and what is said where JAX is missing: nothing here needs JAX."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from tests.test_fact_tables import modules

import wengert as wg
from wengert.compile.backend import BACKENDS, backend_named
from wengert.compile.native.facts.lowered import COPY
from wengert.compile.xla import imported
from wengert.compile.xla.lowering import FORMS, form_for
from wengert.compile.xla.refused import REFUSED
from wengert.core.graph import INPUT
from wengert.core.node import LEAF
from wengert.core.primitive import Primitive
from wengert.ops.axes.finite import ARE_FINITE
from wengert.ops.examples import ALL_EXAMPLES
from wengert.walks.batch import SUM_OVER_EXAMPLES

NOT_IN_GRAPHS = {INPUT, LEAF, ARE_FINITE, SUM_OVER_EXAMPLES, ALL_EXAMPLES, COPY}
"""They stand for what no program performs, are of raw arrays, or are another backend's."""

ABOVE_THE_COMPILER = ("wengert.compile.", "wengert.export.", "wengert.scipy.stats.")
"""Where primitives are that belong to another backend, or are stated where the compiler does not look."""


def primitives_of_modules() -> dict[Primitive, str]:
    """The primitives that modules define, and where."""
    found: dict[Primitive, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            primitive = getattr(value, "primitive", value) if callable(value) else value
            is_named = isinstance(primitive, Primitive) and name != "_"
            if is_named and not module.__name__.startswith(ABOVE_THE_COMPILER):
                found.setdefault(primitive, f"{module.__name__}.{name}")
    return found


def test_every_primitive_is_lowered_or_refused() -> None:
    found = primitives_of_modules()
    assert len(found) > 250
    missing = {place for p, place in found.items() if p not in NOT_IN_GRAPHS | REFUSED.keys() and form_for(p) is None}
    assert not missing


def test_no_primitive_is_both() -> None:
    assert not FORMS.keys() & REFUSED.keys()


def test_the_table_does_not_import_jax() -> None:
    code = "import sys, wengert.compile.xla.lowering; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- bad input -------------------------------------------------------------------------------------


def square(x: Any) -> Any:
    return x * x


def test_a_backend_that_is_not_known() -> None:
    with pytest.raises(ValueError, match=r"^\[jit\] backend='tpu' was given, wanted 'native' or 'xla'; write backend="):
        wg.jit(square, backend="tpu")
    with pytest.raises(ValueError, match="backend=None was given"):
        backend_named(None)
    assert list(BACKENDS) == ["native", "xla"]


def test_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "find_spec", lambda name: None)
    imported.jax.cache_clear()
    with pytest.raises(
        ImportError, match=r"^\[xla\] the package jax is not installed, wanted 0\.10 or later for this "
    ):
        imported.jax()


@pytest.mark.parametrize(
    ("version", "is_known"), [("0.4.38", False), ("0.10.2", True), ("0.11.0", True), ("1.0", True)]
)
def test_versions(version: str, is_known: bool) -> None:
    assert imported.is_known(version) is is_known


def test_a_version_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        __version__ = "0.4.38"

    monkeypatch.setattr(imported, "find_spec", lambda name: name)
    monkeypatch.setattr(imported, "import_module", lambda name: Old)
    imported.jax.cache_clear()
    with pytest.raises(
        ImportError, match=r"^\[xla\] jax 0\.4\.38 is installed, wanted 0\.10 or later; write pip install"
    ):
        imported.jax()
    imported.jax.cache_clear()
