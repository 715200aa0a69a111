"""Where functions say under which names users find them: of the package, of tensors, and as methods that write."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["FUNCTIONS", "METHODS", "WRITING", "function", "method", "offer", "writing"]

F = TypeVar("F", bound=Callable[..., Any])

FUNCTIONS: dict[str, Any] = {}
"""What `wengert.torch` has, by name."""

METHODS: dict[str, Any] = {}
"""What a tensor has beside what its class says, by name; the tensor is the first argument."""

WRITING: dict[str, Any] = {}
"""Methods whose names end with an underscore: they write their result to the tensor."""


def offer(f: F, *names: str, function: bool = True, method: bool = True, writes: bool = False) -> F:
    """Let users find a function under these names.

    Args:
        f: a function, with the tensor as first argument where it is a method.
        names: its own name if none is given.
        function: as ``torch.name(x)``.
        method: as ``x.name()``.
        writes: also as ``x.name_()``, which writes the result to x.
    """
    f = _taking_numpys_names(f)
    for name in names or (f.__name__,):
        if function:
            FUNCTIONS[name] = f
        if method:
            METHODS[name] = f
        if writes:
            WRITING[f"{name}_"] = writing(f, f"{name}_")
    return f


OF_NUMPY = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input"}
"""What NumPy calls arguments, which PyTorch takes too."""


def _taking_numpys_names(f: F) -> F:
    """A function of axes that may be told of them by NumPy's names."""
    code = getattr(f, "__code__", None)
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code is not None else ()
    if "dim" not in known:
        return f
    parameters = frozenset(known)

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not parameters >= kwargs.keys():
            kwargs = {OF_NUMPY.get(name, name): value for name, value in kwargs.items()}
        return f(*args, **kwargs)

    return call  # type: ignore[return-value]


def function(f: F) -> F:
    """Decorate a function of the package that is no method."""
    return offer(f, method=False)


def method(f: F) -> F:
    """Decorate a method that is no function of the package."""
    return offer(f, function=False)


def writing(f: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The method that writes what a function gives to the tensor itself."""

    @wraps(f)
    def write(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.copy_(f(self, *args, **kwargs))

    write.__name__ = name
    write.__doc__ = f"``x.{name[:-1]}(...)``, written to x itself."
    return write
