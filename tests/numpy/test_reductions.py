"""Reductions: NumPy's values, dtypes and errors; products with zeros; what is not in the tables."""

from __future__ import annotations

import re
import warnings

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DTYPES = ("bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128")
NAMES = [
    "sum", "prod", "mean", "var", "std", "max", "min", "ptp", "any", "all", "count_nonzero", "argmax", "argmin",
    "cumsum", "cumprod", "nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanargmax",
    "nanargmin",
    "nancumsum", "nancumprod", "average", "diff", "ediff1d", "trapezoid", "gradient", "cov", "corrcoef", "unwrap",
]  # fmt: skip
X = numpy.random.default_rng(0).uniform(-3, 3, (3, 4))

ignoring = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def outcome(call):
    """The results as arrays, or the kind of error."""
    try:
        found = call()
    except (TypeError, ValueError) as error:
        return type(error)
    return [numpy.asarray(x) for x in (found if isinstance(found, (tuple, list)) else (found,))]


def assert_same(ours, theirs, label):
    if isinstance(theirs, type):
        assert ours is theirs, label
        return
    assert not isinstance(ours, type), (label, ours)
    for x, y in zip(ours, theirs, strict=True):
        assert x.dtype == y.dtype, label
        assert x.shape == y.shape, label
        bound = 30 * numpy.finfo(y.dtype).eps if y.dtype.kind in "fc" else 0
        numpy.testing.assert_allclose(x, y, rtol=bound, atol=bound, err_msg=label)


@pytest.mark.part(2)
@ignoring
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_the_dtypes_are_numpys(name, dtype):
    x = numpy.abs(X).astype(dtype) if dtype.startswith("u") else X.astype(dtype)
    theirs = outcome(lambda: getattr(numpy, name)(x))
    if name == "gradient" and dtype == "bool":
        pytest.skip("that of False and True as 0 and 1; NumPy cannot subtract them")
    assert_same(outcome(lambda: getattr(np, name)(x)), theirs, name)


@ignoring
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), ()])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "any", "all", "count_nonzero", "cumsum", "cumprod"])
def test_empty_arrays_and_scalars_give_what_numpy_gives(name, shape):
    x = numpy.ones(shape)
    assert_same(outcome(lambda: getattr(np, name)(x)), outcome(lambda: getattr(numpy, name)(x)), name)
    if shape and name != "mean" and name != "var":
        f = getattr(np, name)
        assert_same(outcome(lambda: f(x, axis=0)), outcome(lambda: getattr(numpy, name)(x, axis=0)), name)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_extremes_of_nothing_raise_as_in_numpy(name):
    with pytest.raises(ValueError) as theirs:  # noqa: PT011 - compared with NumPy's
        getattr(numpy, name)(numpy.ones((0, 3)), axis=0)
    with pytest.raises(ValueError, match=re.escape(str(theirs.value))):
        getattr(np, name)(numpy.ones((0, 3)), axis=0)
    assert np.max(numpy.ones((0, 3)), axis=1).shape == (0,)
    assert np.max(numpy.ones((0, 3)), axis=0, initial=2.0).tolist() == [2.0] * 3


def test_an_empty_sum_or_product_has_an_empty_derivative():
    x = numpy.ones((0, 3))
    for f in (np.sum, np.prod, lambda x: np.sum(np.cumprod(x, axis=0)), lambda x: np.sum(np.max(x, axis=1))):
        assert wg.grad(f)(x).shape == (0, 3)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "argmax", "cumsum", "all"])
def test_a_wrong_axis_is_an_axis_error(name):
    with pytest.raises(numpy.exceptions.AxisError, match="axis 2 is out of bounds for array of dimension 2"):
        getattr(np, name)(X, axis=2)


def test_an_axis_may_not_be_given_twice():
    with pytest.raises(ValueError, match="repeated axis"):
        np.sum(X, axis=(0, -2))


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std"])
def test_sums_in_a_given_dtype(name):
    x = numpy.arange(1, 5, dtype=numpy.int16)
    for dtype in (numpy.float32, "float16", float):
        theirs = outcome(lambda: getattr(numpy, name)(x, dtype=dtype))  # noqa: B023
        assert_same(outcome(lambda: getattr(np, name)(x, dtype=dtype)), theirs, name)  # noqa: B023


