"""Rules against PyTorch's and optax's numbers, step by step, and the two faces against each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import optim

from .reference import DATA, DECAY, MATRICES, OF_OPTAX, OF_TORCH, STEPS, gradient, recorded, start

STORED = json.loads(DATA.read_text())
CASES = {**OF_TORCH, **{name: (name, values) for name, (_, values) in OF_OPTAX.items()}, **MATRICES}
EXPECTED = {name: numpy.array(STORED[name]) for name in CASES}
CLASSES = {"lion": "Lion", "lamb": "LAMB"}
TOLERANCE = {"nadam": 1e-8, "nadam decoupled": 1e-8, "asgd": 1e-7, "muon": 1e-2, "muon plain": 1e-2}
"""The product of NAdam and the rate of ASGD are in float32 in PyTorch, the iteration of Muon in bfloat16."""

OF_THE_WHOLE = {"lamb", "adafactor", "muon"}
"""Whose step of one element depends on the others."""


def values_of(name: str) -> list[numpy.ndarray]:
    return start()[:1] if name in MATRICES else start()


def rule_of(name: str) -> optim.Rule:
    cls, hyperparameters = CASES[name]
    rest = {key: value for key, value in hyperparameters.items() if key != "maximize"}
    return getattr(optim, cls.lower())(**rest)


def by_optimizer(name: str) -> numpy.ndarray:
    cls, hyperparameters = CASES[name]
    params = [wg.tensor(value, requires_grad=True) for value in values_of(name)]
    optimizer = getattr(optim, CLASSES.get(cls, cls))(params, **hyperparameters)

    def step(_: Any, number: int) -> list[Any]:
        for p in params:
            p.grad = wg.tensor(gradient(p.detach().numpy(), number))
        optimizer.step()
        return [p.detach().numpy() for p in params]

    return numpy.array(recorded(params, step))


def by_rule(name: str, compiled: Callable[[Any], Any]) -> numpy.ndarray:
    rule, sign = rule_of(name), -1.0 if CASES[name][1].get("maximize") else 1.0
    params: Any = dict(enumerate(wg.tensor(value) for value in values_of(name)))
    state = rule.init(params)

    @compiled
    def step(params: Any, state: Any, number: Any) -> Any:
        gradients = {key: sign * (np.cos(3.0 * p + number) + 0.3 * p) for key, p in params.items()}
        return rule.step(gradients, state, params)

    def recorded_step(params: Any, number: int) -> list[Any]:
        nonlocal state
        after, state = step(dict(enumerate(params)), state, float(number))
        return list(after.values())

    return numpy.array(recorded(list(params.values()), recorded_step))


@pytest.mark.part(4)
@pytest.mark.parametrize("name", EXPECTED)
def test_the_steps_are_those_of_the_peer(name: str) -> None:
    bound = TOLERANCE.get(name, 1e-12)
    numpy.testing.assert_allclose(by_optimizer(name), EXPECTED[name], rtol=bound, atol=bound)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", EXPECTED)
def test_the_compiled_rule_makes_the_steps_of_the_optimizer(name: str) -> None:
    found = by_rule(name, wg.jit)
    numpy.testing.assert_allclose(found, by_optimizer(name), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", ["sgd nesterov", "adam", "adafactor", "lamb"])
def test_the_rule_makes_the_same_steps_line_by_line(name: str) -> None:
    numpy.testing.assert_allclose(by_rule(name, lambda f: f), by_optimizer(name), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_dtypes_stay(name: str, dtype: str) -> None:
    rule, params = rule_of(name), [wg.tensor(value.astype(dtype)) for value in values_of(name)]
    before = rule.init(params)
    after, state = rule.step(params, before, params)
    assert [p.dtype for p in after] == [dtype] * len(params)
    assert [x.dtype for x in wg.trees.leaves(state)] == [x.dtype for x in wg.trees.leaves(before)]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.split()[0] not in OF_THE_WHOLE])
def test_a_complex_parameter_is_a_pair_of_reals(name: str) -> None:
    rule = rule_of(name)
    p = wg.tensor([1.0 + 2.0j, -0.5j])
    real = wg.tensor([1.0, 2.0, 0.0, -0.5])
    g = wg.tensor([0.3 - 1.0j, 2.0 + 0.1j])
    together, _ = rule.step(g, rule.init(p), p)
    apart, _ = rule.step(wg.tensor([0.3, -1.0, 2.0, 0.1]), rule.init(real), real)
    numpy.testing.assert_allclose(together.numpy().view(float), apart.numpy(), rtol=1e-14)


def test_shampoo_is_its_formula() -> None:
    def power(moments: numpy.ndarray) -> numpy.ndarray:
        values, vectors = numpy.linalg.eigh(moments)
        return (vectors * values**-0.25) @ vectors.T

    p = start()[0]
    rule = optim.shampoo(lr=0.1, eps=1e-3)
    found, state = wg.tensor(p), rule.init(wg.tensor(p))
    left, right = 1e-3 * numpy.eye(2), 1e-3 * numpy.eye(3)
    for number in range(STEPS):
        found, state = rule.step(gradient(found, number), state, found)
        g = gradient(p, number)
        left, right = left + g @ g.T, right + g.T @ g
        p = p - 0.1 * power(left) @ g @ power(right)
    numpy.testing.assert_allclose(found.numpy(), p, rtol=1e-9)


def test_soap_is_its_formula() -> None:
    p = start()[0]
    rule = optim.soap(lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=DECAY, update_freq=3)
    found, state = wg.tensor(p), rule.init(wg.tensor(p))
    left, right, mean, square = numpy.zeros((2, 2)), numpy.zeros((3, 3)), 0.0 * p, 0.0 * p
    q, r = numpy.eye(2), numpy.eye(3)
    for number in range(STEPS):
        found, state = rule.step(gradient(found, number), state, found)
        g = gradient(p, number)
        left, right = 0.9 * left + 0.1 * g @ g.T, 0.9 * right + 0.1 * g.T @ g
        if number == 0:
            q, r = numpy.linalg.eigh(left)[1], numpy.linalg.eigh(right)[1]
        elif number % 3 == 0:
            q, r = numpy.linalg.qr(left @ q)[0], numpy.linalg.qr(right @ r)[0]
        mean, square = 0.8 * mean + 0.2 * g, 0.9 * square + 0.1 * (q.T @ g @ r) ** 2
        mean_now, square_now = mean / (1 - 0.8 ** (number + 1)), square / (1 - 0.9 ** (number + 1))
        p = p - 0.1 * (q @ (q.T @ mean_now @ r / (numpy.sqrt(square_now) + 1e-3)) @ r.T + DECAY * p)
    numpy.testing.assert_allclose(found.numpy(), p, rtol=1e-9)


def test_soap_is_adamw_of_a_vector() -> None:
    values, hyperparameters = wg.tensor([1.0, -2.0]), {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": DECAY}
    after = []
    for rule in (optim.soap(**hyperparameters), optim.adamw(**hyperparameters)):
        p, state = values, rule.init(values)
        for number in range(5):
            p, state = rule.step(gradient(p, number), state, p)
        after.append(p.numpy())
    numpy.testing.assert_allclose(*after, rtol=1e-12)


def test_asgd_remembers_the_mean_of_the_parameters() -> None:
    rule, p = optim.asgd(lr=0.1, t0=2), wg.tensor(1.0)
    state, met = rule.init(p), []
    for number in range(STEPS):
        p, state = rule.step(gradient(p, number), state, p)
        met.append(p.item())
    assert state["ax"].item() == pytest.approx(numpy.mean(met[3:]))


@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 2)])
@pytest.mark.parametrize("rule", [optim.shampoo(lr=0.1, momentum=0.5, update_freq=2), optim.soap(update_freq=2)])
def test_rules_of_matrices_take_any_number_of_axes(rule: optim.Rule, shape: tuple[int, ...]) -> None:
    p = wg.tensor(numpy.linspace(-1.0, 1.0, numpy.prod(shape, dtype=int)).reshape(shape))
    state = rule.init(p)
    for _ in range(3):
        p, state = rule.step(p - 3.0, state, p)
    assert p.shape == shape
    assert bool(np.all(np.isfinite(p)))


def test_the_iteration_of_muon_goes_to_the_singular_vectors() -> None:
    x = numpy.random.default_rng(0).normal(size=(4, 7))
    left, _, right = numpy.linalg.svd(x, full_matrices=False)
    convergent = (1.875, -1.25, 0.375)
    found = optim.orthogonalized(wg.tensor(x.T), convergent, steps=30)
    numpy.testing.assert_allclose(found.numpy(), (left @ right).T, atol=1e-9)


@pytest.mark.parametrize("name", ["sgd momentum", "adam", "radam", "adafactor"])
def test_a_parameter_without_gradient_is_left_alone(name: str) -> None:
    rule, params = rule_of(name), [wg.tensor(value) for value in start()]
    before = rule.init(params)
    after, state = rule.step([params[0], None], before, params)
    assert after[1] is params[1]
    assert all(old is new for old, new in zip(before[1].values(), state[1].values(), strict=True))
    assert not numpy.array_equal(after[0], params[0])


def test_a_rule_is_differentiated_through() -> None:
    """The derivative of a loss after two steps in the learning rate, as in learning to learn."""

    def loss_after(rate: Any) -> Any:
        rule = optim.sgd(lr=rate, momentum=0.5)
        x = wg.tensor(2.0)
        state = rule.init(x)
        for _ in range(2):
            x, state = rule.step(2 * x, state, x)
        return x * x

    def closed_form(r: float) -> float:
        return 2.0 * (1 - 5 * r + 4 * r * r)

    rate = 0.1
    slope = 2.0 * (-5 + 8 * rate)
    assert wg.grad(loss_after)(rate).item() == pytest.approx(2 * closed_form(rate) * slope)


def test_rules_are_batched() -> None:
    rule = optim.adam(lr=0.1)
    params, gradients = wg.tensor(numpy.eye(3)), wg.tensor(numpy.ones((3, 3)))

    def step(p: Any, g: Any) -> Any:
        return rule.step(g, rule.init(p), p)[0]

    looped = [step(p, g).numpy() for p, g in zip(params, gradients, strict=True)]
    numpy.testing.assert_allclose(wg.vmap(step)(params, gradients).numpy(), looped)


def test_beta_may_be_zero() -> None:
    p = wg.tensor([1.0, 2.0])
    rule = optim.adam(lr=0.5, betas=(0.0, 0.0), eps=0.0)
    found, _ = rule.step(wg.tensor([3.0, -4.0]), rule.init(p), p)
    numpy.testing.assert_allclose(found.numpy(), [0.5, 2.5])


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        (
            {"a": numpy.ones(2), "b": numpy.ones((3, 1))},
            "[optim] gradients['b'] has shape (3, 1), wanted (3,), as the parameter; write them in one order, or sum "
            "over the axes that were broadcast",
        ),
        (
            {"a": numpy.ones(2)},
            "[optim] the gradients have the structure {'a': *}, and the parameters "
            "{'a': *, 'b': *}, wanted the same; write rule.init(params) for a state, "
            "and wg.grad(loss)(params) for gradients",
        ),
    ],
)
def test_gradients_of_another_form_are_refused(gradients: Any, message: str) -> None:
    params = {"a": wg.tensor(numpy.ones(2)), "b": wg.tensor(numpy.ones(3))}
    rule = optim.sgd()
    with pytest.raises(ValueError, match=r"^\[optim\]") as error:
        rule.step(gradients, rule.init(params), params)
    assert str(error.value) == message


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="nesterov") as error:
        optim.sgd(nesterov=True)
    assert str(error.value) == (
        "[sgd] nesterov=True was given with momentum=0.0 and dampening=0.0, wanted a momentum above 0 and no "
        "dampening; write sgd(lr, momentum=0.9, nesterov=True)"
    )
    with pytest.raises(ValueError, match="muon") as error:
        optim.muon().init([wg.tensor([1.0])])
    assert str(error.value) == (
        "[muon] a parameter has shape (1,), wanted a matrix; train the others with adamw, in a group of their own, or "
        "write chain(masked(muon(lr), matrices), masked(adamw(lr), others))"
    )
