"""What a layer says of an input that does not fit, with the way to the layer."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from ..names import check_keywords

if TYPE_CHECKING:
    from .module import Module

__all__ = ["LayerError", "UnmadeError"]


class UnmadeError(RuntimeError):
    """The parameters of a lazy layer were asked for before it met an input."""


class LayerError(ValueError):
    """An input does not fit a layer; the message begins with the path of the layer in the outermost module called.

    Attributes:
        module: the outermost module that the error has passed so far.
        path: the way from it to the layer, ``"encoder.layers.2.linear1"``.

    >>> import wengert as wg, wengert.numpy as np
    >>> net = wg.nn.Sequential(wg.nn.Linear(3, 4), wg.nn.Linear(5, 2))
    >>> net(np.ones((1, 3)))
    Traceback (most recent call last):
    wengert.nn.errors.LayerError: [1] got 4 features, wanted 5 (in_features of Linear), in an input of shape (1, 4);
    write in_features=4 where it is made, or give the layer x of shape (..., 5)
    """

    def __init__(self, module: Module, said: str) -> None:
        super().__init__(said)
        self.module: Module = module
        self.path: str = ""

    def passes(self, outer: Module) -> LayerError:
        """The error, on its way through a module that called another."""
        for name, module in outer.named_modules():
            if module is self.module and name:
                self.path = f"{name}.{self.path}" if self.path else name
                self.module = outer
                break
        return self

    def __str__(self) -> str:
        return f"[{self.path or type(self.module).__name__}] {self.args[0]}"


def check_features(module: Module, x: Any, wanted: int, name: str, axis: int = -1) -> None:
    """Refuse an input whose axis has not the length that the layer was made for.

    Raises:
        LayerError: it has another, or there is no such axis.
    """
    shape = x.shape
    if -len(shape) <= axis < len(shape) and shape[axis] == wanted:
        return
    kind, got, advice = type(module).__name__, f"got {len(shape)} axes", ""
    if -len(shape) <= axis < len(shape):
        got, advice = f"got {shape[axis]} features", f"{name}={shape[axis]} where it is made, or "
    raise LayerError(
        module,
        f"{got}, wanted {wanted} ({name} of {kind}), in an input of shape {tuple(shape)}; write "
        f"{advice}give the layer x of shape {_wanted_shape(wanted, axis)}",
    )


def _wanted_shape(wanted: int, axis: int) -> str:
    return f"(..., {wanted})" if axis == -1 else f"(..., {wanted}{', length' * (-1 - axis)})"


def check_arguments(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse keywords that a module does not know, and what is no whole number where the layers here want one.

    Raises:
        TypeError: there is one.
    """
    init: Any = cls.__init__
    check_keywords(cls.__name__, init, kwargs)
    if not init.__module__.startswith(HOME):
        return
    names = init.__code__.co_varnames[1 : init.__code__.co_argcount]
    for name, value in chain(zip(names, args, strict=False), kwargs.items()):
        if init.__annotations__.get(name) == "int" and not hasattr(value, "__index__"):
            raise TypeError(
                f"[{cls.__name__}] {name}={value!r} was given, wanted a whole number; write {name}=int({value!r})"
            )


HOME = __name__.rpartition(".")[0]


def wrong(op: str, given: str, wanted: str, advice: str) -> ValueError:
    """The error that something else was given than was wanted."""
    return ValueError(f"[{op}] {given} was given, wanted {wanted}; {advice}")
