"""Einsums drawn at random, by NumPy's loop and pair by pair."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests import laws

import wengert as wg
from wengert.ops import einsum as module
from wengert.ops.einsum import einsum

LENGTHS = {"a": 2, "b": 3, "c": 1, "d": 4, "e": 2}


def draw(seed: int) -> tuple[tuple[str, ...], str, list[Any]]:
    """Terms (with diagonals, letters that stand alone, scalars), an output, and operands."""
    rng = numpy.random.default_rng(seed)
    letters = list(LENGTHS)
    inputs = tuple("".join(rng.choice(letters, rng.integers(0, 4))) for _ in range(rng.integers(1, 5)))
    used = sorted(set("".join(inputs)))
    output = "".join(rng.permutation(used)[: rng.integers(0, len(used) + 1)])
    return inputs, output, [rng.standard_normal([LENGTHS[x] for x in term]) for term in inputs]


@pytest.fixture(params=[0, module.SMALL], ids=["pairs", "loop"])
def _either_route(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL", request.param)


@pytest.mark.part(2)
@pytest.mark.usefixtures("_either_route")
@pytest.mark.parametrize("seed", range(60))
def test_random_einsum(seed: int) -> None:
    inputs, output, operands = draw(seed)
    expected = numpy.einsum(f"{','.join(inputs)}->{output}", *operands)
    actual = einsum(*operands, inputs=inputs, output=output)
    numpy.testing.assert_allclose(actual, expected, atol=1e-12)
    f = lambda *args: (einsum(*args, inputs=inputs, output=output),)
    laws.check_modes(f, tuple(operands), 1e-10)
    laws.check_modes(laws.derivative(f, tuple(operands)), tuple(operands), 1e-10)


def test_letters_run_out() -> None:
    from string import ascii_letters

    x = wg.tensor(numpy.ones([1] * 52), requires_grad=True)
    out = einsum(x, inputs=(ascii_letters,), output="a")
    out.backward(numpy.ones(1))
    assert x.grad.shape == x.shape
    with pytest.raises(ValueError, match=r"\[einsum\] .* leave 0 of 52 letters, wanted 1 more"):
        wg.vmap(lambda y: einsum(y, inputs=(ascii_letters,), output="a"))(numpy.ones([2] + [1] * 52))
