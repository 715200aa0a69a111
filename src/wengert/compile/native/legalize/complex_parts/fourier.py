"""Fourier transforms as those of planes: an axis at a time, of real signals half as long, and of any length.

The inverse is the transform with both parts exchanged before and after. Sources: C. Van Loan, "Computational Frameworks
for the Fast Fourier Transform" (1992), section 4.3, for real signals; L. I. Bluestein, "A linear filtering approach to
the computation of discrete Fourier transform" (1970), for lengths with large prime factors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy

from .....core.graph import GraphNode, form_of_operand
from .....ops import elementwise as e
from .....ops.indexing.gather import block, unslice
from .....ops.join import concatenate
from .....ops.shape import reshape
from ...facts.fourier import fourier, is_smooth, twiddles, unit_roots
from ...facts.parts import interleaved
from ..inlining import inlined
from .number import COMPLEX_DTYPES, Complex
from .operands import in_dtype, parts_of


def _exchanged(z: Complex) -> Complex:
    return Complex(z.imag, z.real)


def _along(z: Complex, axis: int) -> Complex:
    """The transform along an axis, without a factor."""
    shape, dtype = z.real.shape, z.real.dtype
    length = shape[axis]
    if length == 1:
        return z
    if not is_smooth(length):
        return _by_convolution(z, axis)
    table = twiddles(length, math.prod(shape[axis + 1 :]), dtype)
    return Complex(*fourier(z.real, z.imag, table, axis=axis))


def _inverse(z: Complex, axis: int) -> Complex:
    return _exchanged(_along(_exchanged(z), axis))


def _by_convolution(z: Complex, axis: int) -> Complex:
    """Bluestein's: by j k = (j^2 + k^2 - (j - k)^2) / 2 it is a convolution, whose length may be a power of two."""
    shape, dtype = z.real.shape, z.real.dtype
    length = shape[axis]
    size = 1 << (2 * length - 2).bit_length()
    chirp = _roots(numpy.arange(length) ** 2, 2 * length, axis, shape, dtype)
    kernel = numpy.zeros(size, complex)
    kernel[:length] = _whole(*unit_roots(numpy.arange(length) ** 2, 2 * length)).conj()
    kernel[size - length + 1 :] = kernel[length - 1 : 0 : -1]
    spectrum = numpy.fft.fft(kernel) / size
    by = Complex(*(_beside(part, axis, shape, dtype) for part in (spectrum.real, spectrum.imag)))
    long = (*shape[:axis], size, *shape[axis + 1 :])
    whole = (slice(None),) * axis + (slice(length),)
    moved = _each(z * chirp, lambda part: unslice(part, index=whole, shape=long))
    found = _inverse(_along(moved, axis) * by, axis)
    return _each(found, lambda part: block(part, index=whole)) * chirp


def _each(z: Complex, function: Any) -> Complex:
    return Complex(function(z.real), function(z.imag))


def _whole(real: Any, imag: Any) -> Any:
    return real + 1j * imag


def _beside(numbers: Any, axis: int, shape: Sequence[int], dtype: Any) -> Any:
    """Numbers along an axis, as they broadcast."""
    return numbers.astype(dtype).reshape(-1, *(1,) * (len(shape) - axis - 1))


def _roots(powers: Any, order: int, axis: int, shape: Sequence[int], dtype: Any) -> Complex:
    return Complex(*(_beside(part, axis, shape, dtype) for part in unit_roots(powers, order)))


def _scale(z: Complex, size: int, norm: str, is_inverse: bool) -> Complex:
    if norm == "ortho":
        return z.times(1 / math.sqrt(size))
    return z.times(1 / size) if (norm == "backward") == is_inverse else z


# -- the rules -------------------------------------------------------------------------------------


def _recorded(node: GraphNode, operand: Any, function: Any) -> Any:
    """A function of the parts of the operand, in the dtype of the result."""
    dtype = node.result_forms[0].dtype
    dtype = COMPLEX_DTYPES.get(dtype, dtype)
    value = parts_of(operand)
    given = [in_dtype(part, dtype) for part in (value.real, value.imag)]

    def of_parts(real: Any, imag: Any) -> Any:
        made = function(Complex(real, imag))
        return (made.real, made.imag) if isinstance(made, Complex) else made

    made = inlined(of_parts, given)
    return Complex(*made) if type(made) is tuple else made


