"""One number of a result that is more: an element of it, or its product with a cotangent."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

from ..core.python.trees import flatten
from ..ops.broadcast import sum as sum_over
from ..ops.elementwise import add, multiply
from ..transforms.derivatives import matching_leaves
from ..transforms.recorded import as_tensor


def scalar_of(f: Callable[..., Any], component: Any = None, cotangent: Any = None) -> Callable[..., Any]:
    """The function that returns one number of what `f` returns, or `f` if it is not said which.

    Raises:
        TypeError: both are given.
    """
    if component is None and cotangent is None:
        return f
    if component is not None and cotangent is not None:
        raise TypeError(
            "[explain] component and cotangent were both given, wanted one of them; write component for an element "
            "of the result, or cotangent for a weighted sum of its elements"
        )

    @wraps(f)
    def one(*args: Any) -> Any:
        result = f(*args)
        return element(result, component) if cotangent is None else product(result, cotangent)

    return one


def element(result: Any, component: Any) -> Any:
    """An element of an array or of a nesting of arrays.

    Args:
        result: what a function returned.
        component: an index, or a tuple of them from the outside inwards.

    Raises:
        TypeError: there is no such element.
    """
    place = component if isinstance(component, tuple) else (component,)
    for depth in range(len(place)):
        if _is_array(result):
            return _item(as_tensor(result), place[depth:], component)
        result = _item(result, place[depth], component)
    return result


def _is_array(result: Any) -> bool:
    return hasattr(result, "shape") and hasattr(result, "dtype")


def _item(holder: Any, place: Any, component: Any) -> Any:
    try:
        return holder[place]
    except (LookupError, TypeError) as error:
        raise TypeError(
            f"[explain] the component {component!r} was asked for of {_described(holder)}, wanted an index of it; "
            "write 0 for the first element, (0, 1) for one of a matrix"
        ) from error


def _described(holder: Any) -> str:
    if _is_array(holder):
        return f"a result of shape {tuple(holder.shape)}"
    size = f" of length {len(holder)}" if hasattr(holder, "__len__") else ""
    return f"a result of type {type(holder).__name__}{size}"


def product(result: Any, cotangent: Any) -> Any:
    """The sum of all elements of a result, each times that of a cotangent of the same form.

    Raises:
        TypeError: the cotangent has another form.
    """
    leaves, structure = ([result], None) if _is_array(result) else flatten(result)
    tensors = [as_tensor(leaf) for leaf in leaves]
    weights = matching_leaves(cotangent, tensors, structure, "explain", "cotangent")
    return reduce(add, [_total(multiply(w, tensor)) for w, tensor in zip(weights, tensors, strict=True)])


def _total(tensor: Any) -> Any:
    return sum_over(tensor, axis=tuple(range(tensor.ndim)), keepdims=False) if tensor.ndim else tensor
