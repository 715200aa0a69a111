"""Sorting, order statistics, searching, interpolation: the stable order, dtypes, special values, errors."""

from __future__ import annotations

import re

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DTYPES = ("bool", "int8", "uint16", "int64", "float16", "float32", "float64")
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip
X = numpy.random.default_rng(0).permutation(numpy.linspace(-3, 3, 12)).reshape(3, 4)
TIED = numpy.array([2.0, 1.0, 2.0, 1.0, 2.0])


def outcome(call):
    """The results as arrays, or the kind of error."""
    try:
        found = call()
    except (TypeError, ValueError) as error:
        return type(error)
    return [numpy.asarray(x) for x in (found if isinstance(found, tuple) else (found,))]


def assert_same(ours, theirs, label="", precision=None):
    if isinstance(theirs, type):
        assert ours is theirs, label
        return
    assert not isinstance(ours, type), (label, ours)
    for x, y in zip(ours, theirs, strict=True):
        assert x.dtype == y.dtype, label
        assert x.shape == y.shape, label
        bound = 8 * numpy.finfo(precision or y.dtype).eps if y.dtype.kind in "fc" else 0
        numpy.testing.assert_allclose(x, y, rtol=bound, atol=bound, err_msg=label)


# -- sorting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [*DTYPES, "complex64", "complex128"])
@pytest.mark.parametrize("name", ["sort", "argsort", "median", "unique", "nonzero", "argwhere", "flatnonzero"])
def test_the_dtypes_are_numpys(name, dtype):
    x = numpy.abs(X).astype(dtype) if dtype == "uint16" else X.astype(dtype)
    options = {"stable": True} if name == "argsort" else {}
    assert_same(outcome(lambda: getattr(np, name)(x, **options)), outcome(lambda: getattr(numpy, name)(x, **options)))


def test_the_derivative_of_sort_follows_the_stable_order():
    jacobian = wg.jacobian(np.sort)(TIED)
    order = numpy.argsort(TIED, stable=True)
    numpy.testing.assert_array_equal(jacobian, numpy.eye(5)[order])
    numpy.testing.assert_array_equal(wg.jacrev(np.sort)(TIED), jacobian)
    for k in range(5):
        assert wg.grad(lambda x: np.partition(x, k)[k])(TIED).argmax() == order[k]  # noqa: B023


def test_descending_order_is_stable_too():
    assert np.argsort(TIED, descending=True).tolist() == [0, 2, 4, 1, 3]
    assert np.sort(TIED, descending=True).tolist() == [2.0, 2.0, 2.0, 1.0, 1.0]
    jacobian = wg.jacobian(lambda x: np.sort(x, descending=True))(TIED)
    numpy.testing.assert_array_equal(jacobian, numpy.eye(5)[[0, 2, 4, 1, 3]])


def test_nan_goes_last_and_takes_its_derivative_along():
    x = numpy.array([numpy.nan, 2.0, 1.0])
    numpy.testing.assert_array_equal(np.sort(x), [1.0, 2.0, numpy.nan])
    numpy.testing.assert_array_equal(wg.jacobian(np.sort)(x), [[0, 0, 1], [0, 1, 0], [1, 0, 0]])


def test_empty_arrays_sort():
    for name in ("sort", "argsort", "unique"):
        assert getattr(np, name)(numpy.ones(0)).shape == (0,)
    assert wg.grad(lambda x: np.sum(np.sort(x)))(numpy.ones((2, 0))).shape == (2, 0)


def test_kth_is_checked_as_in_numpy():
    with pytest.raises(ValueError, match=re.escape("kth(=4) out of bounds (4)")):
        np.partition(X, [1, 4])
    with pytest.raises(ValueError, match=re.escape("kth(=-5) out of bounds (4)")):
        np.argpartition(X, -5)


def test_lexsort_takes_a_matrix_of_keys():
    keys = numpy.array([[3, 1, 2, 1], [0, 0, 1, 0]])
    numpy.testing.assert_array_equal(np.lexsort(keys), numpy.lexsort(keys))
    batch = numpy.stack([keys, keys[::-1]])
    expected = [numpy.lexsort(k) for k in batch]
    numpy.testing.assert_array_equal(wg.vmap(lambda k: np.lexsort((k[0], k[1])))(batch), expected)
    shared = wg.vmap(lambda k: np.lexsort((keys[0], k)))(batch[:, 1])
    numpy.testing.assert_array_equal(shared, [numpy.lexsort((keys[0], k)) for k in batch[:, 1]])