def test_max_with_a_mask_wants_an_initial_value():
    message = (
        "[max] where= was given without initial=, wanted both, as the mask may leave nothing to compare; "
        "write initial=-np.inf (or np.inf for a minimum)"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        np.max(X, where=X > 0)


# -- products --------------------------------------------------------------------------------------


def product_derivatives(x):
    """Gradient and Hessian of the product, each entry from its definition."""
    n = len(x)
    gradient = [numpy.prod(numpy.delete(x, i)) for i in range(n)]
    hessian = [[0 if i == j else numpy.prod(numpy.delete(x, [i, j])) for j in range(n)] for i in range(n)]
    return numpy.array(gradient), numpy.array(hessian)


@pytest.mark.parametrize("zeros", [(), (0,), (1, 3), (0, 2, 3), (0, 1, 2, 3)])
def test_products_with_any_number_of_zeros(zeros):
    x = numpy.array([1.5, -0.5, 2.0, 3.0])
    x[list(zeros)] = 0
    gradient, hessian = product_derivatives(x)
    for f in (np.prod, lambda x: np.cumprod(x)[-1], lambda x: np.cumulative_prod(x)[-1]):
        numpy.testing.assert_allclose(wg.grad(f)(x), gradient, rtol=1e-14)
        numpy.testing.assert_allclose(wg.jacfwd(f)(x), gradient, rtol=1e-14)
        numpy.testing.assert_allclose(wg.hessian(f)(x), hessian, rtol=1e-14)
        numpy.testing.assert_allclose(wg.jacrev(wg.jacfwd(f))(x), hessian, rtol=1e-14)


def test_a_product_that_overflows_away_from_a_zero_has_a_derivative():
    x = numpy.array([0.0, *[1e200] * 4])
    with numpy.errstate(over="ignore"):
        assert wg.grad(np.prod)(x).tolist() == [numpy.inf, 0.0, 0.0, 0.0, 0.0]
        assert wg.grad(lambda x: np.sum(np.cumprod(x)[1:2]))(x).tolist() == [1e200, 0.0, 0.0, 0.0, 0.0]


# -- statistics ------------------------------------------------------------------------------------


def test_average_refuses_weights_without_a_mean():
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero, can't be normalized"):
        np.average([1.0, 2.0], weights=[1.0, -1.0])
    with pytest.raises(TypeError, match="Axis must be specified when shapes of a and weights differ"):
        np.average(X, weights=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="Shape of weights must be consistent with shape of a along specified axis"):
        np.average(X, axis=1, weights=[1.0, 2.0, 3.0])


def test_average_of_several_axes_in_another_order():
    x = numpy.arange(24.0).reshape(2, 3, 4)
    weights = numpy.arange(1.0, 9.0).reshape(4, 2)
    numpy.testing.assert_allclose(
        np.average(x, axis=(2, 0), weights=weights), numpy.average(x, axis=(2, 0), weights=weights), rtol=1e-15
    )


def test_covariance_is_numpys_whatever_the_weights():
    frequencies, weights = [1, 2, 1, 3], [0.1, 0.4, 0.2, 0.3]
    for options in (
        {"fweights": frequencies},
        {"aweights": weights, "ddof": 0},
        {"fweights": frequencies, "aweights": weights, "ddof": 2},
        {"bias": True, "aweights": weights},
        {"dtype": "complex128"},
    ):
        numpy.testing.assert_allclose(np.cov(X, **options), numpy.cov(X, **options), rtol=1e-14)
    numpy.testing.assert_allclose(np.cov(X, X + 1, rowvar=False), numpy.cov(X, X + 1, rowvar=False), rtol=1e-14)


def test_correlations_are_numbers_between_minus_one_and_one():
    x = numpy.array([[0.1, 0.2, 0.4], [0.2, 0.4, 0.8], [-1.0, -2.0, -4.0]])
    c = np.corrcoef(x).numpy()
    assert numpy.abs(c).max() <= 1.0
    numpy.testing.assert_allclose(c, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]], rtol=1e-15)
    assert np.corrcoef([1.0, 2.0, 4.0]).item() == 1.0


