"""Schedulers: what changes the learning rates of an optimizer from step to step, under PyTorch's names.

Each writes ``group["lr"]`` when its ``step()`` is called; a compiled step reads it there, so nothing is compiled anew.
Call it outside of what `wengert.jit` compiles: inside it, each rate would be a path of its own. A rate that is computed
in the program itself is that of `wengert.optim.scheduled`.

>>> import wengert as wg
>>> x = wg.tensor([1.0], requires_grad=True)
>>> optimizer = wg.optim.SGD([x], lr=1.0)
>>> scheduler = wg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
>>> for _ in range(4):
...     optimizer.step()
...     scheduler.step()
>>> scheduler.get_last_lr()
[0.25]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Final

from . import schedules
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


class LRScheduler:
    """What writes the learning rates of an optimizer; a subclass says which, by ``get_lr()``.

    Args:
        optimizer: whose groups have a hyperparameter ``"lr"``.
        last_epoch: how many steps were made, less one; -1 to begin.

    Attributes:
        base_lrs: the rates of the groups at the beginning.
        last_epoch: how many steps were made.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not hasattr(optimizer, "param_groups"):
            raise TypeError(
                f"[{type(self).__name__}] {type(optimizer).__name__} was given, wanted an optimizer; write "
                "wg.optim.SGD(params, lr=0.1) and give it first"
            )
        if any("lr" not in group for group in optimizer.param_groups):
            raise TypeError(
                f"[{type(self).__name__}] the optimizer has no hyperparameter lr, wanted one to write; write "
                "wg.optim.Optimizer(params, lambda lr: chain(..., adam(lr)), lr=0.1)"
            )
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs: list[float] = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch: int = last_epoch
        self.step()

    def get_lr(self) -> list[float]:
        """The rates of the groups at `last_epoch`, of those that they have one step before."""
        raise NotImplementedError(f"[{type(self).__name__}] it has no get_lr, wanted one; write def get_lr(self)")

    def get_closed_lr(self) -> list[float]:
        """The rates of the groups at `last_epoch`, whatever they are now."""
        return self.get_lr()

    def step(self, epoch: float | None = None) -> None:
        """Write the rates of the next step, or of a given one."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch  # type: ignore[assignment]
        rates = self.get_lr() if epoch is None else self.get_closed_lr()
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def get_last_lr(self) -> list[float]:
        """The rates of the groups as they are."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on: numbers, lists and texts."""
        return {name: value for name, value in vars(self).items() if _is_plain(value)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another scheduler of this kind gave its `state_dict`; the optimizer has its own."""
        vars(self).update(state_dict)


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


class _ByFactor(LRScheduler):
    """The rates follow a factor: they are multiplied by how it changes, so that schedulers can be chained."""

    floor: float = 0.0
    """What the rates would be with a factor of 0."""

    def factor(self, epoch: float, group: int) -> float:
        """What the initial rate of a group is multiplied by."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        return [self._next(group, rate, place) for place, (group, rate) in enumerate(self._rates())]

    def _rates(self) -> list[tuple[float, float]]:
        return list(zip(self.base_lrs, self.get_last_lr(), strict=True))

    def _next(self, base: float, rate: float, place: int) -> float:
        now = float(self.factor(self.last_epoch, place))
        before = 1.0 if self.last_epoch == 0 else float(self.factor(self.last_epoch - 1, place))
        if abs(before) < NOTHING:
            return self.floor + (base - self.floor) * now
        return self.floor + (rate - self.floor) * (now / before)

    def get_closed_lr(self) -> list[float]:
        pairs = enumerate(self.base_lrs)
        return [self.floor + (base - self.floor) * float(self.factor(self.last_epoch, place)) for place, base in pairs]


NOTHING = 1e-12
"""A factor below is 0: from there a rate is found anew."""


class LambdaLR(LRScheduler):
    """The initial rate times a function of the number of steps, or one for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Any] = _one_each(lr_lambda, len(optimizer.param_groups), "LambdaLR", "functions")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`."""
        return [base * float(f(self.last_epoch)) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(LRScheduler):
    """The rate times a function of the number of steps, at each step."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Any] = _one_each(lr_lambda, len(optimizer.param_groups), "MultiplicativeLR", "functions")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`, of those before."""
        if self.last_epoch == 0:
            return self.get_last_lr()
        return [rate * float(f(self.last_epoch)) for rate, f in zip(self.get_last_lr(), self.lr_lambdas, strict=True)]


class _Scheduled(_ByFactor):
    """The factor is that of a schedule."""

    def __init__(self, optimizer: Optimizer, schedule: schedules.Schedule, last_epoch: int) -> None:
        self.schedule = schedule
        self.floor: float = float(schedule.floor)
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: float, group: int) -> float:
        return float(self.schedule.factor(epoch))


class StepLR(_Scheduled):
    """See `wengert.optim.schedules.step`."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedules.step(1.0, step_size, gamma), last_epoch)


class MultiStepLR(_Scheduled):
    """See `wengert.optim.schedules.multistep`."""

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, schedules.multistep(1.0, milestones, gamma), last_epoch)


class ConstantLR(_Scheduled):
    """See `wengert.optim.schedules.constant`."""

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedules.constant(1.0, factor, total_iters), last_epoch)


class LinearLR(_Scheduled):
    """See `wengert.optim.schedules.linear`: the usual warm-up."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        super().__init__(optimizer, schedules.linear(1.0, start_factor, end_factor, total_iters), last_epoch)


class ExponentialLR(_Scheduled):
    """See `wengert.optim.schedules.exponential`."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedules.exponential(1.0, gamma), last_epoch)


class PolynomialLR(_Scheduled):
    """See `wengert.optim.schedules.polynomial`."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedules.polynomial(1.0, total_iters, power), last_epoch)


class CosineAnnealingLR(_Scheduled):
    """See `wengert.optim.schedules.cosine`."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedules.cosine(1.0, T_max, eta_min), last_epoch)


class _Closed(LRScheduler):
    """The values of each group are functions of the number of steps."""

    def __init__(self, optimizer: Optimizer, rates: Sequence[Callable[[Any], Any]], last_epoch: int) -> None:
        self.rates = rates
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`."""
        return [float(rate(self.last_epoch)) for rate in self.rates]


class CosineAnnealingWarmRestarts(_Closed):
    """See `wengert.optim.schedules.warm_restarts`; ``step(epoch)`` takes parts of epochs too."""

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        bases = [group.get("initial_lr", group["lr"]) for group in optimizer.param_groups]
        super().__init__(optimizer, [schedules.warm_restarts(b, T_0, T_mult, eta_min) for b in bases], last_epoch)


class _WithMomentum(_Closed):
    """The momentum, or the first of Adam's betas, goes down while the rate goes up."""

    def __init__(
        self,
        optimizer: Optimizer,
        rates: Sequence[Callable[[Any], Any]],
        momenta: Sequence[Callable[[Any], Any]] | None,
        last_epoch: int,
    ) -> None:
        name = type(self).__name__
        if momenta is not None and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(
                f"[{name}] the optimizer has neither momentum nor betas, wanted one to change; write "
                "cycle_momentum=False"
            )
        self.momenta = momenta
        super().__init__(optimizer, rates, last_epoch)

    def step(self, epoch: float | None = None) -> None:
        """Write the rates and momenta of the next step, or of a given one."""
        super().step(epoch)
        if self.momenta is None:
            return
        for group, momentum in zip(self.optimizer.param_groups, self.momenta, strict=True):
            value = float(momentum(self.last_epoch))
            if "betas" in group:
                if not isinstance(group["betas"], list):
                    group["betas"] = list(group["betas"])  # a compiled step follows numbers in a list, not in a tuple
                group["betas"][0] = value
            else:
                group["momentum"] = value


class CyclicLR(_WithMomentum):
    """See `wengert.optim.schedules.cyclic`; the momentum goes from `max_momentum` to `base_momentum` and back."""

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        def each(*ends: Any) -> list[Callable[[Any], Any]]:
            lows, highs = (_one_each(end, len(optimizer.param_groups), "CyclicLR", "values") for end in ends)
            pairs = zip(lows, highs, strict=True)
            return [schedules.cyclic(*pair, step_size_up, step_size_down, mode, gamma) for pair in pairs]

        momenta = each(max_momentum, base_momentum) if cycle_momentum else None
        super().__init__(optimizer, each(base_lr, max_lr), momenta, last_epoch)


class OneCycleLR(_WithMomentum):
    """See `wengert.optim.schedules.one_cycle`; the momentum goes from `max_momentum` to `base_momentum` and back."""

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        total = _total(total_steps, epochs, steps_per_epoch)
        count = len(optimizer.param_groups)
        options = (total, pct_start, anneal_strategy, div_factor, final_div_factor, three_phase)
        rates = [schedules.one_cycle(value, *options) for value in _one_each(max_lr, count, "OneCycleLR", "values")]
        low, high = (_one_each(value, count, "OneCycleLR", "values") for value in (base_momentum, max_momentum))
        ends = schedules.cycle_ends(total, pct_start, three_phase)
        momenta = [
            schedules.in_phases(ends, [top, bottom, top, *([top] * three_phase)], anneal_strategy)
            for bottom, top in zip(low, high, strict=True)
        ]
        super().__init__(optimizer, rates, momenta if cycle_momentum else None, last_epoch)


def _total(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total_steps is not None:
        return total_steps
    if epochs is None or steps_per_epoch is None:
        raise ValueError(
            "[OneCycleLR] neither total_steps nor epochs with steps_per_epoch were given, wanted the number of steps; "
            "write total_steps=epochs * len(loader)"
        )
    return epochs * steps_per_epoch


class SWALR(LRScheduler):
    """From the rates as they are to `swa_lr` in `anneal_epochs` steps, for stochastic weight averaging.

    Source: P. Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018).
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        targets = _one_each(swa_lr, len(optimizer.param_groups), "SWALR", "values")
        pairs = zip(optimizer.param_groups, targets, strict=True)
        ends = [0.0, float(max(anneal_epochs, 1))]
        self.rates = [schedules.in_phases(ends, [g["lr"], target], anneal_strategy) for g, target in pairs]
        self.skipped = 0 if anneal_epochs else 1
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`."""
        return [float(rate(self.last_epoch + self.skipped)) for rate in self.rates]


class ChainedScheduler:
    """Several schedulers of one optimizer, all of which step at each step."""

    def __init__(self, schedulers: Sequence[LRScheduler]) -> None:
        _check_one_optimizer(schedulers, "ChainedScheduler")
        self.schedulers: list[LRScheduler] = list(schedulers)
        self.optimizer: Optimizer = schedulers[0].optimizer

    def step(self) -> None:
        """Let each scheduler make its step."""
        for scheduler in self.schedulers:
            scheduler.step()

    def get_last_lr(self) -> list[float]:
        """The rates of the groups as they are."""
        return self.schedulers[-1].get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {"schedulers": [scheduler.state_dict() for scheduler in self.schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another one of the same schedulers gave its `state_dict`."""
        for scheduler, state in zip(self.schedulers, state_dict["schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(LRScheduler):
    """One scheduler after another, each begun at its milestone: a warm-up, and what comes after.

    Args:
        optimizer: the one of all schedulers.
        schedulers: in their order.
        milestones: the steps at which the second and later ones begin.
        last_epoch: as of all schedulers.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        _check_one_optimizer(schedulers, "SequentialLR")
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"[SequentialLR] {len(schedulers)} schedulers and {len(milestones)} milestones were given, wanted a "
                "milestone between each two; leave out where the first one begins"
            )
        self.schedulers: list[LRScheduler] = list(schedulers)
        self.milestones: list[int] = list(milestones)
        super().__init__(optimizer, last_epoch)

    def step(self, epoch: float | None = None) -> None:
        """Let the scheduler make its step whose turn it is."""
        self.last_epoch: int | float = self.last_epoch + 1 if epoch is None else int(epoch)
        number = bisect_right(self.milestones, self.last_epoch)
        begin = self.milestones[number - 1] if number else 0
        if self.last_epoch == begin or epoch is not None:
            self.schedulers[number].step(self.last_epoch - begin)
        else:
            self.schedulers[number].step()

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {**super().state_dict(), "schedulers": [scheduler.state_dict() for scheduler in self.schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another one of the same schedulers gave its `state_dict`."""
        rest = {name: value for name, value in state_dict.items() if name != "schedulers"}
        super().load_state_dict(rest)
        for scheduler, state in zip(self.schedulers, state_dict["schedulers"], strict=True):
            scheduler.load_state_dict(state)


class ReduceLROnPlateau:
    """Multiply the rates by a factor when a metric has not become better for some steps.

    Args:
        optimizer: the one whose rates are written.
        mode: ``"min"`` if less is better, or ``"max"``.
        factor: what the rates are multiplied by.
        patience: the steps that may pass without a better metric.
        threshold: what is better by less is not better.
        threshold_mode: whether that is relative, ``"rel"``, or not, ``"abs"``.
        cooldown: the steps after a reduction that do not count.
        min_lr: the lowest rate, or one for each group.
        eps: a change by less is not made.

    >>> import wengert as wg
    >>> optimizer = wg.optim.SGD([wg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = wg.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs") or not 0 < factor < 1:
            raise ValueError(
                f"[ReduceLROnPlateau] mode={mode!r}, threshold_mode={threshold_mode!r}, factor={factor} were given, "
                "wanted 'min' or 'max', 'rel' or 'abs', and a factor between 0 and 1; write mode='min'"
            )
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.eps = eps
        self.min_lrs: list[Any] = _one_each(min_lr, len(optimizer.param_groups), "ReduceLROnPlateau", "values")
        self.best: float = float("inf") if mode == "min" else -float("inf")
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: Any) -> None:
        """Take note of a metric, and reduce the rates if it is time."""
        value = float(metrics)
        self.last_epoch += 1
        self.num_bad_epochs = 0 if self._is_better(value) else self.num_bad_epochs + 1
        self.best = value if self._is_better(value) else self.best
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter: int = self.cooldown
            self.num_bad_epochs: int = 0

    def _is_better(self, value: float) -> bool:
        sign = 1.0 if self.mode == "max" else -1.0
        if self.threshold_mode == "abs" or abs(self.best) == float("inf"):
            return sign * value > sign * self.best + self.threshold
        return sign * value > sign * (self.best * (1 + sign * self.threshold))

    def _reduce(self) -> None:
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            rate = max(float(group["lr"]) * self.factor, lowest)
            if float(group["lr"]) - rate > self.eps:
                group["lr"] = rate

    get_last_lr: Final = LRScheduler.get_last_lr
    state_dict: Final = LRScheduler.state_dict
    load_state_dict: Final = LRScheduler.load_state_dict


def _one_each(value: Any, count: int, name: str, what: str) -> list[Any]:
    """One value for each group."""
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise ValueError(
            f"[{name}] {len(values)} {what} were given, wanted {count}, one for each group; write a list of as many"
        )
    return values


def _check_one_optimizer(schedulers: Sequence[LRScheduler], name: str) -> None:
    if not schedulers or any(each.optimizer is not schedulers[0].optimizer for each in schedulers):
        raise ValueError(
            f"[{name}] the schedulers are of {len({id(each.optimizer) for each in schedulers})} optimizers, wanted "
            "one; write one scheduler after another over the same optimizer"
        )