# -- order statistics ------------------------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_numpys_in_every_method_and_dtype(method, dtype):
    x = numpy.abs(X).astype(dtype) if dtype == "uint16" else X.astype(dtype)
    for q in (0.0, 0.25, 1 / 3, 0.5, 1, [0.1, 0.9], numpy.float32(0.7), numpy.array([[0.3], [0.6]], "float32")):
        for name, fraction in (("quantile", q), ("percentile", numpy.multiply(q, 90))):
            ours = outcome(lambda: getattr(np, name)(x, fraction, method=method, axis=1))  # noqa: B023
            theirs = outcome(lambda: getattr(numpy, name)(x, fraction, method=method, axis=1))  # noqa: B023
            assert_same(ours, theirs, f"{name} {q}", coarsest(x, fraction))


def coarsest(*values):
    """The floating dtype with the fewest digits: neighbours and fractions are rounded to their own."""
    kinds = [numpy.asarray(v).dtype for v in values if numpy.asarray(v).dtype.kind == "f"]
    return min(kinds, key=lambda dtype: dtype.itemsize, default=numpy.dtype(float))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["median", "nanmedian"])
@pytest.mark.parametrize(
    "row", [[1.0, numpy.nan], [numpy.nan] * 2, [numpy.inf, 1.0], [-numpy.inf, numpy.inf], [2.0], []]
)
def test_medians_of_special_values_are_numpys(name, row):
    assert_same(outcome(lambda: getattr(np, name)(row)), outcome(lambda: getattr(numpy, name)(row)))


@pytest.mark.parametrize("row", [[1.0, numpy.nan, 0.0], [numpy.nan] * 2])
def test_a_nan_makes_the_quantile_one(row):
    numpy.testing.assert_array_equal(np.quantile(row, [0.0, 0.5]), [numpy.nan] * 2)


def test_the_derivative_of_a_median():
    assert wg.grad(np.median)(numpy.array([3.0, 1.0, 2.0])).tolist() == [0.0, 0.0, 1.0]
    assert wg.grad(np.median)(numpy.array([3.0, 1.0, 2.0, 7.0])).tolist() == [0.5, 0.0, 0.5, 0.0]
    assert wg.grad(np.nanmedian)(numpy.array([3.0, numpy.nan, 2.0])).tolist() == [0.5, 0.0, 0.5]
    assert wg.grad(np.median)(TIED).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_the_derivative_of_a_quantile_in_q():
    x = numpy.array([1.0, 2.0, 4.0, 8.0])
    slope = wg.grad(lambda q: np.quantile(x, q))(0.5)
    assert slope.item() == 3 * (4.0 - 2.0)
    assert wg.grad(lambda q: np.percentile(x, q))(90.0).item() == pytest.approx(3 * 4.0 / 100)
    assert wg.grad(lambda q: np.quantile(x, q, method="nearest"))(0.4).item() == 0.0
    # The places of Weibull begin at 1 / (n + 1): below it the quantile is constant.
    assert wg.grad(lambda q: np.quantile(x, q, method="weibull"))(0.1).item() == 0.0
    assert wg.grad(lambda q: np.quantile(x, q, method="weibull"))(0.3).item() == 5 * (2.0 - 1.0)


