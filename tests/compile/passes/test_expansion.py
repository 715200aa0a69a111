"""Log-sum-exps and softmaxes in steps: the same numbers, in few passes over the data."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import log_softmax, logsumexp

inf, nan = numpy.inf, numpy.nan
rng = numpy.random.default_rng(0)
ARRAYS = {
    "ordinary": rng.standard_normal((4, 5)),
    "single precision, large": (50 * rng.standard_normal((3, 4))).astype(numpy.float32),
    "ties": numpy.array([[1.0, 1, 0], [2, 2, 2]]),
    "infinities": numpy.array([[inf, 1, inf], [-inf, 0, -800], [-inf, -inf, -inf]]),
    "nan": numpy.array([[nan, 1], [0, 1]]),
    "one": numpy.ones((1, 1)),
}
AXES = [None, 0, 1, (0, 1)]


def assert_same(f: Any, x: Any) -> None:
    with numpy.errstate(invalid="ignore"):
        compiled, eager = wg.jit(f)(x).numpy(), f(wg.tensor(x)).numpy()
    assert (compiled.dtype, compiled.shape) == (eager.dtype, eager.shape)
    precision = numpy.finfo(x.dtype).eps
    numpy.testing.assert_allclose(compiled, eager, rtol=16 * precision, atol=precision)


@pytest.mark.part(6)
@pytest.mark.parametrize("x", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_and_its_gradient(x: Any, axis: Any, keepdims: bool) -> None:
    def f(x: Any) -> Any:
        return logsumexp(x, axis=axis, keepdims=keepdims)

    assert_same(f, x)
    assert_same(wg.grad(lambda x: np.sum(f(x))), x)


@pytest.mark.parametrize("x", [ARRAYS["ordinary"], ARRAYS["ties"]])
def test_second_derivatives(x: Any) -> None:
    assert_same(wg.hessian(lambda x: np.sum(logsumexp(x, axis=1) ** 2)), x)
    assert_same(wg.grad(lambda x: np.sum(log_softmax(x, axis=1)[:, 0])), x)


def test_integers_stay_as_they_are() -> None:
    assert wg.jit(logsumexp)(numpy.arange(3)).item() == pytest.approx(numpy.log(1 + numpy.e + numpy.e**2), rel=1e-15)


def test_exponentials_are_computed_once() -> None:
    text = str(wg.jit(wg.value_and_grad(lambda x: logsumexp(x))).lower(numpy.ones(10)))
    assert "logsumexp" not in text
    assert text.count("= exp(") == 1
    assert text.count("= max(") == 1
