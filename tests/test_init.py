"""The public surface is declared and documented, and costs little to import."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import wengert as wg

MODULES = [
    "wengert",
    "wengert.numpy.array_api",
    "wengert.numpy.creation",
    "wengert.numpy.dtypes",
    "wengert.numpy.elementwise",
    "wengert.numpy.fft",
    "wengert.numpy.indexing",
    "wengert.numpy.linalg",
    "wengert.numpy.manipulation",
    "wengert.numpy.products",
    "wengert.numpy.reductions",
    "wengert.numpy.sorting",
    "wengert.scipy.linalg",
    "wengert.scipy.signal",
    "wengert.scipy.special",
    "wengert.scipy.stats",
]


def is_documentable(value: Any) -> bool:
    return inspect.isroutine(value) or inspect.isclass(value)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    public = [n for n in module.__all__ if not n.startswith("__")]
    assert [n for n in public if not hasattr(module, n)] == []
    assert [n for n in public if is_documentable(getattr(module, n)) and not inspect.getdoc(getattr(module, n))] == []
    assert module.__doc__


@pytest.mark.parametrize("name", [n for n in MODULES if n != "wengert.numpy.array_api"])
def test_names_are_declared_once(name: str) -> None:
    declared = importlib.import_module(name).__all__
    assert sorted(set(declared)) == sorted(declared)


def test_no_two_files_declare_the_same_function() -> None:
    homes: dict[str, list[str]] = {}
    flat = [n for n in MODULES if n.startswith("wengert.numpy.") and n.rpartition(".")[2] not in ("fft", "linalg")]
    for module in flat:
        for name in importlib.import_module(module).__all__:
            homes.setdefault(name, []).append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_every_method_of_a_tensor_is_documented() -> None:
    methods = {n: getattr(wg.Tensor, n) for n in dir(wg.Tensor) if not n.startswith("_")}
    assert [n for n, method in methods.items() if not inspect.getdoc(method)] == []


def test_import_is_light() -> None:
    heavy = ["scipy", "click", "rich", "torch", "matplotlib", "hypothesis"]
    code = f"import sys, wengert; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
