"""Optimizers: parameters and state written in place, groups, compiled steps, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import optim

TARGET = numpy.array([1.0, -2.0, 3.0])


def loss_of(p: Any) -> Any:
    return np.sum((p - TARGET) ** 2)


def parameters(count: int = 2) -> list[Any]:
    return [wg.tensor(numpy.full(3, float(i)), requires_grad=True) for i in range(count)]


def train(params: list[Any], optimizer: Any, steps: int = 3) -> list[Any]:
    for _ in range(steps):
        optimizer.zero_grad()
        sum(loss_of(p) for p in params).backward()
        optimizer.step()
    return [p.detach().numpy() for p in params]


def same(found: Any, expected: Any) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        numpy.testing.assert_array_equal(ours, theirs)


def test_parameters_are_written_in_place_and_stay_leaves() -> None:
    params = parameters()
    handles = [id(p) for p in params]
    train(params, optim.SGD(params, lr=0.25))
    assert [id(p) for p in params] == handles
    assert all(p.is_leaf and p.requires_grad for p in params)
    numpy.testing.assert_allclose(params[0].detach(), TARGET * (1 - 0.5**3))


def test_a_whole_training_step_is_one_program() -> None:
    eager, params = parameters(), parameters()
    optimizer = optim.AdamW(params, lr=0.1)

    @wg.jit
    def step() -> Any:
        optimizer.zero_grad()
        loss = sum(loss_of(p) for p in params)
        loss.backward()
        optimizer.step()
        return loss

    losses = [step().item() for _ in range(5)]
    assert sum(len(paths) for paths in step.programs.values()) == 1
    expected = train(eager, optim.AdamW(eager, lr=0.1), 5)
    assert losses == sorted(losses, reverse=True)
    for ours, theirs in zip(params, expected, strict=True):
        numpy.testing.assert_allclose(ours.detach(), theirs, rtol=1e-13)
    assert len(step.programs) == 1
    assert {int(state["step"]) for state in optimizer.state.values()} == {5}


def test_another_rate_compiles_nothing_new() -> None:
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    train(params, optimizer, 2)
    for rate in (0.05, 0.01, 0.002):
        optimizer.param_groups[0]["lr"] = rate
        before = params[0].detach().numpy().copy()
        train(params, optimizer, 1)
        assert abs(params[0].detach().numpy() - before).max() == pytest.approx(rate, rel=0.2)
    assert str(optimizer._update.report()).splitlines()[0] == "_update: 1 program"


def test_groups_have_hyperparameters_of_their_own() -> None:
    params = parameters()
    groups: list[Any] = [{"params": params[:1], "lr": 0.0}, {"params": params[1]}]
    optimizer = optim.SGD(groups, lr=0.25)
    train(params, optimizer, 1)
    numpy.testing.assert_array_equal(params[0].detach(), 0.0)
    numpy.testing.assert_allclose(params[1].detach(), (1 + TARGET) / 2)
    optimizer.add_param_group({"params": parameters(1), "momentum": 0.5})
    assert [group["lr"] for group in optimizer.param_groups] == [0.0, 0.25, 0.25]
    assert repr(optimizer) == (
        "SGD (\n    group 0: 1 tensors\n        lr: 0.0\n        momentum: 0.0\n        dampening: 0.0\n        "
        "weight_decay: 0.0\n        nesterov: False\n        maximize: False\n    group 1: 1 tensors\n        "
        "lr: 0.25\n        momentum: 0.0\n        dampening: 0.0\n        weight_decay: 0.0\n        nesterov: False\n"
        "        maximize: False\n    group 2: 1 tensors\n        lr: 0.25\n        momentum: 0.5\n        "
        "dampening: 0.0\n        weight_decay: 0.0\n        nesterov: False\n        maximize: False\n)"
    )


def test_parameters_come_with_names() -> None:
    params = parameters()
    optimizer = optim.SGD([("weight", params[0]), ("bias", params[1])], 0.25)
    same(train(params, optimizer), train(again := parameters(), optim.SGD(again, 0.25)))


def test_a_parameter_without_gradient_waits() -> None:
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    loss_of(params[0]).backward()
    optimizer.step()
    assert [int(optimizer.state[p]["step"]) for p in params] == [1, 0]
    numpy.testing.assert_array_equal(params[1].detach(), 1.0)
    train(params, optimizer, 1)
    assert [int(optimizer.state[p]["step"]) for p in params] == [2, 1]
    numpy.testing.assert_allclose(params[1].detach(), 1.0 + 0.1 * numpy.sign(TARGET - 1.0))


def test_gradients_are_forgotten() -> None:
    params = parameters(1)
    optimizer = optim.SGD(params)
    loss_of(params[0]).backward()
    optimizer.zero_grad(set_to_none=False)
    numpy.testing.assert_array_equal(params[0].grad, 0.0)
    optimizer.zero_grad()
    assert params[0].grad is None


def test_a_closure_computes_the_loss_anew() -> None:
    params = parameters(1)
    optimizer = optim.SGD(params, lr=0.5)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of(params[0])
        loss.backward()
        return loss

    with wg.no_grad():
        assert optimizer.step(closure).item() == 14.0
    numpy.testing.assert_allclose(params[0].detach(), TARGET)


@pytest.mark.parametrize("cls", [optim.SGD, optim.Adam, optim.Adafactor, optim.NAdam])
def test_a_loaded_state_goes_on(cls: Callable[..., Any]) -> None:
    whole, first, second = parameters(), parameters(), parameters()
    expected = train(whole, cls(whole, lr=0.1), 6)
    optimizer = cls(first, lr=0.1)
    train(first, optimizer, 3)
    saved = optimizer.state_dict()
    train(first, optimizer, 1)  # what was saved is a copy
    other = cls(second, lr=0.9)
    other.load_state_dict(saved)
    halfway = parameters()
    train(halfway, cls(halfway, lr=0.1), 3)
    for p, value in zip(second, halfway, strict=True):
        p.detach().copy_(value)
        with wg.no_grad():
            p.copy_(value)
    same(train(second, other, 3), expected)
    assert other.param_groups[0]["lr"] == 0.1


def test_a_state_has_the_names_of_pytorch() -> None:
    state = optim.Adam(parameters(), lr=0.1).state_dict()
    assert sorted(state) == ["param_groups", "state"]
    assert sorted(state["state"]) == [0, 1]
    assert sorted(state["state"][0]) == ["exp_avg", "exp_avg_sq", "step"]
    assert state["param_groups"][0]["params"] == [0, 1]
    assert state["param_groups"][0]["betas"] == (0.9, 0.999)


def test_a_rule_of_the_whole_keeps_its_state_by_groups() -> None:
    rule = optim.chain(optim.clip_by_norm(1.0), optim.adam(lr=0.1))
    params, others = parameters(), parameters()
    optimizer = optim.Optimizer(params, rule)
    train(params, optimizer)
    other = optim.Optimizer(others, rule)
    saved = optimizer.state_dict()
    assert list(saved["state"]) == ["group 0"]
    other.load_state_dict(saved)
    for p, value in zip(others, params, strict=True):
        with wg.no_grad():
            p.copy_(value.detach())
    same(train(others, other), train(params, optimizer))


def test_a_rule_made_of_hyperparameters_is_scheduled_by_its_group() -> None:
    def clipped(lr: float = 0.1) -> optim.Rule:
        return optim.chain(optim.clip_by_norm(1.0), optim.sgd(lr))

    params = parameters(1)
    optimizer = optim.Optimizer(params, clipped, lr=0.0)
    train(params, optimizer, 1)
    numpy.testing.assert_array_equal(params[0].detach(), 0.0)
    optimizer.param_groups[0]["lr"] = 2.0
    train(params, optimizer, 1)
    assert numpy.linalg.norm(params[0].detach().numpy()) == pytest.approx(2.0)


def test_an_optimizer_of_five_lines() -> None:
    def sign_descent(lr: float = 0.1) -> optim.Rule:
        return optim.per_parameter(lambda p: {}, lambda g, state, p: (-lr * np.sign(g), state))

    params = parameters(1)
    optimizer = optim.Optimizer(params, sign_descent, lr=0.5)
    train(params, optimizer, 2)
    numpy.testing.assert_allclose(params[0].detach(), numpy.sign(TARGET))


def test_an_optimizer_written_as_for_pytorch() -> None:
    class Descent(optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:
            with wg.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        self.state[p]["turns"] = self.state[p].get("turns", 0) + 1
                        p -= group["lr"] * p.grad

    params = parameters(1)
    optimizer = Descent(params, lr=0.5)
    train(params, optimizer, 2)
    numpy.testing.assert_allclose(params[0].detach(), TARGET)
    saved = optimizer.state_dict()
    assert saved["state"] == {0: {"turns": 2}}
    other = Descent(parameters(1))
    other.load_state_dict(saved)
    assert other.state_dict() == saved


class WithoutStep(optim.Optimizer):
    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1})


X = wg.tensor([1.0], requires_grad=True)
Y = wg.tensor([1.0, 2.0], requires_grad=True)
HYPERPARAMETERS = "lr, momentum, dampening, weight_decay, nesterov, maximize"

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no parameters": (
        lambda: optim.SGD([]),
        "[SGD] there are no parameters, wanted at least one tensor; write list(...) around a generator that is used "
        "twice, and tensors as attributes of the module itself",
    ),
    "one tensor": (
        lambda: optim.SGD(X),  # type: ignore[arg-type]
        "[SGD] the parameters are of type Tensor, wanted an iterable of tensors or groups; write [x] for one tensor, "
        "list(params.values()) for a dict, and net.parameters() for a module",
    ),
    "a dict": (
        lambda: optim.SGD({"x": X}),
        "[SGD] the parameters are of type dict, wanted an iterable of tensors or groups; write [x] for one tensor, "
        "list(params.values()) for a dict, and net.parameters() for a module",
    ),
    "an array": (
        lambda: optim.SGD([numpy.ones(2)]),
        "[SGD] parameter 0 is of type ndarray, wanted a tensor; write wg.tensor(value, requires_grad=True)",
    ),
    "a result": (
        lambda: optim.SGD([X, 2 * Y]),
        "[SGD] parameter 1 (shape (2,)) is a result, wanted a leaf, which gradients arrive at; write "
        "p = p.detach().requires_grad_() before it is used",
    ),
    "twice": (
        lambda: optim.SGD([X, Y, X]),
        "[SGD] parameter 2 (shape (1,)) is there twice, wanted each once, since it would be stepped twice; write "
        "list(dict.fromkeys(params))",
    ),
    "in two groups": (
        lambda: optim.SGD([{"params": [X]}, {"params": [Y, X]}]),
        "[SGD] parameter 1 (shape (1,)) is there twice, wanted each once, since it would be stepped twice; write "
        "list(dict.fromkeys(params))",
    ),
    "unknown": (
        lambda: optim.SGD([X], rate=0.1),
        "[SGD] rate was given, wanted hyperparameters among lr, momentum, dampening, weight_decay, nesterov; write "
        "one of them",
    ),
    "unknown in a group": (
        lambda: optim.SGD([{"params": [X], "rate": 0.1}]),
        f"[SGD] rate was given, wanted hyperparameters among {HYPERPARAMETERS}; write one of them",
    ),
    "too many": (
        lambda: optim.SGD([X], 0.1, 0.0, 0.0, 0.0, False, 1.0),
        "[SGD] 6 hyperparameters were given by position, wanted at most 5; write their names",
    ),
    "fused": (
        lambda: optim.SGD([X], lr=0.1, fused=True),
        "[SGD] fused was given, wanted nothing of the kind: steps are compiled into one call, and run within jit as "
        "well; leave it out",
    ),
    "no rule": (
        lambda: WithoutStep([X]).step(),
        "[WithoutStep] it was given hyperparameters and no rule, wanted a method step; write def step(self, "
        "closure=None) in the class, or give wg.optim.Optimizer a rule",
    ),
    "missing": (
        lambda: optim.Optimizer([X], lambda lr: optim.sgd(lr)),
        "[Optimizer] lr was not given, wanted a value; write lr=...",
    ),
    "momentum later": (
        lambda: momentum_later(),
        "[sgd] momentum=0.9 was set later, wanted the average of gradients that it needs from the beginning; write "
        "SGD(params, momentum=...) when the optimizer is made, with any value but 0",
    ),
    "another optimizer": (
        lambda: optim.SGD([X]).load_state_dict(optim.Adam([X, Y]).state_dict()),
        "[SGD] the state is of groups of [2] parameters, wanted [1]; load it into an optimizer made as the one that "
        "it comes from",
    ),
    "another rule": (
        lambda: optim.Adam([X]).load_state_dict(optim.SGD([X], momentum=0.5).state_dict()),
        "[Adam] the state does not fit, wanted the names and shapes of this optimizer's; load one of the same rule "
        "and parameters: 0: {'momentum_buffer': (1,)} for {'step': (), 'exp_avg': (1,), 'exp_avg_sq': (1,)}",
    ),
    "another shape": (
        lambda: optim.SGD([Y], momentum=0.5).load_state_dict(optim.SGD([X], momentum=0.5).state_dict()),
        "[SGD] the state does not fit, wanted the names and shapes of this optimizer's; load one of the same rule and "
        "parameters: 0: {'momentum_buffer': (1,)} for {'momentum_buffer': (2,)}",
    ),
}


def momentum_later() -> None:
    x = wg.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)
    optimizer.param_groups[0]["momentum"] = 0.9
    (x * x).sum().backward()
    optimizer.step()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError, NotImplementedError)) as error:
        wrong()
    assert str(error.value) == message


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    x, y = parameters()
    optimizer = optim.SGD([x, y], momentum=0.5)
    train([x, y], optimizer)
    before = optimizer.state_dict()
    wrong = optimizer.state_dict()
    wrong["state"][0]["momentum_buffer"] = np.zeros(3)
    wrong["state"][1]["momentum_buffer"] = np.zeros(4)
    with pytest.raises(ValueError, match="does not fit"):
        optimizer.load_state_dict(wrong)
    same(wg.trees.leaves(optimizer.state_dict()["state"]), wg.trees.leaves(before["state"]))


def test_signatures_tell_the_hyperparameters() -> None:
    import inspect

    assert list(inspect.signature(optim.Adam).parameters) == [
        "params", "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize",
    ]  # fmt: skip


def test_parameters_stay_in_their_memory_where_a_gradient_lies_otherwise_in_memory() -> None:
    layer = wg.nn.Linear(30, 20)
    optimizer = wg.optim.Adam(layer.parameters())
    places = set()
    for _ in range(4):
        optimizer.zero_grad()
        layer.weight.grad = np.asarray(numpy.ones((30, 20), "float32").T)
        layer.bias.grad = np.ones(20, "float32")
        optimizer.step()
        places.add(tuple(p.numpy().ctypes.data for p in (layer.weight.detach(), layer.bias.detach())))
    assert len(places) == 1
