"""`checkpoint` in compiled code, and within a budget of memory: the same numbers, from less memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.control.memory_plan import bytes_of, readable

LAYERS, ROWS, WIDTH = 8, 256, 32
UNIT = 8 * ROWS * WIDTH
"""The bytes of an activation."""

RANDOM = numpy.random.default_rng(0)
WEIGHTS = [RANDOM.normal(size=(WIDTH, WIDTH)) * 0.2 for _ in range(LAYERS)]
INPUT = RANDOM.normal(size=(ROWS, WIDTH))


def network(weights: Any, x: Any) -> Any:
    for w in weights:
        x = np.tanh(x @ w)
    return np.sum(x * x)


def residual_network(weights: Any, x: Any) -> Any:
    first = x
    for w in weights:
        x = x + np.tanh(x @ w) * 0.5
    return np.sum(x * first) / x.size


def with_many_results(weights: Any, x: Any) -> Any:
    for w in weights[:3]:
        a, b = np.split(np.tanh(x @ w), 2, axis=1)
        q, r = np.linalg.qr(a)
        x = np.concatenate([q + b, b * r[0, 0]], axis=1)
    return np.sum(x**2)


def with_a_loop(weights: Any, x: Any) -> Any:
    def turn(c: Any, w: Any) -> Any:
        return np.sin(c @ w), np.sum(c)

    x, sums = wg.scan(turn, x, np.stack(weights))
    return np.sum(x) + np.sum(sums**2)


NETWORKS = [network, residual_network, with_many_results, with_a_loop]


def least(f: Any, *args: Any) -> int:
    """The least budget of a function."""
    with pytest.raises(ValueError, match="wanted at least") as caught:
        wg.checkpoint(f, memory=1).plan(*args)
    return int(str(caught.value).split("write memory=")[1].split(",")[0])


@pytest.mark.part(4)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("f", NETWORKS)
def test_gradients_do_not_depend_on_the_budget(f: Any, compiled: bool) -> None:
    expected = wg.grad(f)(WEIGHTS, INPUT)
    smallest = least(f, WEIGHTS, INPUT)
    for memory in (None, 10**9, smallest, smallest + UNIT, smallest + 3 * UNIT):
        gradient = wg.grad(wg.checkpoint(f, memory))
        found = (wg.jit(gradient) if compiled else gradient)(WEIGHTS, INPUT)
        for one, other in zip(found, expected, strict=True):
            numpy.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_every_mode_to_second_order(compiled: bool) -> None:
    point, direction = INPUT[:3, :3], INPUT[3:6, :3]
    weights = [w[:3, :3] for w in WEIGHTS]
    smallest = least(lambda x: network(weights, x), point)
    transforms = [
        lambda f: lambda x: wg.jvp(f, (x,), (direction,))[1],
        lambda f: lambda x: wg.hvp(f, (x,), (direction,)),
        lambda f: lambda x: wg.vmap(wg.grad(f))(np.stack([x, 2 * x])),
        lambda f: wg.jacrev(wg.jacrev(f)),
        lambda f: wg.jacfwd(wg.jacfwd(f)),
    ]
    for transform in transforms[:3] if compiled else transforms:
        for memory in (smallest,) if compiled else (None, smallest):
            found = transform(wg.checkpoint(lambda x: network(weights, x), memory))
            expected = transform(lambda x: network(weights, x))(point)
            numpy.testing.assert_allclose(
                (wg.jit(found) if compiled else found)(point), expected, rtol=1e-9, atol=1e-13
            )


def arena(f: Callable[..., Any], *args: Any) -> int:
    """The bytes that a compiled function needs besides its arguments and results."""
    compiled = wg.jit(f)
    compiled(*args)
    return compiled.lower(*args).memory


def test_what_a_compiled_function_needs_is_as_planned() -> None:
    without = arena(wg.grad(network), WEIGHTS, INPUT)
    segments = arena(wg.grad(wg.checkpoint(network)), WEIGHTS, INPUT)
    assert segments < 1.1 * without  # the whole as one segment gains nothing
    for share in (0.75, 0.6, 0.45):
        found = arena(wg.grad(wg.checkpoint(network, memory=int(share * without))), WEIGHTS, INPUT)
        assert found <= 1.1 * share * without


def test_segments_of_a_compiled_network_need_less() -> None:
    def in_twos(weights: Any, x: Any) -> Any:
        for first, second in zip(weights[::2], weights[1::2], strict=True):
            x = wg.checkpoint(lambda x, v, w: np.tanh(np.tanh(x @ v) @ w))(x, first, second)
        return np.sum(x * x)

    assert arena(wg.grad(in_twos), WEIGHTS, INPUT) < 0.6 * arena(wg.grad(network), WEIGHTS, INPUT)


def test_what_eager_code_holds_is_as_planned() -> None:
    def peak(f: Any) -> float:
        gradient = wg.grad(f)
        gradient(WEIGHTS, wide)
        tracemalloc.start()
        gradient(WEIGHTS, wide)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    wide = RANDOM.normal(size=(16 * ROWS, WIDTH))
    smallest = least(network, WEIGHTS, wide)
    for memory in (smallest, int(1.3 * smallest)):
        function = wg.checkpoint(network, memory)
        planned = function.plan(WEIGHTS, wide).peak
        assert planned <= memory
        assert 0.9 * planned < peak(function) < 1.1 * planned


def test_a_plan_says_what_it_does() -> None:
    plan = wg.checkpoint(network, memory=16 * UNIT).plan(WEIGHTS, INPUT)
    assert str(plan) == (
        "at most 852 kB of 1.05 MB (everything kept: 1.31 MB): 2 of 3 segments are computed again, 0.73 of the forward "
        "pass"
    )
    assert wg.checkpoint(network, memory="1GB").plan(WEIGHTS, INPUT).again == 0


def test_budgets_that_cannot_be_met() -> None:
    with pytest.raises(ValueError, match="checkpoint") as caught:
        wg.checkpoint(network, memory="100 kB").plan(WEIGHTS, INPUT)
    assert str(caught.value) == (
        "[checkpoint] memory is 100 kB, wanted at least 918 kB for this function (with everything kept it takes "
        "1.31 MB); write memory=917504, or call it on smaller batches"
    )
    with pytest.raises(ValueError, match="checkpoint") as caught:
        wg.checkpoint(network).plan(WEIGHTS, INPUT)
    assert str(caught.value) == "[checkpoint] there is no budget to plan for; write checkpoint(f, memory='200MB')"


@pytest.mark.parametrize("memory", ["", "many", "3 parsecs", -1, 0, "-2MB", "infMB", 2.5, True, "nan GB"])
def test_sizes_that_are_none(memory: Any) -> None:
    with pytest.raises(ValueError, match="checkpoint") as caught:
        wg.checkpoint(network, memory)
    assert str(caught.value) == (
        f"[checkpoint] memory is {memory!r}, wanted a size in bytes; write memory='200MB' (units: B, kB, MB, GB, KiB, "
        "MiB, GiB)"
    )


def test_sizes() -> None:
    assert [bytes_of(m) for m in ("200MB", "1.5 GiB", "64 KiB", 12, "7", "3 kB", "2B")] == [
        *(200_000_000, 1_610_612_736, 65_536, 12, 7, 3_000, 2),
    ]
    assert [readable(n) for n in (12, 1_500, 2_340_000, 5 * 10**9)] == ["12 B", "1.5 kB", "2.34 MB", "5 GB"]


def test_draws_and_state_in_compiled_code() -> None:
    """Random numbers are the same when they are needed again, and what is written is written once."""
    generator = wg.random.default_rng(3)
    count = wg.tensor(0.0)

    def dropped(x: Any) -> Any:
        mask = generator.random(x.shape) < 0.5
        count.copy_(count + 1)
        return np.sum(np.where(mask, np.exp(x) ** 2, 0.0))

    found = wg.jit(wg.grad(wg.checkpoint(dropped)))(INPUT)
    generator = wg.random.default_rng(3)
    assert_same(found, wg.jit(wg.grad(dropped))(INPUT))
    assert count.item() == 2.0


def test_python_control_flow_in_compiled_code() -> None:
    @wg.jit
    def slope(x: Any) -> Any:
        def f(x: Any) -> Any:
            return np.sum(np.sin(x)) if x[0] > 0 else np.sum(x**3)

        return wg.grad(wg.checkpoint(f))(x)

    for x in (numpy.array([0.5, 1.0]), numpy.array([-0.5, 1.0])):
        numpy.testing.assert_allclose(slope(x), numpy.cos(x) if x[0] > 0 else 3 * x**2, rtol=1e-14)


def test_backward_through_a_compiled_step() -> None:
    weights = [wg.tensor(w, requires_grad=True) for w in WEIGHTS]

    @wg.jit
    def step(x: Any) -> Any:
        loss = wg.checkpoint(network, memory=12 * UNIT)(weights, x)
        loss.backward()
        return loss

    step(INPUT)
    for w, expected in zip(weights, wg.grad(network)(WEIGHTS, INPUT), strict=True):
        numpy.testing.assert_allclose(w.grad, expected, rtol=1e-9, atol=1e-12)


def test_a_gradient_within_a_budget() -> None:
    smallest = least(network, WEIGHTS, INPUT)
    value, found = wg.value_and_grad(network, memory=smallest)(WEIGHTS, INPUT)
    assert value.item() == pytest.approx(network(WEIGHTS, INPUT).item())
    for one, other, third in zip(
        found, wg.grad(network)(WEIGHTS, INPUT), wg.grad(network, memory=smallest)(WEIGHTS, INPUT), strict=True
    ):
        numpy.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        numpy.testing.assert_allclose(third, other, rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="wanted at least"):
        wg.grad(network, memory="1 kB")(WEIGHTS, INPUT)
