"""Seeing values while a program runs, compiled or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from .core.abstract import TRANSPOSE, Abstract, NoValueError
from .core.python.source import at_line
from .core.python.trees import flatten, unflatten
from .core.state import no_grad, state
from .core.tensor import Tensor
from .ops.printing import Call, Layout, printed

_count = Tensor(numpy.asarray(0))
"""The number of lines printed: state, which compiled functions read and write in order, in loops and branches too."""

__all__ = ["callback", "print"]


def print(template: Any, /, *args: Any, **kwargs: Any) -> None:
    """Print a line at each call, with the values that tensors have then, also in a compiled function.

    Python's own ``print`` runs once where a function is recorded, on tensors without a value. A loop that prints runs
    operation by operation, and a call that turns out to take another path than the last one may print a line twice.

    Args:
        template: text with braces, as of ``str.format``; or the first of several values, which are printed side by
            side.
        args: what fills it by position.
        kwargs: what fills it by name.

    Raises:
        NoValueError: in `vmap`, where there is one list for all examples, or where a body is recorded without `jit`.
        ValueError: the values do not fit the template.

    >>> import wengert as wg
    >>> @wg.jit
    ... def f(x):
    ...     wg.debug.print("x = {:.2f}", x)
    ...     return x * x
    >>> f(1.5), f(2.5)
    x = 1.50
    x = 2.50
    (tensor(2.25), tensor(6.25))
    """
    if not isinstance(template, str):
        template, args = " ".join(["{}"] * (len(args) + 1)), (template, *args)
    given = {**dict(enumerate(args)), **kwargs}
    tensors = {place: value for place, value in given.items() if type(value) is Tensor}
    _check_values("print", "a line was to be printed", tensors.values())
    layout = Layout(template, args, kwargs, tuple(tensors))
    _check_line(layout, tensors.values())
    _tell(tensors.values(), layout)


def callback(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Call a function of Python at each call, with the values that tensors have then, also in a compiled function.

    It is for what is seen or written down: what it returns is dropped, and no derivative goes through it. As with
    `print`, a loop that calls back runs operation by operation, and calls keep their order.

    Args:
        function: it is given NumPy's arrays in place of tensors.
        args: its arguments: tensors, nestings of tensors, and other values.
        kwargs: likewise, by name.

    Raises:
        NoValueError: in `vmap`, where there is one list for all examples, or where a body is recorded without `jit`.

    >>> import wengert as wg
    >>> seen = []
    >>> @wg.jit
    ... def f(x):
    ...     wg.debug.callback(lambda value: seen.append(value.item()), x)
    ...     return x * x
    >>> f(1.5), f(2.5), seen
    (tensor(2.25), tensor(6.25), [1.5, 2.5])
    """
    leaves, structure = flatten((args, kwargs))
    tensors = {place: leaf for place, leaf in enumerate(leaves) if type(leaf) is Tensor}
    _check_values("callback", f"{function!r} was to be called", tensors.values())

    def call(values: Sequence[Any]) -> None:
        positional, named = unflatten(structure, values)
        function(*positional, **named)

    _tell(tensors.values(), Call(call, tuple(leaves), tuple(tensors)))


def _tell(tensors: Iterable[Tensor], layout: Layout | Call) -> None:
    with no_grad():
        _count.copy_(printed(_count, *tensors, layout=layout)[0])


def _check_values(op: str, what: str, tensors: Iterable[Tensor]) -> None:
    """Refuse tensors that get no value where they are told."""
    recordings = [t._value.recording for t in tensors if type(t._value) is Abstract and t._value.recording is not None]
    nameless = next((r.name for r in recordings if state.recorder is None or r.name == TRANSPOSE), None)
    name = "vmap" if state.batches else nameless
    if name is not None:
        raise NoValueError(
            f"[debug.{op}] {what} inside {name}, where tensors have no value yet, wanted a place where they have one; "
            f"return them from the function, and {op} after {name}{at_line()}"
        )


def _check_line(layout: Layout, tensors: Iterable[Tensor]) -> None:
    """Refuse a template that the values do not fit."""
    try:
        layout.line([numpy.zeros(tensor.shape, tensor.dtype) for tensor in tensors])
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise ValueError(
            f"[debug.print] the template {layout.template!r} does not fit the values ({error}), wanted braces for "
            "each, as of str.format, and a format such as .3f for scalars only; write wg.debug.print('x = {}', x)"
        ) from error
