"""`Function`: operations whose backward pass a user writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face, behind

from ..tensor import Tensor, of

__all__ = ["Context", "Function", "once_differentiable"]


class Context:
    """What a forward pass leaves for its backward pass, which is called ``ctx`` there.

    Attributes:
        needs_input_grad: for each argument whether its derivative is asked for.
    """

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._now: dict[int, Tensor] = {}
        self._without: set[int] = set()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors: arguments and results can then be differentiated once more."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was kept."""
        return tuple(self._now.get(id(each), each) for each in self._saved)

    def mark_non_differentiable(self, *results: Any) -> None:
        """Results that have no derivative."""
        self._without.update(map(id, results))

    def mark_dirty(self, *arguments: Any) -> None:
        """Arguments that the forward pass wrote to, of which the engine knows."""

    def set_materialize_grads(self, value: bool) -> None:
        """Cotangents that nobody gave are zeros here in any case."""


class Function:
    """An operation with a backward pass of one's own: ``forward(ctx, *args)`` and ``backward(ctx, *cotangents)``.

    It may also be written with ``forward(*args)`` and ``setup_context(ctx, inputs, output)``.

    >>> from wengert import torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, cotangent):
    ...         (x,) = ctx.saved_tensors
    ...         return cotangent * 3 * x**2
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """What is computed; each class writes its own."""
        raise NotImplementedError(
            "[Function] the class has no forward, wanted what is computed; write @staticmethod def forward(ctx, x): ..."
        )

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """The derivative of each argument; each class writes its own."""
        raise NotImplementedError(
            "[Function] the class has no backward, wanted the cotangents of its arguments; write @staticmethod "
            "def backward(ctx, cotangent): ..."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """The result for arguments."""
        call = _Call(cls, args)
        found = wg.custom_derivative(call.forward, vjp=call.backward)(*call.tensors)
        return call.seen(found)


class _Call:
    """One call of a function: its arguments, context, and the form of its result."""

    def __init__(self, kind: type[Function], args: tuple[Any, ...]) -> None:
        self.kind, self.args, self.context = kind, args, Context()
        self.places = [place for place, each in enumerate(args) if isinstance(each, Face)]
        self.tensors = [args[place]._tensor for place in self.places]
        self.context.needs_input_grad = tuple(isinstance(each, Tensor) and each.requires_grad for each in args)
        self.is_single, self.results, self.inputs = True, (), ()

    def forward(self, *tensors: Any) -> Any:
        """The results as tensors of the engine."""
        given = list(self.args)
        for place, tensor in zip(self.places, tensors, strict=True):
            given[place] = of(tensor)
        self.inputs = tuple(given)
        result = self._run(given)
        self.is_single = not isinstance(result, tuple)
        self.results = (result,) if self.is_single else result
        return tuple(behind(each) for each in self.results)

    def _run(self, given: list[Any]) -> Any:
        if "setup_context" not in dir(self.kind):
            return self.kind.forward(self.context, *given)
        result = self.kind.forward(*given)
        self.kind.setup_context(self.context, tuple(given), result)  # type: ignore[attr-defined]
        return result

    def backward(self, primals: Any, out: Any, cotangents: Any) -> tuple[Any, ...]:
        """The cotangents of the tensors among the arguments."""
        for place, primal in zip(self.places, primals, strict=True):
            given = self.args[place]
            is_leaf = given.is_leaf and given.requires_grad  # what a module computes from has to be found again
            self.context._now[id(self.inputs[place])] = given if is_leaf else of(primal)
        for result, value in zip(self.results, out, strict=True):
            if isinstance(result, Face):
                self.context._now[id(result)] = of(value)
        found = self.kind.backward(self.context, *map(of, cotangents))
        listed = found if isinstance(found, tuple) else (found,)
        _check_count(self.kind, listed, self.args)
        pairs = ((listed[place], primal) for place, primal in zip(self.places, primals, strict=True))
        return tuple(np.zeros_like(primal) if given is None else behind(given) for given, primal in pairs)

    def seen(self, found: Any) -> Any:
        """The results as users see them."""
        without = self.context._without
        faces = tuple(
            of(value.detach() if id(result) in without else value)
            for result, value in zip(self.results, found, strict=True)
        )
        return faces[0] if self.is_single else faces


def _check_count(kind: type[Function], found: tuple[Any, ...], args: tuple[Any, ...]) -> None:
    if len(found) != len(args):
        raise RuntimeError(
            f"[{kind.__name__}] backward gave {len(found)} cotangents, wanted {len(args)}, one for each argument of "
            "forward; write None for those that are no tensors"
        )


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward pass that cannot itself be differentiated."""

    @wraps(backward)
    def call(ctx: Any, *cotangents: Any) -> Any:
        with wg.no_grad():
            return backward(ctx, *cotangents)

    return call