def test_gradient_is_numpys_at_the_edges():
    f, grid = X[0], numpy.array([0.0, 0.4, 1.0, 3.0])
    for arguments, options in (((0.5,), {}), ((grid,), {}), ((grid,), {"edge_order": 2}), ((), {"edge_order": 2})):
        ours, theirs = np.gradient(f, *arguments, **options), numpy.gradient(f, *arguments, **options)
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-13)
    both = np.gradient(X, 2.0, [0.0, 1.0, 3.0, 4.0])
    for ours, theirs in zip(both, numpy.gradient(X, 2.0, [0.0, 1.0, 3.0, 4.0]), strict=True):
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: np.gradient(X, edge_order=3),
            ValueError,
            "[gradient] edge_order=3, wanted 1 or 2; write edge_order=1",
        ),
        (
            lambda: np.gradient(X, 1.0, 2.0, 3.0),
            TypeError,
            "[gradient] 3 spacings for 2 axes, wanted one for each, or one number for all",
        ),
        (
            lambda: np.gradient(X[:1], axis=0),
            ValueError,
            "[gradient] axis 0 has 1 points, wanted at least 2 for edge_order=1",
        ),
        (
            lambda: np.gradient(X[0], [1.0, 2.0]),
            ValueError,
            "[gradient] coordinates of shape (2,) for axis 0 of length 4, wanted shape (4,)",
        ),
        (lambda: np.diff(X, n=-1), ValueError, "[diff] n=-1 was given, wanted how many times to difference; write n=1"),
        (
            lambda: np.diff(1.0),
            ValueError,
            "[diff] a scalar was given, wanted at least one axis; write np.diff(np.atleast_1d(x))",
        ),
        (
            lambda: np.cumulative_sum(X),
            ValueError,
            "[cumulative_sum] an array with 2 axes was given without axis=, wanted one axis to go along; write axis=0",
        ),
        (
            lambda: np.cov(numpy.ones((2, 2, 2))),
            ValueError,
            "[cov] an array with 3 axes was given, wanted at most 2: variables and observations",
        ),
    ],
)
def test_errors_say_what_to_write(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_a_slice_of_nan_warns_as_in_numpy():
    x = numpy.array([[numpy.nan, numpy.nan], [1.0, numpy.nan]])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = np.nanmax(x, axis=1)
    assert [str(w.message) for w in seen] == ["All-NaN slice encountered"]
    numpy.testing.assert_array_equal(found, [numpy.nan, 1.0])
    with pytest.raises(ValueError, match="All-NaN slice encountered"):
        np.nanargmax(x, axis=1)


def test_what_a_nan_hides_has_no_derivative():
    x = numpy.array([1.0, numpy.nan, 3.0])
    assert wg.grad(np.nansum)(x).tolist() == [1.0, 0.0, 1.0]
    assert wg.grad(np.nanprod)(x).tolist() == [3.0, 0.0, 1.0]
    assert wg.grad(np.nanmean)(x).tolist() == [0.5, 0.0, 0.5]
    assert wg.grad(np.nanvar)(x).tolist() == [-1.0, 0.0, 1.0]
    numpy.testing.assert_allclose(wg.grad(np.nanstd)(x).numpy(), [-0.5, 0.0, 0.5], rtol=1e-15)
    assert wg.grad(np.nanmax)(x).tolist() == [0.0, 0.0, 1.0]
    assert wg.grad(lambda x: np.sum(np.nancumprod(x)))(x).tolist() == [5.0, 0.0, 1.0]
    assert wg.hessian(np.nanprod)(x).tolist() == [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]


@pytest.mark.part(8)
@pytest.mark.parametrize("exponent", [-1000, -565, -538, 515, 532, 660, 990])
@pytest.mark.parametrize("name", ["std", "nanstd"])
def test_a_deviation_has_its_digits_at_every_size(name: str, exponent: int) -> None:
    """A power of two before the data stands before the deviation, too, and not before its slope."""
    f = lambda x: getattr(np, name)(x, ddof=1)
    x = numpy.array([1.0, 2.0, 4.0, 8.0])
    for functions, power in (((f,), 1), ((wg.grad(f), wg.jacfwd(f)), 0), ((wg.hessian(f),), -1)):
        for function in functions:
            right = function(x).numpy()
            for found in (function(numpy.ldexp(x, exponent)), wg.jit(function)(numpy.ldexp(x, exponent))):
                numpy.testing.assert_allclose(
                    numpy.ldexp(found.numpy(), -power * exponent), right, rtol=1e-13, atol=1e-16
                )
