"""Rules made of rules: what each does, line by line, compiled and in an optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import optim

PARAMS = {"w": wg.tensor([[1.0, -2.0], [0.5, 3.0]]), "b": wg.tensor([2.0, 0.0])}
GRADIENTS = {"w": wg.tensor([[3.0, -4.0], [0.0, 0.0]]), "b": wg.tensor([12.0, 0.0])}


def of(gradients: Any, rule: optim.Rule, params: Any = PARAMS) -> Any:
    return rule.update(gradients, rule.init(params), params)[0]


def close(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for name in expected:
        numpy.testing.assert_allclose(found[name], expected[name], rtol=1e-14)


def test_the_norm_is_of_all_elements() -> None:
    assert optim.global_norm(GRADIENTS).item() == 13.0
    assert optim.global_norm([wg.tensor(numpy.float16(2.0))]).dtype == "float32"
    assert optim.global_norm([wg.tensor([3.0 + 4.0j])]).item() == 5.0


def test_clipping_by_norm_keeps_the_direction() -> None:
    close(of(GRADIENTS, optim.clip_by_norm(1.3)), {name: 0.1 * g.numpy() for name, g in GRADIENTS.items()})
    close(of(GRADIENTS, optim.clip_by_norm(20.0)), GRADIENTS)
    zeros = wg.trees.map(np.zeros_like, GRADIENTS)
    close(of(zeros, optim.clip_by_norm(1.0)), zeros)


def test_a_mask_says_which_parameters_decay() -> None:
    decay = optim.add_decayed_weights(0.5)
    expected = {"w": GRADIENTS["w"] + 0.5 * PARAMS["w"], "b": GRADIENTS["b"]}
    close(of(GRADIENTS, optim.masked(decay, lambda p: p.ndim > 1)), expected)
    close(of(GRADIENTS, optim.masked(decay, {"w": True, "b": False})), expected)


def test_two_rules_share_the_parameters() -> None:
    rule = optim.chain(
        optim.masked(optim.sgd(1.0), {"w": True, "b": False}), optim.masked(optim.sgd(0.1), {"w": False, "b": True})
    )
    close(of(GRADIENTS, rule), {"w": -GRADIENTS["w"], "b": -0.1 * GRADIENTS["b"]})


def test_adamw_is_a_chain() -> None:
    """Adam's direction, decay and rate, in the parts that it is made of."""
    parts = optim.chain(optim.adam(lr=1.0), optim.scale(-1.0), optim.add_decayed_weights(0.3), optim.scale(-0.05))
    whole = optim.adamw(lr=0.05, weight_decay=0.3)
    states, params = [parts.init(PARAMS), whole.init(PARAMS)], [PARAMS, PARAMS]
    for _ in range(3):
        pairs = [rule.step(p, s, p) for rule, s, p in zip((parts, whole), states, params, strict=True)]
        params, states = [list(each) for each in zip(*pairs, strict=True)]
    for name in PARAMS:
        numpy.testing.assert_allclose(params[0][name], params[1][name], rtol=1e-13)


@pytest.mark.parametrize("compiled", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_gradients_are_accumulated(compiled: Callable[[Any], Any]) -> None:
    rule, once = optim.accumulate(optim.adam(lr=0.1), 3), optim.adam(lr=0.1)
    params, expected = PARAMS, PARAMS
    state, other = rule.init(params), once.init(params)
    step = compiled(rule.step)
    for number in range(6):
        params, state = step(wg.trees.map(lambda g, k=number: g * (1.0 + k), GRADIENTS), state, params)
        if number % 3 == 2:
            mean = wg.trees.map(lambda g, k=number: g * (1.0 * k), GRADIENTS)
            expected, other = once.step(mean, other, expected)
        close(params, expected)


@pytest.mark.parametrize("compiled", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_hyperparameters_follow_schedules(compiled: Callable[[Any], Any]) -> None:
    rule = optim.scheduled(optim.sgd, lr=optim.schedules.exponential(1.0, 0.5), weight_decay=0.0)
    x, state = wg.tensor(numpy.float32(0.0)), rule.init(wg.tensor(numpy.float32(0.0)))
    step = compiled(rule.step)
    for _ in range(3):
        x, state = step(wg.tensor(numpy.float32(-1.0)), state, x)
    assert x.item() == 1.75
    assert x.dtype == "float32"


@pytest.mark.parametrize(
    "rule",
    [
        optim.clip_by_norm(1.0),
        optim.clip_by_value(1.0),
        optim.add_decayed_weights(0.1),
        optim.scale(2.0),
        optim.masked(optim.sgd(0.1), lambda p: p.ndim > 1),
        optim.chain(optim.clip_by_norm(1.0), optim.adam(0.1)),
        optim.scheduled(optim.adam, lr=optim.schedules.constant(0.1)),
    ],
)
def test_a_missing_gradient_stays_missing(rule: optim.Rule) -> None:
    found = of({"w": GRADIENTS["w"], "b": None}, rule)
    assert found["b"] is None
    assert found["w"].shape == (2, 2)


def trained(clip: Callable[[Any], Any]) -> list[Any]:
    params = [wg.tensor(p, requires_grad=True) for p in PARAMS.values()]
    for p, g in zip(params, GRADIENTS.values(), strict=True):
        p.grad = g.copy()
    returned = clip(params)
    return [returned, *(p.grad for p in params)]


def test_gradients_are_clipped_in_place() -> None:
    found = trained(lambda params: optim.clip_grad_norm_(params, 1.3))
    factor = 1.3 / (13.0 + 1e-6)
    for ours, g in zip(found[1:], GRADIENTS.values(), strict=True):
        numpy.testing.assert_allclose(ours, g.numpy() * factor, rtol=1e-14)
    assert found[0].item() == 13.0
    found = trained(lambda params: optim.clip_grad_norm_(params, 6.0, float("inf")))
    numpy.testing.assert_allclose(found[1], GRADIENTS["w"].numpy() * 6.0 / (12.0 + 1e-6), rtol=1e-14)
    found = trained(lambda params: optim.clip_grad_norm_(params, 1.9, 1.0))
    assert found[0].item() == 19.0
    found = trained(lambda params: optim.clip_grad_value_(params, 3.5))
    numpy.testing.assert_array_equal(found[1], [[3.0, -3.5], [0.0, 0.0]])


def test_clipping_is_a_part_of_a_compiled_step() -> None:
    x = wg.tensor([3.0, 4.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=1.0)

    @wg.jit
    def step() -> Any:
        optimizer.zero_grad()
        (x * x).sum().backward()
        norm = optim.clip_grad_norm_([x], 1.0)
        optimizer.step()
        return norm

    assert step().item() == pytest.approx(10.0)
    numpy.testing.assert_allclose(x.detach(), [2.4, 3.2], rtol=1e-6)
    assert step().item() == pytest.approx(8.0)


def test_a_norm_that_is_not_finite_is_said() -> None:
    x = wg.tensor([1.0], requires_grad=True)
    x.grad = wg.tensor([numpy.inf])
    with pytest.raises(RuntimeError) as error:
        optim.clip_grad_norm_([x], 1.0, error_if_nonfinite=True)
    assert str(error.value) == (
        "[clip_grad_norm_] the norm of the gradients is inf, wanted a finite one; write wg.trace_nans(loss, params) to "
        "see where it began"
    )
