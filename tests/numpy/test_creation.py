"""New tensors, against NumPy; nested lists with tensors in them."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.arange(6.0, dtype=numpy.float32).reshape(2, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.array([1, 2]),
        lambda m: m.array([1, 2.5], dtype="float32"),
        lambda m: m.array(X, ndmin=4),
        lambda m: m.array([[True, False]]),
        lambda m: m.asarray(3),
        lambda m: m.asarray(X, dtype=complex),
        lambda m: m.asanyarray([1j]),
        lambda m: m.ascontiguousarray(2.0),
        lambda m: m.asfortranarray(X),
        lambda m: m.zeros((2, 3)),
        lambda m: m.zeros(3, dtype=int),
        lambda m: m.ones((2,), dtype="complex64"),
        lambda m: m.full((2, 2), 7),
        lambda m: m.full(3, 1.5, dtype=int),
        lambda m: m.full((2, 3), [1, 2, 3]),
        lambda m: m.zeros_like(X),
        lambda m: m.zeros_like(X, dtype=int, shape=(4,)),
        lambda m: m.ones_like([1, 2]),
        lambda m: m.full_like(X, 3),
        lambda m: m.full_like([1, 2], 2.7),
        lambda m: m.arange(5),
        lambda m: m.arange(1, 2, 0.25),
        lambda m: m.arange(3, dtype="float32"),
        lambda m: m.arange(start=2, stop=8, step=3),
        lambda m: m.linspace(0, 1),
        lambda m: m.linspace(0, 9, 4, dtype=int),
        lambda m: m.linspace([0, 1], 2, 1, endpoint=False),
        lambda m: m.linspace(X[0], 1, 3, axis=1),
        lambda m: m.logspace(0, 2, 3),
        lambda m: m.logspace(0, 2, 3, base=[2.0, 3.0], axis=-1),
        lambda m: m.geomspace(1, 1000, 4),
        lambda m: m.geomspace(-1, -8, 4),
        lambda m: m.eye(3),
        lambda m: m.eye(2, 4, k=1, dtype=int),
        lambda m: m.identity(2),
        lambda m: m.tri(3, 4, -1),
        lambda m: m.vander([1, 2, 3]),
        lambda m: m.vander([1.0, 2.0], 3, increasing=True),
        lambda m: m.indices((2, 3)),
        lambda m: m.fromfunction(lambda i, j: i + 2 * j, (2, 3)),
    ],
)
def test_values_and_dtypes_are_numpys(call: Any) -> None:
    given, wanted = call(np), call(numpy)
    assert type(given) is wg.Tensor
    assert given.dtype == wanted.dtype
    assert given.shape == wanted.shape
    numpy.testing.assert_allclose(given, wanted, rtol=1e-14)


@pytest.mark.parametrize("options", [{}, {"indexing": "ij"}, {"sparse": True}])
def test_meshgrid_gives_a_list(options: dict[str, Any]) -> None:
    given, wanted = (m.meshgrid([1, 2], [3.0, 4.0, 5.0], [6], **options) for m in (np, numpy))
    assert type(given) is list
    for ours, theirs in zip(given, wanted, strict=True):
        assert ours.dtype == theirs.dtype
        numpy.testing.assert_array_equal(ours, theirs)
    numpy.testing.assert_array_equal(np.indices((2, 2), sparse=True)[1], [[0, 1]])
    with pytest.raises(ValueError, match="indexing"):
        np.meshgrid([1], indexing="ji")


def test_empty_does_not_depend_on_what_was_in_memory() -> None:
    numpy.testing.assert_array_equal(np.empty((2, 2)), 0)
    numpy.testing.assert_array_equal(np.empty_like(X), numpy.zeros_like(X))


def test_nested_lists_of_tensors_become_a_tensor_with_derivatives() -> None:
    def rotation(angle: wg.Tensor) -> wg.Tensor:
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s, 0], [s, c, 0], (0, 0, 1)])

    assert rotation(wg.tensor(0.3)).shape == (3, 3)
    slope = wg.jacobian(rotation)(0.3)
    wanted = [[-numpy.sin(0.3), -numpy.cos(0.3), 0], [numpy.cos(0.3), -numpy.sin(0.3), 0], [0, 0, 0]]
    numpy.testing.assert_allclose(slope, wanted)
    numpy.testing.assert_allclose(wg.vmap(rotation)(numpy.array([0.3, 0.4]))[0], rotation(wg.tensor(0.3)))
    assert np.asarray([wg.tensor(numpy.float32(1)), 2]).dtype == numpy.asarray([numpy.float32(1), 2]).dtype
    assert np.array([wg.tensor(1.0), 2.0], dtype="float32").dtype == "float32"
    with pytest.raises(ValueError, match="must have the same shape"):
        np.array([wg.tensor([1.0, 2.0]), 3.0])


def test_an_array_is_shared_and_a_copy_is_not() -> None:
    given = numpy.ones(3)
    assert numpy.shares_memory(np.asarray(given).numpy(), given)
    assert numpy.shares_memory(np.asarray(given, copy=False).numpy(), given)
    assert not numpy.shares_memory(np.asarray(given, copy=True).numpy(), given)
    assert not numpy.shares_memory(np.array(given).numpy(), given)
    assert numpy.shares_memory(np.array(given, copy=None).numpy(), given)
    x = wg.tensor(given)
    assert np.asarray(x) is x
    message = (
        "[asarray] a list was to become a tensor of dtype None without a copy, wanted an array of that dtype; "
        "write copy=None to copy where needed"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        np.asarray([1.0], copy=False)
    with pytest.raises(ValueError, match="dtype float32 without a copy"):
        np.asarray(given, dtype="float32", copy=False)


@pytest.mark.parametrize("name", ["linspace", "logspace", "geomspace"])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize(
    ("start", "stop"),
    [(1.0, 3.0), (-1.0, -4), (2, 7), ([1.0, 2.0], 5.0), (1.0, [[2.0], [3.0]]), (1.0 + 1j, 2.0 - 1j)],
)
def test_ranges_between_tensors_are_numpys(name: str, axis: int, endpoint: bool, start: Any, stop: Any) -> None:
    options = {"num": 4, "endpoint": endpoint, "axis": axis}
    wanted = getattr(numpy, name)(start, stop, **options)
    for first, last in ((np.asarray(start), np.asarray(stop)), (start, np.asarray(stop)), (np.asarray(start), stop)):
        given = getattr(np, name)(first, last, **options)
        assert given.dtype == wanted.dtype
        numpy.testing.assert_allclose(given, wanted, rtol=1e-13)


def test_the_step_of_linspace_differentiates() -> None:
    def step(stop: wg.Tensor) -> wg.Tensor:
        return np.linspace(1.0, stop, 5, retstep=True)[1]

    assert wg.grad(step)(3.0).item() == 0.25
    points, width = np.linspace(0, 1, 5, retstep=True)
    assert width.item() == 0.25
    assert points.shape == (5,)


def test_only_the_cpu_is_a_device() -> None:
    assert np.zeros(2, device="cpu").shape == (2,)
    message = "[ones] device='gpu' was given, wanted 'cpu', NumPy's memory; leave it out, and write .to('gpu') of what"
    with pytest.raises(ValueError, match=re.escape(message)):
        np.ones(2, device="gpu")
    for call in (np.zeros, np.empty, np.arange, np.eye):
        with pytest.raises(ValueError, match="device"):
            call(2, device="gpu")


def test_vander_wants_a_vector() -> None:
    with pytest.raises(ValueError, match=re.escape("[vander] x has shape (2, 3), wanted one axis; write x.ravel()")):
        np.vander(X)
