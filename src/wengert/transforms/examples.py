"""What a function of one example may ask of the batch: by the name that `vmap` gave to its axis."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..core.python.source import at_line
from ..core.state import state
from ..core.tensor import Tensor
from ..ops.examples import all_examples as of_all
from .recorded import as_result


def all_examples(x: Any, axis_name: Hashable) -> Tensor:
    """What all examples of a batch have: their `x`, stacked along a new first axis, which each of them is given.

    It is differentiated in every mode: what comes back to it from all examples is added up.

    Args:
        x: an array of one example, or one that they share.
        axis_name: the name that `vmap` was given for the axis.

    Raises:
        NameError: no axis of this name is being mapped over.
        ValueError: a loop around it has a number of turns that depends on the example.

    >>> import wengert as wg, wengert.numpy as np
    >>> centred = lambda x: x - np.mean(wg.all_examples(x, "batch"), axis=0)
    >>> wg.vmap(centred, axis_name="batch")(np.array([1.0, 2.0, 6.0]))
    tensor([-2., -1.,  3.])
    """
    batch = _batch_named(axis_name, "all_examples")
    return of_all(as_result(x), batch.example(), size=batch.size)


def example_number(axis_name: Hashable) -> Tensor:
    """The place of an example in the batch, along the axis that `vmap` was given this name for.

    Raises:
        NameError: no axis of this name is being mapped over.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.vmap(lambda x: x * wg.example_number("batch"), axis_name="batch")(np.ones(3))
    tensor([0., 1., 2.])
    """
    return _batch_named(axis_name, "example_number").example()


def example_count(axis_name: Hashable) -> int:
    """How many examples there are along the axis that `vmap` was given this name for.

    Raises:
        NameError: no axis of this name is being mapped over.
    """
    return _batch_named(axis_name, "example_count").size


def _batch_named(axis_name: Hashable, op: str) -> Any:
    if axis_name not in state.axes:
        raise NameError(
            f"[{op}] axis_name={axis_name!r} was given, wanted the name of an axis that is being mapped over, which "
            f"are {list(state.axes)}; write wg.vmap(f, axis_name={axis_name!r}){at_line()}",
            name=str(axis_name),
        )
    return state.axes[axis_name]
