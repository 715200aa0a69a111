"""Functions that exported source needs beside NumPy's; those that are called are written out before the function."""

from __future__ import annotations

import numpy as np


def scale(x, y):
    """x * y, and 0 where one of them is 0, whatever the other is."""
    product = np.multiply(x, y)
    return np.where((np.equal(x, 0) & ~np.isfinite(y)) | (np.equal(y, 0) & ~np.isfinite(x)), 0, product)


def clear(x, by):
    """x, and 0 where the product with `by` would be one of zero and of what is not finite."""
    return np.where((np.equal(x, 0) & ~np.isfinite(by)) | (np.equal(by, 0) & ~np.isfinite(x)), 0, x)


def open_mask(x, by):
    """1, and 0 where the product of the two would be one of zero and of what is not finite."""
    return np.where((np.equal(x, 0) & ~np.isfinite(by)) | (np.equal(by, 0) & ~np.isfinite(x)), 0.0, 1.0)


def gap(x, y):
    """x - y, and 0 where they are equal, infinite ones too."""
    return np.where(np.equal(x, y), 0, np.subtract(x, y))


def direction(x, y):
    """The cosine of the angle of the point (x, y); 0 at the origin."""
    radius = np.hypot(x, y)
    inside = np.where(np.equal(radius, 0), 0, np.divide(x, radius))
    return np.where(np.isinf(x) & np.isfinite(y), np.sign(x), inside)


def unslice(x, index, shape):
    """Zeros, to which `x` is added at an index."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, index, x)
    return out


def slice_set(x, v, index):
    """A copy of `x` with `v` at an index."""
    out = np.array(x)
    out[index] = v
    return out


def scatter_add(v, index, axis, length):
    """Zeros, to which `v` is added at indices along an axis."""
    out = np.zeros((*v.shape[:axis], length, *v.shape[axis + np.ndim(index) :]), v.dtype)
    np.add.at(out, (*(slice(None),) * axis, index), v)
    return out


def shift(x, axis, by, fill):
    """Every element `by` places further along an axis; `fill` moves in."""
    out = np.full_like(x, fill)
    before, after = (slice(by, None), slice(None, -by)) if by > 0 else (slice(None, by), slice(-by, None))
    lead = (slice(None),) * axis
    out[(*lead, before)] = x[(*lead, after)]
    return out


def recur(a, b, axis, reverse):
    """s_i = a_i s_(i-1) + b_i along an axis, from 0; backwards if `reverse`."""
    a, b = (np.flip(v, axis) if reverse else v for v in (a, b))
    a, out = np.moveaxis(a, axis, 0), np.moveaxis(np.array(b, np.result_type(a, b)), axis, 0)
    for i in range(1, len(out)):
        out[i] += scale(a[i], out[i - 1])
    out = np.moveaxis(out, 0, axis)
    return np.flip(out, axis) if reverse else out


def cumulated(function, x, axis, reverse):
    """A cumulative sum or product along an axis; backwards if `reverse`."""
    return np.flip(function(np.flip(x, axis), axis), axis) if reverse else function(x, axis)


def sorted_order(x, axis, descending):
    """The stable order along an axis."""
    if not descending:
        return np.argsort(x, axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)


def last_writes(index, length):
    """For each index, whether it is the last of its kind."""
    order = np.arange(index.size).reshape(index.shape)
    winner = np.zeros(length, order.dtype)
    winner[index] = order
    return winner[index] == order


def solve_triangular(a, b, lower, unit_diagonal):
    """The x with a x = b, reading one triangle of `a`."""
    offset = int(unit_diagonal)
    triangle = np.tril(a, -offset) if lower else np.triu(a, offset)
    return np.linalg.solve(triangle + np.eye(a.shape[-1], dtype=a.dtype) if unit_diagonal else triangle, b)


def standardized(x, axis, number):
    """Mean 0 and variance 1 along axes."""
    centred = x - np.mean(x, axis, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis, keepdims=True) + number)
