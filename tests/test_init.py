"""The public surface is declared and documented, and costs little to import."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from typing import Any

import pytest

import wengert as wg
import wengert.numpy
from wengert import data, nn, optim, scipy

PACKAGES = [wg.numpy, scipy, optim, data, nn]
TO_TRAIN_WITH = [
    "data", "nn", "nn.functional", "nn.utils", "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.rnn",
    "optim", "random", "sparse", "training",
]  # fmt: skip
NAMES = ["wengert", "wengert.trees", "wengert.windows", "wengert.export", "wengert.scipy.sparse.linalg"]
MODULES = [*NAMES, *(f"wengert.{name}" for name in TO_TRAIN_WITH)] + [
    f"{package.__name__}.{name}"
    for package in PACKAGES
    for _, name, _ in pkgutil.iter_modules(package.__path__)
    if hasattr(importlib.import_module(f"{package.__name__}.{name}"), "__all__")
]
NESTED = ("emath", "fft", "lib", "linalg", "polynomial", "testing")
FLAT = [n for n in MODULES if n.startswith("wengert.numpy.") and n.rpartition(".")[2] not in NESTED]
"""The modules whose names are all in `wengert.numpy` itself."""


def is_documentable(value: Any) -> bool:
    return inspect.isroutine(value) or inspect.isclass(value)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    public = [n for n in module.__all__ if not n.startswith("__")]
    assert [n for n in public if not hasattr(module, n)] == []
    assert [n for n in public if is_documentable(getattr(module, n)) and not inspect.getdoc(getattr(module, n))] == []
    assert module.__doc__


@pytest.mark.parametrize("name", MODULES)
def test_names_are_declared_once(name: str) -> None:
    declared = importlib.import_module(name).__all__
    assert sorted(set(declared)) == sorted(declared)


def test_no_two_files_declare_the_same_function() -> None:
    homes: dict[str, list[str]] = {}
    for module in FLAT:
        for name in importlib.import_module(module).__all__:
            homes.setdefault(name, []).append(module)
    assert len(homes) > 300
    assert [name for name in homes if not hasattr(wg.numpy, name)] == []
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_every_method_of_a_tensor_is_documented() -> None:
    methods = {n: getattr(wg.Tensor, n) for n in dir(wg.tensor(0.0)) if not n.startswith("_")}
    assert [n for n, method in methods.items() if not inspect.getdoc(method)] == []


def test_import_is_light() -> None:
    heavy = ["scipy", "click", "rich", "torch", "matplotlib", "hypothesis"]
    code = f"import sys, wengert; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