def _transform(is_inverse: bool) -> Any:
    def rule(node: GraphNode, operands: Sequence[Any]) -> Complex:
        axes, norm = node.params["axes"], node.params["norm"]
        size = math.prod(form_of_operand(node).shape[axis] for axis in axes)

        def function(z: Complex) -> Complex:
            for axis in axes:
                z = (_inverse if is_inverse else _along)(z, axis)
            return _scale(z, size, norm, is_inverse)

        return _recorded(node, operands[0], function)

    return rule


def _taken(z: Complex, axis: int, index: slice) -> Complex:
    return _each(z, lambda part: block(part, index=(*(slice(None),) * axis, index)))


def _mirrored(z: Complex, axis: int) -> Complex:
    """The conjugates, from the last to the first."""
    return _taken(z, axis, slice(None, None, -1)).conjugate


def _joined(first: Complex, second: Complex, axis: int) -> Complex:
    pairs = ((first.real, second.real), (first.imag, second.imag))
    return Complex(*(concatenate(*pair, axis=axis) for pair in pairs))


def _of_real(node: GraphNode, operands: Sequence[Any]) -> Complex:
    """Of an even length as one transform of the numbers at even places, with i times those at odd places."""
    axis, norm = node.params["axis"], node.params["norm"]
    length = form_of_operand(operands[0]).shape[axis]
    half = length // 2

    def function(x: Complex) -> Complex:
        if length % 2:
            return _scale(_taken(_along(x, axis), axis, slice(half + 1)), length, norm, False)
        of_even, of_odd = (_taken(x, axis, slice(start, None, 2)).real for start in (0, 1))
        z = _along(Complex(of_even, of_odd), axis)
        z = _joined(z, _taken(z, axis, slice(1)), axis)
        mirrored = _mirrored(z, axis)
        roots = _roots(numpy.arange(half + 1), length, axis, x.real.shape, x.real.dtype)
        odd = z - mirrored
        turned = Complex(odd.imag, e.negative(odd.real)) * roots
        return _scale((z + mirrored + turned).times(0.5), length, norm, False)

    return _recorded(node, operands[0], function)


def _to_real(node: GraphNode, operands: Sequence[Any]) -> Any:
    """The other way; the first number, and the last of an even length, are taken as real."""
    axis, norm, length = (node.params[name] for name in ("axis", "norm", "length"))
    half = length // 2

    def function(x: Complex) -> Any:
        shape, dtype = x.real.shape, x.real.dtype
        is_real = numpy.zeros(half + 1, bool)
        is_real[0] = True
        if length % 2 == 0:
            is_real[half] = True
        x = Complex(x.real, e.where(_beside(is_real, axis, shape, bool), 0.0, x.imag))
        if length % 2:
            rest = _mirrored(_taken(x, axis, slice(1, None)), axis)
            return _scale(_inverse(_joined(x, rest, axis) if half else x, axis), length, norm, True).real
        mirrored = _mirrored(x, axis)
        roots = _roots(-numpy.arange(half + 1), length, axis, shape, dtype)
        odd = (x - mirrored) * roots
        both = x + mirrored + Complex(e.negative(odd.imag), odd.real)
        made = _scale(_inverse(_taken(both, axis, slice(half)), axis), length, norm, True)
        return _beside_each_other(made, axis)

    return _recorded(node, operands[0], function)


def _beside_each_other(z: Complex, axis: int) -> Any:
    """The real parts at even places of an axis, and the imaginary ones at odd places."""
    shape = z.real.shape
    if axis == len(shape) - 1:
        pairs = interleaved(z.real, z.imag)
    else:
        split = (*shape[: axis + 1], 1, *shape[axis + 1 :])
        pairs = concatenate(*(reshape(part, shape=split) for part in (z.real, z.imag)), axis=axis + 1)
    return reshape(pairs, shape=(*shape[:axis], 2 * shape[axis], *shape[axis + 1 :]))


fft: Final = _transform(False)
ifft: Final = _transform(True)
rfft: Final = _of_real
irfft: Final = _to_real
