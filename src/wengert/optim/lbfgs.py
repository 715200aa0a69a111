"""L-BFGS: Newton's direction by the changes of the gradient in the last steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from .line_search import Point, strong_wolfe
from .optimizer import Optimizer, Parameters

SMALLEST_CURVATURE = 1e-10


def two_loop(gradient: Any, steps: Sequence[Any], changes: Sequence[Any]) -> Any:
    r"""The direction :math:`-H g`, where :math:`H` is the inverse Hessian that the last steps tell of.

    Source: J. Nocedal, "Updating quasi-Newton matrices with limited storage" (1980); J. Nocedal, S. J. Wright,
    "Numerical optimization" (2006), algorithm 7.4, with the scaling of equation 7.20.

    Args:
        gradient: a vector.
        steps: how the parameters changed in each of the last steps, the oldest first.
        changes: how the gradient did.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.optim.two_loop(np.array([4.0, 0.0]), [np.array([1.0, 0.0])], [np.array([2.0, 0.0])])
    tensor([-2.,  0.])
    """
    direction, weights = -gradient, []
    pairs = list(zip(steps, changes, strict=True))
    for step, change in reversed(pairs):
        weights.append((step @ direction) / (change @ step))
        direction = direction - weights[-1] * change
    if pairs:
        step, change = pairs[-1]
        direction = direction * ((change @ step) / (change @ change))
    for (step, change), weight in zip(pairs, reversed(weights), strict=True):
        direction = direction + (weight - (change @ direction) / (change @ step)) * step
    return direction


class LBFGS(Optimizer):
    """Limited-memory BFGS, for losses that are the same at each evaluation; one group of parameters.

    Each call of ``step(closure)`` makes up to `max_iter` iterations. The closure computes the loss and its gradients;
    it may be compiled by `wengert.jit`.

    Args:
        params: the parameters.
        lr: the step that is tried first.
        max_iter: iterations in a call.
        max_eval: evaluations in a call; ``5 / 4 * max_iter`` by default.
        tolerance_grad: it ends where no element of the gradient is larger.
        tolerance_change: it ends where parameters or loss change by less.
        history_size: how many steps are remembered.
        line_search_fn: ``"strong_wolfe"``, or ``None`` for steps of length `lr`.

    >>> import wengert as wg, wengert.numpy as np
    >>> x = wg.tensor([-1.2, 1.0], requires_grad=True)
    >>> optimizer = wg.optim.LBFGS([x], max_iter=50, line_search_fn="strong_wolfe")
    >>> @wg.jit
    ... def closure():
    ...     optimizer.zero_grad()
    ...     loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    ...     loss.backward()
    ...     return loss
    >>> _ = optimizer.step(closure)
    >>> x.detach().round(3)
    tensor([1., 1.])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if line_search_fn not in (None, "strong_wolfe"):
            raise ValueError(
                f"[LBFGS] line_search_fn is {line_search_fn!r}, wanted 'strong_wolfe' or None; write "
                "line_search_fn='strong_wolfe'"
            )
        hyperparameters = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, hyperparameters)
        if len(self.param_groups) > 1:
            raise ValueError(
                f"[LBFGS] {len(self.param_groups)} groups of parameters were given, wanted one, since the direction is "
                "of all parameters; write a list of tensors"
            )
        self.memory: dict[str, Any] = {"iterations": 0, "steps": [], "changes": [], "gradient": None, "step": None}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Iterate until a tolerance is met, or for `max_iter` iterations.

        Returns:
            The loss before the first.
        """
        if closure is None:
            raise TypeError(
                "[LBFGS] no closure was given, wanted a function that computes the loss and its gradients; write "
                "optimizer.step(closure)"
            )
        group = self.param_groups[0]
        search = _Search(group["params"], closure)
        loss, gradient = search.evaluate()
        first_loss = loss
        for turn in range(1, group["max_iter"] + 1):
            if _largest(gradient) <= group["tolerance_grad"]:
                break
            before = loss
            direction = self._direction(gradient, group["history_size"])
            slope = float(gradient @ direction)
            if slope > -group["tolerance_change"]:
                break
            length = self._first_step(gradient, group["lr"])
            if turn == group["max_iter"] and group["line_search_fn"] is None:
                self.memory["step"] = length * direction
                search.move(self.memory["step"])
                break
            loss, gradient, length = search.go(direction, Point(0.0, loss, gradient, slope), length, group)
            self.memory["step"] = length * direction
            if search.evaluations >= group["max_eval"]:
                break
            moved = _largest(direction) * abs(length)
            if moved <= group["tolerance_change"] or abs(loss - before) < group["tolerance_change"]:
                break
        return np.asarray(first_loss)

    def _direction(self, gradient: Any, history_size: int) -> Any:
        """The direction of an iteration, with what was learned in the one before."""
        memory = self.memory
        if memory["step"] is not None:
            change = gradient - memory["gradient"]
            if float(change @ memory["step"]) > SMALLEST_CURVATURE:
                memory["steps"] = [*memory["steps"], memory["step"]][-history_size:]
                memory["changes"] = [*memory["changes"], change][-history_size:]
        memory["iterations"] += 1
        memory["gradient"] = gradient
        return two_loop(gradient, memory["steps"], memory["changes"])

    def _first_step(self, gradient: Any, lr: float) -> float:
        """How far to go first: not far before anything is known of the curvature."""
        return lr if self.memory["iterations"] > 1 else min(1.0, 1.0 / float(np.sum(np.abs(gradient)))) * lr

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that is needed to go on."""
        return {**super().state_dict(), "memory": wg.trees.map(lambda leaf: leaf, self.memory)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another one of the same parameters gave its `state_dict`."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "memory"})
        self.memory = dict(state_dict["memory"])


class _Search:
    """The loss along directions from where the parameters are."""

    def __init__(self, params: list[Any], closure: Callable[[], Any]) -> None:
        self.params, self.closure = params, closure
        self.evaluations = 0

    def evaluate(self) -> tuple[float, Any]:
        """The loss where the parameters are, and its gradient as one vector."""
        self.evaluations += 1
        with wg.enable_grad():
            loss = np.asarray(self.closure()).detach().item()
        return loss, _flat(np.zeros_like(p) if p.grad is None else p.grad for p in self.params)

    def go(self, direction: Any, start: Point, first: float, group: dict[str, Any]) -> tuple[float, Any, float]:
        """Move the parameters along a direction; the loss and gradient there, and how far it is."""
        origin = self._flat_parameters()

        def at(step: float) -> Point:
            self._write(origin + step * direction)
            value, gradient = self.evaluate()
            return Point(step, value, gradient, float(gradient @ direction))

        if group["line_search_fn"] is None:
            point = at(first)
        else:
            most = group["max_eval"] - self.evaluations
            point = strong_wolfe(at, start, first, _largest(direction), group["tolerance_change"], most)
            self._write(origin + point.step * direction)
        return point.value, point.gradient, point.step

    def move(self, step: Any) -> None:
        """Move the parameters, and leave it to the next call to see what the loss is there."""
        self._write(self._flat_parameters() + step)

    def _flat_parameters(self) -> Any:
        return _flat(p.detach() for p in self.params)

    def _write(self, flat: Any) -> None:
        begin = 0
        with wg.no_grad():
            for p in self.params:
                p.copy_(flat[begin : begin + p.size].reshape(p.shape).astype(p.dtype))
                begin += p.size


def _flat(tensors: Iterable[Any]) -> Any:
    """All elements as one vector."""
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def _largest(vector: Any) -> float:
    return float(np.max(np.abs(vector)))
