"""``torch.optim.swa_utils``: averages of parameters over the steps of a training."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import wengert as wg

from ..creation import tensor
from ..dtypes import DTYPES
from ..nn.module import Module

__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]  # fmt: skip

SWALR = wg.optim.lr_scheduler.SWALR
update_bn: Final = wg.optim.update_bn

Average = Callable[[Any, Any, Any], Any]


def get_swa_avg_fn() -> Average:
    """The mean of all steps: of the average before, a parameter, and how many are in the average."""
    return lambda averaged, current, count: averaged + (current - averaged) / (count + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """An exponentially moving average."""
    return lambda averaged, current, count: decay * averaged + (1 - decay) * current


def _of_all(average: Average) -> Callable[[Any, Any, Any], None]:
    def write(averaged: Any, current: Any, count: Any) -> None:
        for one, other in zip(averaged, current, strict=True):
            one.copy_(average(one, other, count))

    return write


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """The mean of all steps, written to a list of parameters."""
    return _of_all(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """An exponentially moving average, written to a list of parameters."""
    return _of_all(get_ema_avg_fn(decay))


class AveragedModel(Module):
    """A model whose parameters are averages of those of another.

    Args:
        model: the other.
        avg_fn: from an average, a parameter and a count the next average; the mean of all by default.
        multi_avg_fn: what writes all averages at once.
        use_buffers: average buffers too, which are copied otherwise.

    Source: P. Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018).
    """

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Any = None, multi_avg_fn: Any = None, use_buffers: bool = False
    ) -> None:
        super().__init__()
        self.module: Module = deepcopy(model)
        self.register_buffer("n_averaged", tensor(0, dtype=DTYPES["int64"]))
        self.use_buffers = use_buffers
        self._write = multi_avg_fn or _of_all(avg_fn or get_swa_avg_fn())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of a model into the averages."""
        with wg.no_grad():
            own, others = self._averaged(self.module), self._averaged(model)
            if self.n_averaged == 0:
                self._copy(own, others)
            else:
                self._write(own, others, self.n_averaged)
            if not self.use_buffers:
                self._copy(list(self.module.buffers()), list(model.buffers()))
            self.n_averaged += 1

    def _averaged(self, model: Module) -> list[Any]:
        return [*model.parameters(), *(model.buffers() if self.use_buffers else ())]

    def _copy(self, own: list[Any], others: list[Any]) -> None:
        for one, other in zip(own, others, strict=True):
            one.copy_(other)
