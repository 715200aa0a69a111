"""What is no array of numbers is refused wherever it comes in; data frames and series enter as their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DATES = numpy.array(["2020-01-01", "2020-01-02", "2020-01-03"], "M8[D]")
MASKED = numpy.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0])

REFUSED = {
    "masked": MASKED,
    "masked in a list": [MASKED, MASKED],
    "dates": DATES,
    "durations": DATES - DATES[0],
    "one date": DATES[0],
    "objects": numpy.array([1.0, "a", None], object),
    "numbers as objects": numpy.array([1.0, 2.0, 3.0], object),
    "texts": numpy.array(["a", "b", "c"]),
    "records": numpy.zeros(3, [("a", float)]),
    "an object": object(),
}

ONES = numpy.ones(3)


def tensor() -> wg.Tensor:
    return wg.tensor(ONES)


def total(x: Any) -> Any:
    return np.sum(np.sin(np.asarray(x)))


def set_item(value: Any) -> wg.Tensor:
    x = tensor()
    x[:] = value
    return x


def added_in_place(value: Any) -> wg.Tensor:
    x = tensor()
    x += value
    return x


def gradient(cotangent: Any) -> Any:
    x = wg.tensor(ONES, requires_grad=True)
    (x * 2).backward(cotangent)
    return x.grad


DOORS: dict[str, Callable[[Any], Any]] = {
    "tensor": wg.tensor,
    "asarray": np.asarray,
    "array of a dtype": lambda v: np.array(v, dtype=numpy.result_type(v) if isinstance(v, numpy.ndarray) else object),
    "full": lambda v: np.full((2, 3), v),
    "unary": np.sin,
    "reduction": np.sum,
    "operator": lambda v: tensor() + v,
    "binary": lambda v: np.maximum(tensor(), v),
    "ufunc of NumPy": lambda v: numpy.add(tensor(), v),
    "product": lambda v: tensor() @ v,
    "einsum": lambda v: np.einsum("i,i", tensor(), v),
    "concatenate": lambda v: np.concatenate([tensor(), v]),
    "where": lambda v: np.where(True, v, 0.0),
    "set item": set_item,
    "in place": added_in_place,
    "copy_": lambda v: tensor().copy_(v),
    "grad": wg.grad(total),
    "value_and_grad": wg.value_and_grad(total),
    "jacobian": wg.jacobian(np.sin),
    "hessian": wg.hessian(total),
    "jvp": lambda v: wg.jvp(np.sin, (v,), (v,)),
    "tangent": lambda v: wg.jvp(np.sin, (ONES,), (v,)),
    "vjp": lambda v: wg.vjp(np.sin, v),
    "cotangent": lambda v: wg.vjp(np.sin, ONES)[1](v),
    "linearize": lambda v: wg.linearize(np.sin, v),
    "backward": gradient,
    "vmap": wg.vmap(np.sin),
    "jit": wg.jit(total),
    "nested in jit": lambda v: wg.jit(lambda p: total(p["x"]))({"x": v}),
    "scan": lambda v: wg.scan(lambda c, x: (c, x), 0.0, v),
    "carry": lambda v: wg.fori_loop(0, 2, lambda i, c: c, v),
    "while_loop": lambda v: wg.while_loop(lambda c: False, lambda c: c, v),
    "cond": lambda v: wg.cond(True, lambda c: c, lambda c: c, v),
    "map": lambda v: wg.map(np.sin, v),
    "checkpoint": lambda v: wg.checkpoint(np.sin)(v),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("door", DOORS)
def test_no_numbers_are_refused_at_every_door(door: str, what: str) -> None:
    with pytest.raises(TypeError, match=r"^\[[\w.]+\] .*wanted .*(write|let|name|return) "):
        DOORS[door](REFUSED[what])


@pytest.mark.parametrize("dtype", [object, "M8[s]", "m8[s]", "U3", "S3", [("a", float)]])
@pytest.mark.parametrize(
    "make",
    [
        lambda dtype: np.zeros(3, dtype),
        lambda dtype: np.ones(3, dtype),
        lambda dtype: np.empty(3, dtype),
        lambda dtype: np.zeros_like(ONES, dtype),
        lambda dtype: np.eye(3, dtype=dtype),
        lambda dtype: np.identity(3, dtype),
        lambda dtype: tensor().astype(dtype),
        lambda dtype: np.full(3, 1.0, dtype),
    ],
)
def test_no_tensor_is_made_of_another_dtype(make: Callable[[Any], Any], dtype: Any) -> None:
    with pytest.raises(TypeError):
        make(dtype)


def test_a_series_and_a_data_frame_enter_as_their_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})
    for door, enter in DOORS.items():
        given = frame["a"]
        if door in ("array of a dtype", "hessian"):
            continue
        expected, found = enter(given.to_numpy()), enter(given)
        for ours, theirs in zip(_leaves(found), _leaves(expected), strict=True):
            numpy.testing.assert_array_equal(ours, theirs, err_msg=door)
    numpy.testing.assert_array_equal(wg.jacobian(np.sin)(frame).numpy(), wg.jacobian(np.sin)(frame.to_numpy()).numpy())
    assert np.asarray(frame).shape == (3, 2)


def _leaves(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in _leaves(part)]
    return [] if callable(result) else [numpy.asarray(result)]


def test_a_series_of_objects_is_refused() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"^\[sin\] a Series was given, wanted"):
        np.sin(pandas.Series([1.0, "a", None]))
