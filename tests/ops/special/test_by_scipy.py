"""Functions that SciPy evaluates: what is known of them without it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

import wengert.ops.special.bessel as bessel
import wengert.ops.special.gamma as gamma
import wengert.ops.special.incomplete as incomplete
import wengert.ops.special.statistical as statistical
from wengert.core.abstract import Abstract
from wengert.core.primitive import Primitive
from wengert.ops.special.by_scipy import _RealShape


def of_one_variable() -> Iterator[Primitive]:
    for module in (bessel, gamma, incomplete, statistical):
        for operation in vars(module).values():
            primitive = getattr(operation, "primitive", None)
            if primitive is not None and isinstance(primitive.shape, _RealShape) and len(primitive.operands) == 1:
                yield primitive


FUNCTIONS = {primitive.name: primitive for primitive in of_one_variable()}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_form_has_the_dtype_that_scipy_gives(name: str, dtype: Any) -> None:
    primitive = FUNCTIONS[name]
    form = primitive.shape(Abstract((3,), numpy.dtype(dtype)))
    assert form.shape == (3,)
    assert form.dtype == primitive.evaluate(numpy.full(3, 0.5, dtype)).dtype


def test_a_training_step_is_compiled_without_scipy() -> None:
    code = (
        "import sys, wengert as wg, wengert.numpy as np\n"
        "model = wg.nn.Sequential(wg.nn.Linear(2, 2), wg.nn.Sigmoid(), wg.nn.GELU())\n"
        "loss = lambda x: wg.nn.functional.binary_cross_entropy_with_logits(model(x), np.ones((3, 2)))\n"
        "wg.jit(wg.grad(loss))(np.ones((3, 2)))\n"
        "print([name for name in sys.modules if name.startswith('scipy.special')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
