"""Averages of parameters over the steps of a training, which often generalise better than the last ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import wengert as wg
import wengert.numpy as np


class Average:
    r"""An average of parameters: of all steps alike, or exponentially moving.

    .. math:: a_n = a_{n-1} + \frac{p - a_{n-1}}{n + 1} \quad\text{or}\quad a_n = \beta a_{n-1} + (1 - \beta) p

    Source: P. Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018), for the
    first; B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging" (1992).

    Args:
        params: the parameters that are trained.
        decay: :math:`\beta`; ``None`` for the mean.

    Attributes:
        params: the averages, in the order of the parameters.

    >>> import wengert as wg
    >>> x = wg.tensor(1.0, requires_grad=True)
    >>> average = wg.optim.Average([x])
    >>> for value in (1.0, 3.0):
    ...     with wg.no_grad():
    ...         _ = x.copy_(value)
    ...     average.update()
    >>> with average.applied():
    ...     print(x.detach())
    tensor(2.)
    >>> x.detach()
    tensor(3.)
    """

    def __init__(self, params: Iterable[Any], decay: float | None = None) -> None:
        self.trained: list[Any] = list(params)
        if not self.trained:
            raise ValueError("[Average] there are no parameters, wanted some to average; write net.parameters()")
        if decay is not None and not 0 <= decay <= 1:
            raise ValueError(f"[Average] decay is {decay}, wanted a number from 0 to 1; write decay=0.999")
        self.decay = decay
        self.params: list[wg.Tensor] = [np.array(p.detach()) for p in self.trained]
        self.count: wg.Tensor = np.zeros((), np.int64)

    @wg.jit
    def update(self) -> None:
        """Take the parameters as they are into the average: after each step, or each epoch."""
        with wg.no_grad():
            kept = self.count / (self.count + 1) if self.decay is None else np.where(self.count > 0, self.decay, 0.0)
            for average, p in zip(self.params, self.trained, strict=True):
                weight = kept.astype(np.real(average).dtype)
                average.copy_(weight * average + (1 - weight) * p)
            self.count.copy_(self.count + 1)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within it, the parameters are the averages."""
        before = [np.array(p.detach()) for p in self.trained]
        self._write(self.params)
        try:
            yield
        finally:
            self._write(before)

    def _write(self, values: list[Any]) -> None:
        with wg.no_grad():
            for p, value in zip(self.trained, values, strict=True):
                p.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """A copy of the averages and of how many steps are in them."""
        return {"count": np.array(self.count), "params": [np.array(average) for average in self.params]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what another one gave as its `state_dict`."""
        self.count.copy_(np.asarray(state_dict["count"]))
        for average, value in zip(self.params, state_dict["params"], strict=True):
            average.copy_(np.asarray(value))


def update_bn(loader: Iterable[Any], model: Any) -> None:
    """Let the running statistics of batch normalisation be those of some batches, for parameters that are averages.

    Args:
        loader: batches; of tuples and lists the first part is what the model takes.
        model: a module; it is left in the mode that it was in.

    >>> import wengert as wg, wengert.numpy as np
    >>> norm = wg.nn.BatchNorm1d(1)
    >>> wg.optim.update_bn([np.array([[1.0], [3.0]]), np.array([[5.0], [7.0]])], norm)
    >>> norm.running_mean
    tensor([4.], dtype=float32)
    """
    norms = [module for module in model.modules() if hasattr(module, "reset_running_stats")]
    momenta, was_training = [norm.momentum for norm in norms], model.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
    model.train()
    with wg.no_grad():
        for batch in loader:
            model(batch[0] if isinstance(batch, (tuple, list)) else batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(was_training)
