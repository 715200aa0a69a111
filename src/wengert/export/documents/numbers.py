"""Arrays, dtypes and shapes in a document."""

from __future__ import annotations

import base64
from typing import Any

import numpy

from ...core.dtypes.kinds import as_dtype, is_of_numbers
from .structure import MalformedError, read_fields, read_integer, read_list


class UnwritableError(TypeError):
    """A value is of a kind that documents do not have."""


def write_array(array: Any) -> dict[str, Any]:
    """An array by its dtype, its shape, and its elements as bytes, little-endian, in base64.

    Raises:
        UnwritableError: it holds no numbers.
    """
    if not is_of_numbers(array.dtype):
        raise UnwritableError(f"array of dtype {array.dtype}")
    elements = numpy.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": base64.b64encode(elements.tobytes()).decode(),
    }


def read_array(content: Any) -> numpy.ndarray:
    """The array that `write_array` has written."""
    content = read_fields(content, ("dtype", "shape", "data"))
    dtype, shape = read_dtype(content["dtype"]), read_shape(content["shape"])
    elements = numpy.frombuffer(base64.b64decode(content["data"], validate=True), dtype.newbyteorder("<"))
    return elements.reshape(shape).astype(dtype)


def read_dtype(name: Any) -> numpy.dtype:
    """The dtype of a name: of numbers and truth values only."""
    dtype = as_dtype(str(name))
    if dtype.name != name or not is_of_numbers(dtype):
        raise MalformedError(f"dtype {name!r:.60}")
    return dtype


def read_scalar(content: Any) -> Any:
    """The NumPy scalar that was written as an array without axes."""
    array = read_array(content)
    if array.shape:
        raise MalformedError(f"a scalar of shape {array.shape}")
    return array[()]


def read_shape(lengths: Any) -> tuple[int, ...]:
    """A shape: lengths that are not negative."""
    shape = tuple(map(read_integer, read_list(lengths)))
    if any(length < 0 for length in shape):
        raise MalformedError(f"shape {lengths!r:.60}")
    return shape
