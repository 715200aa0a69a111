"""Products of complex numbers along axes, one after the other: loops that carry both parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .....control.loop_api import scan as loop
from .....core.graph import GraphNode
from .....ops import elementwise as e
from .....ops.indexing import gather as g
from .....ops.shape import reshape, transpose
from ..inlining import inlined
from .number import Complex
from .operands import dtype_of_parts, in_dtype, parts_of


def _made(node: GraphNode, operands: Sequence[Any], function: Callable[..., Complex]) -> Complex:
    """A function of complex numbers, in the dtype of the result."""
    dtype = dtype_of_parts(node)
    given = [in_dtype(part, dtype) for o in operands for part in (parts_of(o).real, parts_of(o).imag)]

    def of_parts(*parts: Any) -> Any:
        made = function(*map(Complex, parts[::2], parts[1::2]))
        return made.real, made.imag

    return Complex(*inlined(of_parts, given))


def _turns(z: Complex, axes: Sequence[int]) -> Complex:
    """With the axes in front, as one."""
    kept = [i for i in range(len(z.real.shape)) if i not in axes]
    shape = (math.prod(z.real.shape[i] for i in axes), *(z.real.shape[i] for i in kept))

    def moved(part: Any) -> Any:
        return reshape(transpose(part, axes=(*axes, *kept)), shape=shape)

    return Complex(moved(z.real), moved(z.imag))


def _begin(z: Complex) -> tuple[Any, Any]:
    first = g.block(z.real, index=(0,))
    return e.ones_like(first), e.zeros_like(first)


def prod(node: GraphNode, operands: Sequence[Any]) -> Complex:
    """One number after the other: in another order it might overflow where NumPy's does not."""

    def function(z: Complex) -> Complex:
        z = _turns(z, node.params["axis"])

        def turn(before: Any, x: Any) -> tuple[Any, None]:
            made = Complex(*before) * Complex(*x)
            return (made.real, made.imag), None

        real, imag = loop(turn, _begin(z), (z.real, z.imag))[0]
        shape = node.result_forms[0].shape
        return Complex(reshape(real, shape=shape), reshape(imag, shape=shape))

    return _made(node, operands, function)


def _back(stack: Any, axis: int) -> Any:
    """A stack with its first axis where it belongs."""
    rest = list(range(1, len(stack.shape)))
    return transpose(stack, axes=(*rest[:axis], 0, *rest[axis:]))


def cumulated(step: Callable[..., Complex], begin: float) -> Callable[[GraphNode, Sequence[Any]], Complex]:
    """What a step makes of what is before and of each operand, along an axis."""

    def rule(node: GraphNode, operands: Sequence[Any]) -> Complex:
        axis, reverse = node.params["axis"], node.params["reverse"]

        def turn(before: Any, xs: Any) -> tuple[Any, Any]:
            made = step(Complex(*before), *(Complex(*x) for x in xs))
            return (made.real, made.imag), (made.real, made.imag)

        def function(*zs: Complex) -> Complex:
            zs = tuple(_turns(z, (axis,)) for z in zs)
            one, zero = _begin(zs[0])
            start = (one if begin else zero), zero
            _, stacks = loop(turn, start, tuple((z.real, z.imag) for z in zs), reverse=reverse)
            return Complex(*(_back(stack, axis) for stack in stacks))

        return _made(node, operands, function)

    return rule
