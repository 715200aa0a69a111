"""What sparse matrices are made from: read, and refused where it contradicts itself."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def read_compressed(given: tuple[Any, Any, Any], shape: Any, is_turned: bool, name: str) -> tuple[Any, Any, Any]:
    """Numbers, coordinates and shape from ``(data, indices, indptr)``.

    Raises:
        ValueError: they contradict each other.
    """
    data, indices, pointers = given[0], places(given[1], "indices", name), places(given[2], "indptr", name)
    if not (len(pointers) and pointers[0] == 0 and pointers[-1] == len(indices) and (numpy.diff(pointers) >= 0).all()):
        raise ValueError(
            f"[{name}] indptr goes from {_end(pointers, 0)} to {_end(pointers, -1)} for {len(indices)} indices, wanted "
            "numbers that ascend from 0 to the count of the indices; write (data, (row, col)) for places in any order"
        )
    major = numpy.repeat(numpy.arange(len(pointers) - 1), numpy.diff(pointers))
    least = (len(pointers) - 1, _least(indices))
    shape = shape_of(least[::-1] if is_turned else least, name) if shape is None else shape_of(shape, name)
    if shape[is_turned] != least[0]:
        raise ValueError(
            f"[{name}] the shape is {shape} and indptr has {len(pointers)} elements, wanted one more than there are "
            f"{'columns' if is_turned else 'rows'}; write shape=None to let it follow"
        )
    return _checked(data, (indices, major) if is_turned else (major, indices), shape, name)


def read_coordinates(given: tuple[Any, Any], shape: Any, name: str) -> tuple[Any, Any, Any]:
    """Numbers, coordinates and shape from ``(data, (row, col))``.

    Raises:
        ValueError: they contradict each other.
    """
    data, coords = given
    if not isinstance(coords, tuple | list) or len(coords) != 2:
        raise ValueError(
            f"[{name}] the places are {type(coords).__name__} of length {len(coords)}, wanted two arrays, rows and "
            "columns; write (data, (row, col))"
        )
    rows, columns = places(coords[0], "row", name), places(coords[1], "col", name)
    shape = (_least(rows), _least(columns)) if shape is None else shape_of(shape, name)
    return _checked(data, (rows, columns), shape, name)


def _end(pointers: Any, place: int) -> Any:
    return pointers[place] if len(pointers) else "nothing"


def _least(indices: Any) -> int:
    """The least length of an axis that has these places."""
    return int(indices.max()) + 1 if len(indices) else 0


def _checked(data: Any, coords: tuple[Any, Any], shape: tuple[int, int], name: str) -> tuple[Any, Any, Any]:
    data = np.asarray(data)
    if not len(coords[0]) == len(coords[1]) or data.shape != (len(coords[0]),):
        raise ValueError(
            f"[{name}] the numbers have the shape {data.shape}, and there are {len(coords[0])} rows and "
            f"{len(coords[1])} columns, wanted a vector of numbers with a row and a column for each"
            "; write data.ravel() for an array"
        )
    for axis, indices in enumerate(coords):
        wrong = (indices < 0) | (indices >= shape[axis])
        if wrong.any():
            raise ValueError(
                f"[{name}] a number is at {'row' if axis == 0 else 'column'} {indices[wrong][0]} of a matrix of shape "
                f"{shape}, wanted places within it, counted from 0; write shape=None to let it follow"
            )
    return data, coords, shape


def shape_of(shape: Any, name: str) -> tuple[int, int]:
    """The shape of a matrix.

    Raises:
        ValueError: it is none.
    """
    lengths = tuple(int(n) for n in shape)
    if len(lengths) != 2 or min(lengths) < 0:
        raise ValueError(f"[{name}] the shape is {lengths}, wanted that of a matrix; write shape=(rows, columns)")
    return lengths


def places(indices: Any, what: str, name: str) -> Any:
    """Indices, as NumPy's integers.

    Raises:
        TypeError: they are none, or have no values.
    """
    try:
        array = numpy.array(wg.stop_gradient(indices))
    except TypeError as error:
        raise TypeError(
            f"[{name}] {what} has no values here (within vmap or a loop), wanted fixed places of the numbers; "
            "make the matrix outside, and give it as an argument: its numbers may change, its places may not"
        ) from error
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"[{name}] {what} has the dtype {array.dtype}, wanted integers; write {what}.astype(int)")
    if array.ndim != 1:
        raise ValueError(f"[{name}] {what} has the shape {array.shape}, wanted a vector; write {what}.ravel()")
    return array.astype(numpy.intp, copy=False)


def places_of_dense(given: Any, name: str) -> tuple[Any, Any]:
    """Where an array is not zero.

    Raises:
        TypeError: it has no values.
        ValueError: it is no matrix.
    """
    if numpy.ndim(given) != 2:
        raise ValueError(
            f"[{name}] an array of shape {numpy.shape(given)} was given, wanted a matrix, with two axes; write "
            "x.reshape(1, -1) for a row, or (data, indices, indptr) for numbers and their places"
        )
    try:
        rows, columns = numpy.nonzero(numpy.array(wg.stop_gradient(given)))
    except TypeError as error:
        raise TypeError(
            f"[{name}] an array without values was given (within vmap or a loop), wanted places that are known; "
            "write (data, indices, indptr) with fixed places"
        ) from error
    return rows, columns