def test_quantiles_of_a_batch_with_a_batch_of_fractions():
    q = numpy.array([0.1, 0.5, 0.9])
    found = wg.vmap(lambda x, q: np.quantile(x, q))(X, q)
    numpy.testing.assert_allclose(found, [numpy.quantile(row, p) for row, p in zip(X, q, strict=True)], rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: np.quantile(X, 1.5), ValueError, "Quantiles must be in the range [0, 1]"),
        (lambda: np.quantile(X + 0j, 0.5), TypeError, "a must be an array of real numbers"),
        (
            lambda: np.quantile(numpy.ones(0), 0.5),
            IndexError,
            "[quantile] an empty axis was given, wanted at least one element; write np.nan for those",
        ),
        (
            lambda: np.searchsorted(X, 1.0),
            ValueError,
            "[searchsorted] a has shape (3, 4), wanted one axis; write np.ravel(a)",
        ),
        (
            lambda: np.searchsorted(X[0], 1.0, "middle"),
            ValueError,
            "[searchsorted] side='middle', wanted 'left' or 'right'; write side='left'",
        ),
        (lambda: np.digitize(X, [1.0, 0.0, 2.0]), ValueError, "bins must be monotonically increasing or decreasing"),
        (lambda: np.bincount([0, 1], [1.0]), ValueError, "The weights and list don't have the same length."),
        (
            lambda: np.bincount([0, 1], [1j, 1.0]),
            TypeError,
            "[bincount] weights of dtype complex128, wanted real ones; write np.bincount(x, w.real) + 1j * "
            "np.bincount(x, w.imag)",
        ),
        (
            lambda: np.interp(1.0, [0.0, 1.0], [1.0]),
            ValueError,
            "[interp] xp has shape (2,) and fp (1,), wanted the same shape with one axis that is not empty",
        ),
        (lambda: np.interp(1.0, [0.0], [1.0], period=0), ValueError, "period must be a non-zero value"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("name", ["nonzero", "argwhere", "flatnonzero", "unique", "histogram", "bincount"])
def test_results_whose_shape_depends_on_values_are_refused_within_vmap(name):
    with pytest.raises(TypeError, match="the value of a tensor of shape"):
        wg.vmap(getattr(np, name))(numpy.ones((2, 3), int))


# -- searching and counting ------------------------------------------------------------------------


def test_searchsorted_in_batches():
    knots, v = numpy.sort(X, axis=1), numpy.array([[0.5, -1.0], [2.0, 0.0], [1.0, 9.0]])
    for side in ("left", "right"):
        for in_axes, rows in (((0, 0), zip(knots, v, strict=True)), ((0, None), [(k, v[0]) for k in knots])):
            found = wg.vmap(lambda a, v, side=side: np.searchsorted(a, v, side), in_axes)(
                knots, v if in_axes[1] == 0 else v[0]
            )
            numpy.testing.assert_array_equal(found, [numpy.searchsorted(a, b, side) for a, b in rows])


def test_unique_differentiates_the_first_occurrence():
    jacobian = wg.jacobian(np.unique)(TIED)
    numpy.testing.assert_array_equal(jacobian, [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]])


def test_unique_results_are_named():
    found = np.unique_all(TIED)
    assert found.values.tolist() == [1.0, 2.0]
    assert found.indices.tolist() == [1, 0]
    assert found.inverse_indices.tolist() == [1, 0, 1, 0, 1]
    assert found.counts.tolist() == [2, 3]


def test_counts_of_weights():
    slopes = wg.grad(lambda w: np.bincount([1, 0, 1], w, minlength=4)[1])(numpy.ones(3))
    assert slopes.tolist() == [1.0, 0.0, 1.0]
    assert np.bincount([1, 0, 1]).dtype == int
    x = numpy.array([0.0, 0.5, 1.0, 3.0, -1.0, 2.0])
    for options in ({}, {"density": True}):
        ours = np.histogram(x, 3, range=(0, 2), weights=x + 1, **options)
        theirs = numpy.histogram(x, 3, range=(0, 2), weights=x + 1, **options)
        for mine, yours in zip(ours, theirs, strict=True):
            numpy.testing.assert_allclose(mine, yours, rtol=1e-14)


# -- interpolation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [numpy.linspace(-1, 4, 11), 1.0, numpy.nan, numpy.array([[numpy.inf], [-numpy.inf]])])
def test_interpolation_is_numpys(x):
    xp, fp = numpy.array([0.0, 1.0, 3.0]), numpy.array([2.0, -1.0, 5.0], "float32")
    for options in ({}, {"left": -1.0}, {"right": 7}, {"period": 3.5}):
        with numpy.errstate(invalid="ignore"):
            ours, theirs = np.interp(x, xp, fp, **options), numpy.interp(x, xp, fp, **options)
        assert_same([ours.numpy()], [numpy.asarray(theirs)], f"{options}")


def test_the_derivative_at_a_knot_is_that_of_its_right():
    f = lambda x: np.interp(x, [0.0, 1.0, 3.0], [2.0, -1.0, 5.0])
    assert [wg.grad(f)(x).item() for x in (0.5, 1.0, 2.0)] == [-3.0, 3.0, 3.0]
    assert [wg.grad(f)(x).item() for x in (-1.0, 4.0)] == [0.0, 0.0]
    knots = wg.grad(lambda xp: np.interp(2.0, xp, [2.0, -1.0, 5.0]))(numpy.array([0.0, 1.0, 3.0]))
    assert knots.tolist() == [0.0, -1.5, -1.5]
