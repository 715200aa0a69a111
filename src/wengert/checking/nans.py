"""`trace_nans`: where the first number that is not finite came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ContextDecorator
from typing import Any

import numpy

from ..core.node import Node
from .tracing import Made, Tracer, becomes_non_finite, first_not_finite, has_numbers, nodes_of, raw


class trace_nans(Tracer, ContextDecorator):  # noqa: N801 - a context manager
    """Raise at the first operation that makes NaN or infinity of finite numbers, and name the user's line.

    Use it as ``with trace_nans():`` or as a decorator, around the function *and* its derivative. Values,
    tangents, cotangents and batches are all followed. What counts is the origin: numbers that were not
    finite when you gave them (a mask of ``-inf``, missing data) and what follows from them are let
    through. A value that only a mask hides, such as ``where(x > 0, log(x), 0)`` at 0, is reported: name
    its operation in `ignore`. A cotangent behind a mask is zero, and gives no alarm.

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
    wanted finite numbers; keep the operand of sqrt away from this point before the call, as in \
where(x > 0, x, 1), or write trace_nans(ignore=('sqrt',)) if a mask hides it
    """

    def __init__(self, ignore: Sequence[str] = ()) -> None:
        names = [ignore] if isinstance(ignore, str) else ignore
        if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
            raise TypeError(
                f"[trace_nans] a {type(ignore).__name__} was given, wanted names of operations to ignore; write "
                "trace_nans()(f), or @trace_nans() above the function"
            )
        self.ignore: frozenset[str] = frozenset(names)

    def __enter__(self) -> trace_nans:
        self.derivatives: dict[Node, tuple[Made, tuple[Node, ...]]] = {}
        self.not_finite: set[Node] = set()
        self.quiet = numpy.errstate(all="ignore")
        self.quiet.__enter__()
        return super().__enter__()

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        del self.derivatives, self.not_finite
        self.quiet.__exit__(*exception)

    def _recreate_cm(self) -> trace_nans:
        return type(self)(tuple(self.ignore))

    def performed(self, made: Made) -> None:
        in_a_walk = made.line is None or made.within is not None
        if not in_a_walk and made.is_origin:
            self._report(f"{made.primitive.name} gave {{}}", made, {}, made.result)

    def walked(self, walk: str, made: Made, arrived: Any, left: Any) -> None:
        if walk == "batch":
            self._batched(made, raw(arrived), raw(left))
        elif has_numbers(raw(left)):
            self._derived(walk, made, raw(arrived), raw(left))
        else:
            given = (made.node, *made.node.parents, *nodes_of(arrived))
            for node in nodes_of(left):
                self.derivatives.setdefault(node, (made, given))

    def _derived(self, walk: str, made: Made, arrived: Any, left: Any) -> None:
        """A walk with values took a derivative."""
        nested = bool(self.visiting) and (made.line is None or made.within is not None)
        if not nested and becomes_non_finite((made.operands, arrived), left):
            headline = f"the {DERIVATIVES[walk]} of {made.title} became {{}} in the {walk} walk"
            self._report(headline, made, _carried(walk, made, arrived), left)

    def _batched(self, made: Made, arrived: Any, left: Any) -> None:
        """A batch was evaluated: that of an operation, or of its derivative (of whose steps only the last counts)."""
        source, given = self.derivatives.get(made.node, (None, ()))
        if made.within is None and first_not_finite((arrived, left)) is not None:
            if becomes_non_finite(arrived, left):
                headline = f"{made.primitive.name} gave {{}} in a batch"
                self._report(headline, made, _carried("batch", made, arrived), left)
            self.not_finite.add(made.node)
        elif source is not None and first_not_finite(left) is not None:
            if self.not_finite.isdisjoint(given):
                self._report(
                    f"the derivative of {source.title} became {{}} in a batch", source, {"derivative": left}, left
                )
            self.not_finite.add(made.node)

    def _report(self, headline: str, made: Made, carried: dict[str, Any], result: Any) -> None:
        """Raise, unless the operation is to be ignored."""
        if self.ignore.isdisjoint((made.primitive.name, made.within)):
            raise FloatingPointError(message(headline.format(describe(first_not_finite(result))), made, carried))


DERIVATIVES = {"forward": "tangent", "backward": "derivative"}


def _carried(walk: str, made: Made, arrived: Any) -> dict[str, Any]:
    """What a walk brought to a node, by name."""
    if walk == "backward":
        return {"cotangent": arrived}
    kind = "tangent" if walk == "forward" else "batch"
    return {f"{kind} of {n}": a for n, a in zip(made.operand_names(), arrived, strict=False) if a is not None}


BEFORE = "open the block before it, so that its line is known and compiled functions are opened"


def message(headline: str, made: Made, carried: dict[str, Any]) -> str:
    """The whole text: what happened, at which numbers, where, and what to do."""
    from ..explaining.text import short

    shown = {n: o for n, o in zip(made.operand_names(), made.operands, strict=False) if has_numbers(o)}
    if carried and has_numbers(made.result):
        shown["result"] = made.result
    name = made.within or made.primitive.name
    place = f"called at {made.line}" if made.line else "called before the block was opened"
    opened = "" if made.line else f"{BEFORE}; "
    lines = [
        f"[trace_nans] {headline}",
        *(f"    {n} = {short(v)}" for n, v in (shown | carried).items()),
        f"    {place}",
        f"wanted finite numbers; {opened}keep the operand of {name} away from this point before the call, as in "
        f"where(x > 0, x, 1), or write trace_nans(ignore=({name!r},)) if a mask hides it",
    ]
    return "\n".join(lines)


def describe(found: tuple[numpy.ndarray, tuple[int, ...]] | None) -> str:
    """``-inf`` or ``nan at element [2, 0]``."""
    assert found is not None
    array, index = found
    return f"{array[index]}" + (f" at element {list(index)}" if index else "")
