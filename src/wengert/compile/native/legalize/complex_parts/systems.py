"""Systems of complex equations: LAPACK's routines on matrices whose parts are side by side, in double precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy

from .....core.graph import GraphNode
from .....ops.broadcast import broadcast_to
from .....ops.contract import matrix_transpose
from .....ops.indexing.gather import block
from ...facts import lapack_routines as lapack
from ...facts.lowered import DOUBLE
from ...facts.parts import interleaved
from ..inlining import inlined
from .number import Complex
from .operands import dtype_of_parts, in_dtype, parts_of


def _each(z: Complex, function: Callable[[Any], Any]) -> Complex:
    return Complex(function(z.real), function(z.imag))


def _solved(a: Complex, b: Complex) -> Complex:
    """By the rows, which LAPACK sees as columns."""
    lead = numpy.broadcast_shapes(a.real.shape[:-2], b.real.shape[:-2])
    a, b = (_each(z, lambda part: broadcast_to(part, shape=(*lead, *part.shape[-2:]))) for z in (a, b))
    columns = _each(b, matrix_transpose)
    factors = lapack.zgetrf(interleaved(a.real, a.imag))
    whole = lapack.zgetrs(*factors, interleaved(columns.real, columns.imag), transposed=True)
    return _each(_parts(whole), matrix_transpose)


def _inverse(x: Complex) -> Complex:
    """The inverse of the transpose is the transpose of the inverse."""
    return _parts(lapack.zgetri(*lapack.zgetrf(interleaved(x.real, x.imag))))


def _parts(whole: Any) -> Complex:
    return Complex(*(block(whole, index=(..., part)) for part in (0, 1)))


def _in_double(function: Callable[..., Complex]) -> Any:
    def rule(node: GraphNode, operands: Sequence[Any]) -> Complex:
        values = map(parts_of, operands)
        given = [in_dtype(part, DOUBLE) for z in values for part in (z.real, z.imag)]

        def of_parts(*parts: Any) -> Any:
            made = function(*map(Complex, parts[::2], parts[1::2]))
            return made.real, made.imag

        return Complex(*(in_dtype(part, dtype_of_parts(node)) for part in inlined(of_parts, given)))

    return rule


solve: Final = _in_double(_solved)
inverse: Final = _in_double(_inverse)
