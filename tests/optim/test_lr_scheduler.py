"""Schedulers against PyTorch's numbers, step by step, and against the schedules that they follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import optim
from wengert.optim import lr_scheduler, schedules

from .schedule_reference import CASES, DATA, OF_AVERAGES, STEPS, WITH_METRICS, rates

EXPECTED = {name: numpy.array(values) for name, values in json.loads(DATA.read_text()).items()}
MAKERS = {**CASES, **WITH_METRICS, **OF_AVERAGES}


def optimizer(lr: float = 1.0) -> Any:
    params = [wg.tensor([0.0], requires_grad=True) for _ in range(2)]
    groups: list[Any] = [{"params": params[:1]}, {"params": params[1:], "lr": 0.4 * lr}]
    return optim.SGD(groups, lr=lr, momentum=0.5)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_rates_are_those_of_pytorch(name: str) -> None:
    found = rates(MAKERS[name], lr_scheduler, optimizer(), name in WITH_METRICS)
    numpy.testing.assert_allclose(found, EXPECTED[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_loaded_scheduler_goes_on(name: str) -> None:
    whole = rates(MAKERS[name], lr_scheduler, optimizer(), name in WITH_METRICS)
    first, second = optimizer(), optimizer()
    before, after = MAKERS[name](lr_scheduler, first), MAKERS[name](lr_scheduler, second)
    from .schedule_reference import metric

    for step in range(8):
        before.step(*([metric(step)] if name in WITH_METRICS else []))
    second.load_state_dict(first.state_dict())
    after.load_state_dict(json.loads(json.dumps(before.state_dict())))
    for step in range(8, STEPS - 1):
        after.step(*([metric(step)] if name in WITH_METRICS else []))
    found = [group[key] for group in second.param_groups for key in ("lr", "momentum")]
    numpy.testing.assert_allclose(found, whole[-1], rtol=1e-9, atol=1e-12)


PURE: dict[str, Callable[[], Any]] = {
    "step": lambda: schedules.step(1.0, 5, 0.3),
    "multistep": lambda: schedules.multistep(1.0, [3, 7, 7, 15], 0.5),
    "constant": lambda: schedules.constant(1.0, 0.25, 4),
    "linear": lambda: schedules.linear(1.0, 0.2, 0.8, 6),
    "exponential": lambda: schedules.exponential(1.0, 0.8),
    "polynomial": lambda: schedules.polynomial(1.0, 9, 2.0),
    "cosine": lambda: schedules.cosine(1.0, 7, 0.01),
    "warm restarts": lambda: schedules.warm_restarts(1.0, 5, eta_min=0.01),
    "warm restarts longer": lambda: schedules.warm_restarts(1.0, 3, 2),
    "cyclic shrinking": lambda: schedules.cyclic(0.1, 0.5, 4, mode="exp_range", gamma=0.9),
    "one cycle": lambda: schedules.one_cycle(0.7, 25),
    "one cycle in three": lambda: schedules.one_cycle(0.7, 25, final_div_factor=100.0, three_phase=True),
    "sequential": lambda: schedules.sequence([schedules.linear(1.0, 0.1, 1.0, 5), schedules.cosine(1.0, 10)], [5]),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", PURE)
def test_a_schedule_takes_tensors_and_is_compiled_and_batched(name: str) -> None:
    schedule, expected = PURE[name](), EXPECTED[name][:, 0]
    numpy.testing.assert_allclose(wg.vmap(schedule)(numpy.arange(STEPS)), expected, rtol=1e-9, atol=1e-12)
    compiled = wg.jit(lambda t: schedule(t))
    found = [float(compiled(wg.tensor(step))) for step in range(0, STEPS, 3)]
    numpy.testing.assert_allclose(found, expected[::3], rtol=1e-9, atol=1e-12)


def test_parts_of_epochs_are_taken() -> None:
    made = optimizer()
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(made, 4)
    scheduler.step(1.5)
    assert made.param_groups[0]["lr"] == pytest.approx((1 + numpy.cos(numpy.pi * 1.5 / 4)) / 2)


def test_betas_take_the_place_of_momentum() -> None:
    made = optim.Adam([wg.tensor([0.0], requires_grad=True)], lr=1.0)
    lr_scheduler.OneCycleLR(made, 1.0, total_steps=10)
    assert made.param_groups[0]["betas"] == [0.95, 0.999]


def test_betas_that_change_are_followed_by_a_compiled_step() -> None:
    x = wg.tensor([1.0], requires_grad=True)
    made = optim.Adam([x], lr=1.0)
    scheduler = lr_scheduler.OneCycleLR(made, 1.0, total_steps=10)
    saved = made.state_dict()

    @wg.jit
    def step() -> None:
        made.zero_grad()
        (x * x).sum().backward()
        made.step()

    for _ in range(5):
        step()
        scheduler.step()
    assert sum(map(len, step.programs.values())) <= 2
    assert saved["param_groups"][0]["betas"] == [0.95, 0.999] != made.param_groups[0]["betas"]
    made.load_state_dict(saved)
    scheduler.step()
    assert saved["param_groups"][0]["betas"] == [0.95, 0.999]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no optimizer": (
        lambda: lr_scheduler.StepLR([1.0], 2),  # type: ignore[arg-type]
        "[StepLR] list was given, wanted an optimizer; write wg.optim.SGD(params, lr=0.1) and give it first",
    ),
    "no rate": (
        lambda: lr_scheduler.StepLR(optim.Optimizer([wg.tensor(1.0, requires_grad=True)], optim.sgd()), 2),
        "[StepLR] the optimizer has no hyperparameter lr, wanted one to write; write "
        "wg.optim.Optimizer(params, lambda lr: chain(..., adam(lr)), lr=0.1)",
    ),
    "one function for two groups": (
        lambda: lr_scheduler.LambdaLR(optimizer(), [lambda t: 1.0]),
        "[LambdaLR] 1 functions were given, wanted 2, one for each group; write a list of as many",
    ),
    "no momentum": (
        lambda: lr_scheduler.CyclicLR(optim.Adagrad([wg.tensor([0.0], requires_grad=True)]), 0.1, 0.2),
        "[CyclicLR] the optimizer has neither momentum nor betas, wanted one to change; write cycle_momentum=False",
    ),
    "mode": (
        lambda: schedules.cyclic(0.1, 0.2, mode="square"),
        "[cyclic] mode is 'square', wanted one of triangular, triangular2, exp_range; write mode='triangular'",
    ),
    "strategy": (
        lambda: schedules.one_cycle(0.1, 10, anneal_strategy="square"),
        "[one_cycle] anneal_strategy is 'square', wanted 'cos' or 'linear'; write one of them",
    ),
    "no number of steps": (
        lambda: lr_scheduler.OneCycleLR(optimizer(), 0.1, epochs=3),
        "[OneCycleLR] neither total_steps nor epochs with steps_per_epoch were given, wanted the number of steps; "
        "write total_steps=epochs * len(loader)",
    ),
    "milestones": (
        lambda: lr_scheduler.SequentialLR(made := optimizer(), [lr_scheduler.StepLR(made, 2)], [3]),
        "[SequentialLR] 1 schedulers and 1 milestones were given, wanted a milestone between each two; leave out where "
        "the first one begins",
    ),
    "milestones of schedules": (
        lambda: schedules.sequence([lambda t: t], [3]),
        "[sequence] 1 schedules and 1 milestones were given, wanted a milestone between each two; leave out where the "
        "first one begins",
    ),
    "two optimizers": (
        lambda: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(optimizer(), 2) for _ in range(2)]),
        "[ChainedScheduler] the schedulers are of 2 optimizers, wanted one; write one scheduler after another over the "
        "same optimizer",
    ),
    "plateau": (
        lambda: lr_scheduler.ReduceLROnPlateau(optimizer(), factor=2.0),
        "[ReduceLROnPlateau] mode='min', threshold_mode='rel', factor=2.0 were given, wanted 'min' or 'max', 'rel' or "
        "'abs', and a factor between 0 and 1; write mode='min'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError)) as error:
        wrong()
    assert str(error.value) == message
