"""Hooks that see what derivatives come to a module and leave it."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor

__all__ = ["BackwardHook"]


class BackwardHook:
    """A function that is called with the derivatives of a module's inputs and results, until it is removed.

    Inputs are copied before they enter the module, so that what is seen of them is what came through it.
    """

    def __init__(self, module: Any, hook: Any) -> None:
        self._hook = hook
        self._before = module.register_forward_pre_hook(self._enter)
        self._after = module.register_forward_hook(self._leave)

    def _enter(self, module: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self._pass = _Pass(module, self._hook, [each for each in args if isinstance(each, Tensor)])
        inside = iter(self._pass.inside)
        return tuple(next(inside) if isinstance(each, Tensor) else each for each in args)

    def _leave(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        self._pass.follow(output if isinstance(output, tuple) else (output,))

    def remove(self) -> None:
        """Call it no longer."""
        self._before.remove()
        self._after.remove()


class _Pass:
    """One run of a module: the derivatives that have come back so far."""

    def __init__(self, module: Any, hook: Any, inputs: list[Tensor]) -> None:
        self.module, self.hook = module, hook
        self.inside = [each.clone() if each.requires_grad else each for each in inputs]
        self.of_inputs: list[Any] = [None] * len(inputs)
        self.waiting = sum(each.requires_grad for each in inputs)

    def follow(self, outputs: tuple[Any, ...]) -> None:
        """Look at the derivatives of results, and of inputs that have some."""
        self.of_outputs: list[Any] = [None] * len(outputs)
        for place, each in enumerate(outputs):
            if isinstance(each, Tensor) and each.requires_grad:
                each.register_hook(lambda gradient, place=place: self.come(gradient, place))
        for place, each in enumerate(self.inside):
            if each.requires_grad:
                each.register_hook(lambda gradient, place=place: self.go(gradient, place))

    def come(self, gradient: Tensor, place: int) -> None:
        """A derivative of a result has come."""
        self.of_outputs[place] = gradient
        if not self.waiting:
            self.hook(self.module, tuple(self.of_inputs), tuple(self.of_outputs))

    def go(self, gradient: Tensor, place: int) -> Any:
        """A derivative of an input goes on; after the last one the hook is called."""
        self.of_inputs[place] = gradient
        self.waiting -= 1
        if self.waiting:
            return None
        replaced = self.hook(self.module, tuple(self.of_inputs), tuple(self.of_outputs))
        return None if replaced is None else replaced[place]
