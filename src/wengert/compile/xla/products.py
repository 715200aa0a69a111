"""Products of matrices, windows and sparse matrices; Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ...core.primitive import Primitive, by_primitive
from ...ops import fft as f
from ...ops.contract import matmul, product_by_rows
from ...ops.matrices.sparse import Pattern, sampled, spread
from ...ops.windows import reduce as w, unfold as u
from ...ops.windows.correlate import LEAD, correlate
from ...ops.windows.geometry import Axes, as_they_are, counts_of, taps
from .imported import fourier, jnp, lax
from .movement import padded

Size = Sequence[int]

# -- windows ---------------------------------------------------------------------------------------


def _ends(x: Any, axes: Axes) -> list[tuple[int, int, int]]:
    """How the input is dilated and padded, axis by axis."""
    lead = [(0, 0, 0)] * (x.ndim - len(axes))
    return lead + [(axis.low, axis.high, axis.input_dilation - 1) for axis in axes]


def _correlate(x: Any, kernel: Any, axes: Axes) -> Any:
    batch, groups, channels, *lengths = x.shape
    _, outputs, _, *size = kernel.shape
    made = lax.conv_general_dilated(
        x.reshape(batch, groups * channels, *lengths),
        kernel.reshape(groups * outputs, channels, *size),
        window_strides=[axis.stride for axis in axes],
        padding=[(axis.low, axis.high) for axis in axes],
        lhs_dilation=[axis.input_dilation for axis in axes],
        rhs_dilation=[axis.dilation for axis in axes],
        feature_group_count=groups,
    )
    return made.reshape(batch, groups, outputs, *counts_of(axes, x.shape[LEAD:], kernel.shape[LEAD:]))


def _windowed(combine: Any, neutral: Callable[[Any], Any]) -> Callable[..., Any]:
    """The elements of each window, combined."""

    def reduced(x: Any, size: Size, axes: Axes) -> Any:
        fill = neutral(x.dtype)
        lead = (1,) * (x.ndim - len(axes))
        return lax.reduce_window(
            padded(x, _ends(x, axes), fill),
            jnp.asarray(fill, x.dtype),
            combine.imported,
            (*lead, *size),
            (*lead, *(axis.stride for axis in axes)),
            "VALID",
            window_dilation=(*lead, *(axis.dilation for axis in axes)),
        )

    return reduced


def _unfold(x: Any, size: Size, axes: Axes) -> Any:
    counts = counts_of(axes, u.lengths_of(x, axes), size)
    there = u.held(padded(x, _ends(x, axes)), size, as_they_are(axes))
    return jnp.stack(there, axis=-1).reshape(*u.lead_of(x, len(axes)), *counts, *size)


def _fold(windows: Any, lengths: Size, size: Size, axes: Axes) -> Any:
    whole = [axis.padded(n) for axis, n in zip(axes, lengths, strict=True)]
    out = jnp.zeros((*u.lead_of(windows, 2 * len(axes)), *whole), windows.dtype)
    for place, index in taps(as_they_are(axes), size, counts_of(axes, lengths, size)):
        out = out.at[index].add(windows[(..., *place)])
    return _without_padding(out, lengths, axes)


def _without_padding(x: Any, lengths: Size, axes: Axes) -> Any:
    lead = [(0, 0, 0)] * (x.ndim - len(axes))
    sizes = [(n - 1) * axis.input_dilation + 1 for axis, n in zip(axes, lengths, strict=True)]
    each = zip(axes, sizes, x.shape[len(lead) :], strict=True)
    whole = padded(x, lead + [(-axis.low, size + axis.low - length, 0) for axis, size, length in each])
    return whole[(..., *(slice(None, None, axis.input_dilation) for axis in axes))]


def _ties(x: Any, extreme: Any, size: Size, axes: Axes) -> tuple[list[Any], Any]:
    """For each place in the window whether the extreme is there, and at how many places it is (at least 1)."""
    tied = [one == extreme for one in u.held(padded(x, _ends(x, axes), float("nan")), size, as_they_are(axes))]
    return tied, jnp.maximum(reduce(jnp.add, (one.astype(x.dtype) for one in tied)), 1)


def _tied_mean(vector: Any, x: Any, extreme: Any, size: Size, axes: Axes) -> Any:
    tied, count = _ties(x, extreme, size, axes)
    there = u.held(padded(vector, _ends(x, axes)), size, as_they_are(axes))
    return reduce(jnp.add, [jnp.where(t, v, 0) for t, v in zip(tied, there, strict=True)]) / count


def _tied_shares(vector: Any, x: Any, extreme: Any, size: Size, axes: Axes) -> Any:
    tied, count = _ties(x, extreme, size, axes)
    share = vector / count
    shares = jnp.stack([jnp.where(one, share, 0) for one in tied], axis=-1)
    return _fold(shares.reshape(*share.shape, *size), u.lengths_of(x, axes), size, axes)


# -- sparse matrices -------------------------------------------------------------------------------


def _sparse_product(data: Any, x: Any, pattern: Pattern) -> Any:
    factors = data if x.ndim == 1 else data[:, None]
    return jnp.zeros((pattern.shape[0], *x.shape[1:]), x.dtype).at[pattern.rows].add(factors * x[pattern.columns])


def _sparse_outer_product(u: Any, x: Any, pattern: Pattern) -> Any:
    product = u[pattern.rows] * x[pattern.columns]
    return product if product.ndim == 1 else jnp.sum(product, axis=-1)


# -- Fourier transforms ----------------------------------------------------------------------------

MOST_AXES = 3
"""So many a transform of XLA has."""


def _transform(function: Any) -> Callable[..., Any]:
    """A complex transform, of some axes after others; an axis may be there twice."""

    def transformed(x: Any, axes: Sequence[int], norm: str) -> Any:
        for some in _distinct(axes):
            x = function(x, axes=some, norm=norm)
        return x

    return transformed


def _distinct(axes: Sequence[int]) -> list[list[int]]:
    """The axes in groups of different ones, no more than a transform has."""
    groups: list[list[int]] = [[]]
    for axis in axes:
        if axis in groups[-1] or len(groups[-1]) == MOST_AXES:
            groups.append([])
        groups[-1].append(axis)
    return groups


PRODUCT_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        matmul: jnp.matmul,
        product_by_rows: lambda x, w: jnp.matmul(x, w.T),
        correlate: _correlate,
        w.window_sum: _windowed(lax.add, lambda dtype: 0),
        w.window_max: _windowed(lax.max, w.lowest),
        w.window_min: _windowed(lax.min, w.highest),
        w.tied_mean: _tied_mean,
        w.tied_shares: _tied_shares,
        u.unfold: _unfold,
        u.fold: _fold,
        spread: _sparse_product,
        sampled: _sparse_outer_product,
        f.fft: _transform(fourier.fftn),
        f.ifft: _transform(fourier.ifftn),
        f.rfft: lambda x, axis, norm: fourier.rfft(x, axis=axis, norm=norm),
        f.irfft: lambda x, axis, length, norm: fourier.irfft(x, length, axis=axis, norm=norm),
    }
)
"""Linear and bilinear maps."""


def einsum(*operands: Any, inputs: Sequence[str], output: str) -> Any:
    """Einstein's sum, of any number of operands."""
    return jnp.einsum(f"{','.join(inputs)}->{output}", *operands)
