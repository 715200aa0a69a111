"""`wengert.numpy` has the names, the inspection and the promotion of the array API standard 2024.12."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

NAMES = {
    "constants": "e inf nan newaxis pi",
    "creation": """arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones
        ones_like tril triu zeros zeros_like""",
    "dtypes": """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
        astype can_cast finfo iinfo isdtype result_type""",
    "elementwise": """abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert
        bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1 floor
        floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal log log1p log2 log10
        logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply negative nextafter not_equal
        positive pow real reciprocal remainder round sign signbit sin sinh square sqrt subtract tan tanh trunc""",
    "linear algebra": "matmul matrix_transpose tensordot vecdot",
    "indexing": "take take_along_axis",
    "manipulation": """broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape
        roll squeeze stack tile unstack""",
    "searching": "argmax argmin count_nonzero nonzero searchsorted where",
    "sets": "unique_all unique_counts unique_inverse unique_values",
    "sorting": "argsort sort",
    "statistics": "cumulative_sum cumulative_prod max mean min prod std sum var",
    "utilities": "all any diff __array_namespace_info__ __array_api_version__",
}
EXTENSIONS = {
    "fft": "fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift",
    "linalg": """cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
        matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm""",
}
ATTRIBUTES = """dtype device mT ndim shape size T __abs__ __add__ __and__ __array_namespace__ __bool__
        __complex__ __dlpack__ __dlpack_device__ __eq__ __float__ __floordiv__ __ge__ __getitem__ __gt__ __index__
        __int__ __invert__ __le__ __lshift__ __lt__ __matmul__ __mod__ __mul__ __ne__ __neg__ __or__ __pos__ __pow__
        __rshift__ __setitem__ __sub__ __truediv__ __xor__ to_device __iadd__ __isub__ __imul__ __itruediv__
        __ifloordiv__ __ipow__ __imod__ __imatmul__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__ __radd__
        __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rpow__ __rmod__ __rmatmul__ __rand__ __ror__ __rxor__
        __rlshift__ __rrshift__"""


@pytest.mark.parametrize("group", list(NAMES))
def test_names(group: str) -> None:
    assert [name for name in NAMES[group].split() if not hasattr(np, name)] == []


@pytest.mark.parametrize("extension", list(EXTENSIONS))
def test_extensions(extension: str) -> None:
    namespace = getattr(np, extension)
    assert [name for name in EXTENSIONS[extension].split() if not hasattr(namespace, name)] == []


def test_attributes() -> None:
    assert [name for name in ATTRIBUTES.split() if not hasattr(wg.Tensor, name)] == []


def test_version() -> None:
    assert np.__array_api_version__ == "2024.12"


def test_inspection() -> None:
    info = np.__array_namespace_info__()
    assert info.default_device() == "cpu"
    assert info.devices() == ["cpu"]
    assert info.default_dtypes()["real floating"] == np.float64
    assert info.dtypes(kind="complex floating") == {"complex64": np.complex64, "complex128": np.complex128}
    assert info.capabilities()["boolean indexing"] is True


@pytest.mark.parametrize("make", [np.zeros, np.ones, np.empty, lambda shape, **o: np.full(shape, 2.0, **o)])
def test_creation_takes_dtype_and_device(make: Any) -> None:
    x = make((2, 3), dtype=np.float32, device="cpu")
    assert x.shape == (2, 3)
    assert x.dtype == np.float32
    with pytest.raises(ValueError, match=r"wanted .cpu., NumPy.s memory"):
        make((2, 3), device="gpu")


# The promotion table of the standard, for array operands.
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
MIXED = {("uint8", "int8"): "int16", ("uint16", "int8"): "int32", ("uint32", "int8"): "int64",
         ("uint8", "int16"): "int16", ("uint16", "int16"): "int32", ("uint32", "int16"): "int64",
         ("uint8", "int32"): "int32", ("uint16", "int32"): "int32", ("uint32", "int32"): "int64",
         ("uint8", "int64"): "int64", ("uint16", "int64"): "int64", ("uint32", "int64"): "int64"}  # fmt: skip
FLOATING = {("float32", "float32"): "float32", ("float32", "float64"): "float64", ("float64", "float64"): "float64",
            ("complex64", "complex64"): "complex64", ("complex64", "complex128"): "complex128",
            ("float32", "complex64"): "complex64", ("float32", "complex128"): "complex128",
            ("float64", "complex64"): "complex128", ("float64", "complex128"): "complex128"}  # fmt: skip
LADDERS = {
    (a, b): ladder[max(i, j)]
    for ladder in (SIGNED, UNSIGNED)
    for (i, a), (j, b) in itertools.product(enumerate(ladder), enumerate(ladder))
}
PROMOTIONS = {**MIXED, **FLOATING, **LADDERS, ("bool", "bool"): "bool"}


@pytest.mark.parametrize("pair", list(PROMOTIONS), ids="-".join)
def test_promotion_table(pair: tuple[str, str]) -> None:
    for left, right in (pair, pair[::-1]):
        assert np.result_type(getattr(np, left), getattr(np, right)) == PROMOTIONS[pair]
        x = np.add(np.ones(2, dtype=getattr(np, left)), np.ones(2, dtype=getattr(np, right)))
        assert x.dtype == PROMOTIONS[pair]


def test_from_dlpack() -> None:
    array = numpy.arange(6.0).reshape(2, 3)
    shared, copied = np.from_dlpack(array), np.from_dlpack(array, copy=True, device="cpu")
    assert numpy.shares_memory(shared.numpy(), array)
    assert not numpy.shares_memory(copied.numpy(), array)
    assert type(np.from_dlpack(wg.tensor([1.0]))) is wg.Tensor
    with pytest.raises(ValueError, match=r"\[from_dlpack\] device='gpu' was given"):
        np.from_dlpack(array, device="gpu")


def test_unique_functions_name_their_results() -> None:
    x = wg.tensor([3, 1, 3, 2])
    everything = np.unique_all(x)
    assert everything.values.tolist() == [1, 2, 3]
    assert everything.indices.tolist() == [1, 3, 0]
    assert everything.inverse_indices.tolist() == [2, 0, 2, 1]
    assert everything.counts.tolist() == [1, 1, 2]
    assert np.unique_counts(x).counts.tolist() == [1, 1, 2]
    assert np.unique_inverse(x).inverse_indices.tolist() == [2, 0, 2, 1]
    assert np.unique_values(x).tolist() == [1, 2, 3]


def test_factorizations_name_their_results() -> None:
    matrix = wg.tensor([[2.0, 1.0], [1.0, 3.0]])
    assert np.linalg.eigh(matrix).eigenvalues.shape == (2,)
    assert np.linalg.qr(matrix).R.shape == (2, 2)
    assert np.linalg.slogdet(matrix).logabsdet.item() == pytest.approx(numpy.log(5.0))
    assert np.linalg.svd(matrix).Vh.shape == (2, 2)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "std", "var", "max", "min", "all", "any"])
def test_reductions_take_axis_and_keepdims(name: str) -> None:
    reduced = getattr(np, name)(np.ones((2, 3, 4)), axis=(0, 2), keepdims=True)
    assert reduced.shape == (1, 3, 1)
    parameters = inspect.signature(getattr(np, name)).parameters
    assert {"axis", "keepdims"} <= parameters.keys()


def test_correction_is_the_standards_ddof() -> None:
    x = np.asarray([1.0, 2.0, 4.0])
    assert np.var(x, correction=1).item() == pytest.approx(7 / 3)
    assert np.std(x, correction=1).item() == pytest.approx((7 / 3) ** 0.5)


def test_cumulative_functions_include_the_initial_value() -> None:
    x = np.asarray([2.0, 3.0])
    assert np.cumulative_sum(x, include_initial=True).tolist() == [0.0, 2.0, 5.0]
    assert np.cumulative_prod(x, include_initial=True).tolist() == [1.0, 2.0, 6.0]
