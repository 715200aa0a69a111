"""Fourier transforms: linear maps, so each is its own derivative and states its transpose.

Lengths are settled beforehand by `resize`. Exchanging the norms "backward" and "forward" of a transform and of its
inverse leaves exactly the conjugate transpose, so no transpose here needs a factor of its own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .linear_maps import linear, maps_for
from .shape import structural

ADJOINT_NORM = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _resize(x: Any, shape: tuple[int, ...]) -> Any:
    kept = tuple(slice(min(have, want)) for have, want in zip(x.shape, shape, strict=True))
    if all(have >= want for have, want in zip(x.shape, shape, strict=True)):
        return x[kept]
    resized = numpy.zeros(shape, x.dtype)
    resized[kept] = x[kept]
    return resized


resize: Final = structural(
    "resize",
    _resize,
    transpose=lambda ct, node: resize(ct, shape=node.forms[0].shape),
    shape=lambda x, shape: shape,
    batch=lambda x, node: resize(x, shape=(x.shape[0], *node.params["shape"])),
)
"""``resize(x, shape=)`` cuts each axis at its end or fills it with zeros; `shape` has an entry for every axis."""

rotate: Final = structural(
    "rotate",
    lambda x, shifts, axes: numpy.roll(x, shifts, axes),
    transpose=lambda ct, node: rotate(ct, shifts=tuple(-s for s in node.params["shifts"]), axes=node.params["axes"]),
    shape=lambda x, shifts, axes: x.shape,
    batch=lambda x, node: rotate(x, shifts=node.params["shifts"], axes=_behind(node.params["axes"])),
)
"""``rotate(x, shifts=, axes=)``: each axis moved along by a number of places, round the end."""


def _behind(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The axes, behind a leading batch axis."""
    return tuple(axis + 1 for axis in axes)


def _define(name: str, evaluate: Any, rule: Any, length: Any, batch: Any) -> Any:
    """Define a transform of one operand `x`; ``length(shape, **params)`` is the shape of the result."""

    def shape(x: Any, **params: Any) -> Abstract:
        axes = params["axes"] if "axes" in params else (params["axis"],)
        sample = numpy.ones(tuple(2 if i in axes else 1 for i in range(len(x.shape))), x.dtype)
        short = {**params, "length": 2} if "length" in params else params
        return Abstract(length(x.shape, **params), evaluate(sample, **short).dtype)

    primitive = Primitive(
        name,
        evaluate,
        ("x",),
        shape,
        maps_for(("x",), [rule]),
        batch=lambda size, operands, batched, node: batch(operands[0], node.params),
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


def _complex_transform(name: str, evaluate: Any, transposed: Any) -> Any:
    rule = linear(
        lambda dx, axes, norm: operation(dx, axes=axes, norm=norm),
        lambda ct, axes, norm: transposed()(ct, axes=axes, norm=ADJOINT_NORM[norm]),
    )
    operation = _define(
        name,
        lambda x, axes, norm: evaluate(x, axes=axes, norm=norm),
        rule,
        length=lambda shape, axes, norm: shape,
        batch=lambda x, params: operation(x, axes=_behind(params["axes"]), norm=params["norm"]),
    )
    return operation


fft: Final = _complex_transform("fft", numpy.fft.fftn, lambda: ifft)
"""``fft(x, axes=, norm=)``: the discrete Fourier transform over `axes`, complex whatever `x` is."""

ifft: Final = _complex_transform("ifft", numpy.fft.ifftn, lambda: fft)
"""``ifft(x, axes=, norm=)``: its inverse."""


def _with_length(shape: tuple[int, ...], axis: int, length: int) -> tuple[int, ...]:
    return (*shape[:axis], length, *shape[axis + 1 :])


def _multiplicity(form: Any, axis: int, length: int) -> Any:
    """How often each of the ``length // 2 + 1`` coefficients of a real signal occurs in its whole spectrum.

    Twice, as itself and as its mirror image, except for the mean and (if the length is even) the
    highest frequency.
    """
    count = length // 2 + 1
    times = numpy.full(count, 2, form.dtype)
    times[0] = 1
    if length % 2 == 0:
        times[-1] = 1
    return times.reshape(_with_length((1,) * len(form.shape), axis, count))


def _rfft_transpose(ct: Any, axis: int, norm: str, like: Any) -> Any:
    length = like.shape[axis]
    return irfft(ct / _multiplicity(ct, axis, length), axis=axis, length=length, norm=ADJOINT_NORM[norm])


def _irfft_transpose(ct: Any, axis: int, length: int, norm: str) -> Any:
    spectrum = rfft(ct, axis=axis, norm=ADJOINT_NORM[norm])
    return spectrum * _multiplicity(spectrum, axis, length)


rfft: Final = _define(
    "rfft",
    lambda x, axis, norm: numpy.fft.rfft(x, axis=axis, norm=norm),
    linear(lambda dx, axis, norm: rfft(dx, axis=axis, norm=norm), _rfft_transpose),
    length=lambda shape, axis, norm: _with_length(shape, axis, shape[axis] // 2 + 1),
    batch=lambda x, params: rfft(x, axis=params["axis"] + 1, norm=params["norm"]),
)
"""``rfft(x, axis=, norm=)``: the first half of the spectrum of a real signal, the other half being its mirror image."""

irfft: Final = _define(
    "irfft",
    lambda x, axis, length, norm: numpy.fft.irfft(x, length, axis=axis, norm=norm),
    linear(lambda dx, axis, length, norm: irfft(dx, axis=axis, length=length, norm=norm), _irfft_transpose),
    length=lambda shape, axis, length, norm: _with_length(shape, axis, length),
    batch=lambda x, params: irfft(x, axis=params["axis"] + 1, length=params["length"], norm=params["norm"]),
)
"""``irfft(x, axis=, length=, norm=)``: its inverse; `x` has ``length // 2 + 1`` coefficients along the axis."""
