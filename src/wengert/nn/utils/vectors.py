"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..errors import wrong

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[wg.Tensor]) -> wg.Tensor:
    """The numbers of all parameters, one after the other.

    >>> import wengert as wg
    >>> wg.nn.utils.parameters_to_vector(wg.nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    return np.concatenate([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vector: Any, parameters: Iterable[wg.Tensor]) -> None:
    """Write the numbers of a vector to parameters, one after the other.

    Raises:
        ValueError: there are not as many.
    """
    vector, listed, start = np.asarray(vector), list(parameters), 0
    if vector.shape != ((total := sum(parameter.size for parameter in listed)),):
        raise wrong(
            "vector_to_parameters", f"a vector of shape {vector.shape}", f"shape ({total},)", "write all of them"
        )
    with wg.no_grad():
        for parameter in listed:
            parameter.copy_(vector[start : start + parameter.size].reshape(parameter.shape).astype(parameter.dtype))
            start += parameter.size
