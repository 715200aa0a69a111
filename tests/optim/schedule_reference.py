"""The learning rates that PyTorch's schedulers give, which `test_lr_scheduler` compares with.

Run ``python -m tests.optim.schedule_reference`` where torch is installed: it writes ``schedule_reference.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_suffix(".json")

STEPS = 24

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "lambda": lambda s, o: s.LambdaLR(o, [lambda t: 0.9**t, lambda t: 1 / (1 + t)]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda t: 0.9 + 0.01 * t),
    "step": lambda s, o: s.StepLR(o, 5, gamma=0.3),
    "multistep": lambda s, o: s.MultiStepLR(o, [3, 7, 7, 15], gamma=0.5),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=4),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.2, end_factor=0.8, total_iters=6),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.8),
    "polynomial": lambda s, o: s.PolynomialLR(o, total_iters=9, power=2.0),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 7, eta_min=0.01),
    "cosine to 0": lambda s, o: s.CosineAnnealingLR(o, 5),
    "warm restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, eta_min=0.01),
    "warm restarts longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.1, 0.5, step_size_up=3, step_size_down=5),
    "cyclic halved": lambda s, o: s.CyclicLR(o, [0.1, 0.2], [0.5, 0.9], step_size_up=4, mode="triangular2"),
    "cyclic shrinking": lambda s, o: s.CyclicLR(o, 0.1, 0.5, step_size_up=4, mode="exp_range", gamma=0.9),
    "one cycle": lambda s, o: s.OneCycleLR(o, 0.7, total_steps=25),
    "one cycle linear": lambda s, o: s.OneCycleLR(
        o, [0.7, 0.4], epochs=5, steps_per_epoch=5, anneal_strategy="linear", pct_start=0.4, div_factor=10.0
    ),
    "one cycle in three": lambda s, o: s.OneCycleLR(o, 0.7, total_steps=25, three_phase=True, final_div_factor=100.0),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)]),
    "sequential": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 5), s.CosineAnnealingLR(o, 10)], [5]),
    "sequential of three": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.StepLR(o, 3, 0.5)], [4, 11]
    ),
}

WITH_METRICS: dict[str, Callable[[Any, Any], Any]] = {
    "plateau": lambda s, o: s.ReduceLROnPlateau(o, factor=0.5, patience=2),
    "plateau with rest": lambda s, o: s.ReduceLROnPlateau(
        o, mode="max", factor=0.3, patience=1, threshold=0.05, threshold_mode="abs", cooldown=3, min_lr=0.02
    ),
}

OF_AVERAGES: dict[str, Callable[[Any, Any], Any]] = {
    "swa": lambda s, o: s.SWALR(o, 0.05, anneal_epochs=4),
    "swa linear": lambda s, o: s.SWALR(o, [0.05, 0.5], anneal_epochs=3, anneal_strategy="linear"),
}


def metric(step: int) -> float:
    """Something that becomes better for a while."""
    return 1.0 / (1 + min(step, 6)) + 0.01 * (step % 3)


def rates(make: Callable[[Any, Any], Any], schedulers: Any, optimizer: Any, metrics: bool = False) -> list[list[float]]:
    """The rates (and momenta) of the groups before each step."""
    scheduler, found = make(schedulers, optimizer), []
    for step in range(STEPS):
        found.append([float(group[name]) for group in optimizer.param_groups for name in ("lr", "momentum")])
        optimizer.step()
        scheduler.step(*([metric(step)] if metrics else []))
    return found


if __name__ == "__main__":
    import torch

    def optimizer() -> Any:
        params = [torch.zeros(1, requires_grad=True) for _ in range(2)]
        return torch.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.4}], lr=1.0, momentum=0.5)

    schedulers = torch.optim.lr_scheduler
    averages = torch.optim.swa_utils
    found = {name: rates(make, schedulers, optimizer()) for name, make in CASES.items()}
    found |= {name: rates(make, schedulers, optimizer(), metrics=True) for name, make in WITH_METRICS.items()}
    found |= {name: rates(make, averages, optimizer()) for name, make in OF_AVERAGES.items()}
    short = {name: [[float(f"{x:.12g}") for x in row] for row in rows] for name, rows in found.items()}
    DATA.write_text("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(v)}" for n, v in short.items()) + "\n}\n")
