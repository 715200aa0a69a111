"""`trace_nans`: where the first number that is not finite came from."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ContextDecorator
from typing import Any

import numpy

from .tracing import Made, Tracer, becomes_non_finite, first_not_finite, has_numbers, raw

PHASES = {
    "forward": "the tangent of {name} became {what}",
    "backward": "the derivative of {name} became {what} in the backward walk",
    "batch": "{name} gave {what} for an example of the batch",
}


class trace_nans(Tracer, ContextDecorator):  # noqa: N801 - a context manager
    """Raise at the first operation that makes NaN or infinity of finite numbers, and name the user's line.

    Use it as ``with trace_nans():`` or as a decorator, around the function *and* its derivative. Values,
    tangents, cotangents and batches are all followed. What counts is the origin: numbers that were not
    finite when you gave them (a mask of ``-inf``, missing data) and what follows from them are let
    through, and so is a factor that is infinite behind a mask, since it meets a zero. A *value* that only
    a mask hides, such as ``where(x > 0, log(x), 0)`` at 0, is reported: name it in `ignore`.

    Only the thread that opens the block is followed. All values in it are kept until it ends.

    Args:
        ignore: names of operations that may give NaN and infinity, as the message writes them.

    Raises:
        FloatingPointError: in the block, at the first such operation. The message has its name, its
            operands and the line that called it; for a derivative, the line of the operation itself.

    >>> import wengert as wg, wengert.numpy as np
    >>> with wg.trace_nans():
    ...     wg.grad(lambda x: np.sqrt(x) * 2)(0.0)
    Traceback (most recent call last):
    FloatingPointError: [trace_nans] the derivative of sqrt became inf in the backward walk
        x = 0
        result = 0
        cotangent = 2
        called at <doctest wengert.checking.nans.trace_nans[1]>:2, in <lambda>: wg.grad(lambda x: np.sqrt(x) * 2)(0.0)
    wanted finite numbers; move the operand of sqrt to where it has a derivative before the call, \
as in where(x > 0, x, 1), or write trace_nans(ignore=('sqrt',)) if a mask hides it
    """

    def __init__(self, ignore: Sequence[str] = ()) -> None:
        self.ignore = frozenset([ignore] if isinstance(ignore, str) else ignore)

    def __enter__(self) -> trace_nans:
        self.quiet = numpy.errstate(all="ignore")
        self.quiet.__enter__()
        return super().__enter__()

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        self.quiet.__exit__(*exception)

    def _recreate_cm(self) -> trace_nans:
        return type(self)(tuple(self.ignore))

    def performed(self, made: Made) -> None:
        in_a_walk = made.line is None or made.within is not None
        if not in_a_walk and made.is_origin and made.primitive.name not in self.ignore:
            what = describe(first_not_finite(made.result))
            raise FloatingPointError(message(f"{made.primitive.name} gave {what}", made, {}))

    def walked(self, walk: str, made: Made, arrived: Any, left: Any) -> None:
        if self.visiting and (made.line is None or made.within is not None):
            return
        arrived, left = raw(arrived), raw(tuple(left) if isinstance(left, list) else left)
        if made.primitive.name not in self.ignore and becomes_non_finite((made.operands, arrived), left):
            headline = PHASES[walk].format(name=made.primitive.name, what=describe(first_not_finite(left)))
            raise FloatingPointError(message(headline, made, _carried(walk, made, arrived)))


def _carried(walk: str, made: Made, arrived: Any) -> dict[str, Any]:
    """What a walk brought to a node, by name."""
    if walk == "backward":
        return {"cotangent": arrived}
    names = made.operand_names()
    if walk == "batch":
        return {f"batch of {n}": a for n, a in zip(names, arrived, strict=False)}
    return {f"tangent of {n}": a for n, a in zip(names, arrived, strict=False) if a is not None}


def message(headline: str, made: Made, carried: dict[str, Any]) -> str:
    """The whole text: what happened, at which numbers, where, and what to do."""
    from ..explaining.text import short

    name = made.primitive.name
    shown = {n: o for n, o in zip(made.operand_names(), made.operands, strict=False) if has_numbers(o)}
    if carried and has_numbers(made.result):
        shown["result"] = made.result
    shown |= carried
    inside = f"in the derivative of {made.within}, which was called" if made.within else "called"
    place = f"{inside} at {made.line}" if made.line else "called before the block was opened"
    task = "it has a derivative" if "batch of" not in headline and carried else "it is finite"
    return (
        f"[trace_nans] {headline}\n"
        + "".join(f"    {n} = {short(v)}\n" for n, v in shown.items())
        + f"    {place}\n"
        + f"wanted finite numbers; move the operand of {name} to where {task} before the call, as in "
        f"where(x > 0, x, 1), or write trace_nans(ignore=({name!r},)) if a mask hides it"
    )


def describe(found: tuple[numpy.ndarray, tuple[int, ...]] | None) -> str:
    """``-inf`` or ``nan at element [2, 0]``."""
    assert found is not None
    array, index = found
    return f"{array[index]}" + (f" at element {list(index)}" if index else "")
