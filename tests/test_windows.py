"""Windows: what the tables of laws do not cover."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from tests import laws, windows as loops
from wengert import windows

RNG = numpy.random.default_rng(0)
X, KERNEL = RNG.standard_normal((2, 4, 6, 5)), RNG.standard_normal((6, 2, 3, 2))


def one_of(choices: list[Any], rank: int) -> tuple[Any, ...]:
    return tuple(choices[i] for i in RNG.integers(len(choices), size=rank))


@pytest.mark.part(2)
@pytest.mark.parametrize("number", range(25))
def test_any_moves_are_as_a_loop_has_it(number: int) -> None:
    rank = number % 3 + 1
    groups = number % 2 + 1
    x = RNG.standard_normal((number % 3 + 1, 2 * groups, *one_of([3, 4, 6], rank)))
    kernel = RNG.standard_normal((2 * groups, 2, *one_of([1, 2, 3], rank)))
    pads = [pad for pad in itertools.product((-1, 0, 1, 2, 5), repeat=2) if sum(pad) >= 0]
    moves = {
        "strides": one_of([1, 2, 3], rank),
        "padding": one_of(pads, rank),
        "dilation": one_of([1, 2], rank),
        "input_dilation": one_of([1, 2, 3], rank),
    }
    try:
        expected = loops.correlate(x, kernel, **moves, groups=groups)
    except IndexError:  # not one window
        return
    f = lambda x, kernel: windows.correlate(x, kernel, **moves, groups=groups)
    numpy.testing.assert_allclose(f(x, kernel), expected, atol=1e-12)
    laws.check_modes(f, (x, kernel), 1e-10)
    numpy.testing.assert_allclose(wg.jit(f)(x, kernel), expected, atol=1e-12)


@pytest.mark.parametrize("batched", [(0, None), (None, 0), (0, 0), (2, 1)])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_batch_of_either_operand_or_of_both(batched: tuple[Any, Any], groups: int) -> None:
    f = lambda x, kernel: windows.correlate(x, kernel, groups=groups, padding=1, strides=2)
    operands = X, RNG.standard_normal((4, 4 // groups, 3, 2))
    pairs = list(zip(operands, batched, strict=True))
    given = [o if axis is None else numpy.stack([o, 2 * o, o - 1], axis) for o, axis in pairs]
    taken = lambda i: [o if axis is None else numpy.take(o, i, axis) for o, axis in zip(given, batched, strict=True)]
    made = wg.vmap(f, in_axes=batched)(*given)
    numpy.testing.assert_allclose(made, numpy.stack([f(*taken(i)) for i in range(3)]), atol=1e-12)


@pytest.mark.parametrize("name", ["valid", "same", "full"])
def test_paddings_by_name_are_numpys(name: str) -> None:
    x, kernel = RNG.standard_normal(9), RNG.standard_normal(5)
    made = windows.correlate(x[None, None], kernel[None, None], padding=name)[0, 0]
    numpy.testing.assert_allclose(made, numpy.correlate(x, kernel, name), atol=1e-12)


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, "same", ((2, 1), (0, 1))])
def test_a_transposed_correlation_is_the_transpose(strides: int, padding: Any) -> None:
    kernel = RNG.standard_normal((3, 4, 3, 2))
    out = windows.correlate_transposed(x := RNG.standard_normal((2, 3, 4, 5)), kernel, strides, padding)
    if padding == "same":
        assert out.shape[2:] == (4 * strides, 5 * strides)
        padding = [(max(m - strides, 0) // 2, max(m - strides, 0) - max(m - strides, 0) // 2) for m in (3, 2)]
        if strides > 2:
            return
    back = lambda y: windows.correlate(y, kernel, strides, padding)
    _, pull = wg.vjp(back, numpy.zeros(out.shape))
    numpy.testing.assert_allclose(out, pull(x)[0], atol=1e-12)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float16", "complex64"])
def test_other_dtypes(dtype: str) -> None:
    x, kernel = (numpy.round(3 * operand).astype(dtype) for operand in (X, KERNEL))
    moves = {"strides": (1, 1), "padding": ((1, 0), (0, 0)), "dilation": (1, 1), "input_dilation": (1, 1)}
    expected = loops.correlate(x, kernel, **moves, groups=2)
    for f in (windows.correlate, wg.jit(windows.correlate, static_argnames=("padding", "groups"))):
        made = f(x, kernel, padding=((1, 0), (0, 0)), groups=2)
        assert made.dtype == numpy.dtype(dtype)
        numpy.testing.assert_allclose(made, expected, rtol=1e-2 if dtype == "float16" else 1e-5)


@pytest.mark.parametrize(("x", "kernel"), [((0, 2, 4), (3, 2, 3)), ((2, 0, 4), (3, 0, 3)), ((2, 2, 0), (3, 2, 3))])
def test_empty_axes(x: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    operands = numpy.ones(x), numpy.ones(kernel)
    f = lambda x, kernel: windows.correlate(x, kernel, padding=2).sum()
    value = windows.correlate(*operands, padding=2)
    assert value.shape == (x[0], 3, x[2] + 2)
    assert not np.any(value)
    for transform in (wg.grad(f, (0, 1)), wg.jit(wg.grad(f, (0, 1)))):
        for derivative, operand in zip(transform(*operands), operands, strict=True):
            numpy.testing.assert_array_equal(derivative, numpy.zeros_like(operand), strict=True)


def test_a_window_that_does_not_fit_gives_nothing() -> None:
    assert windows.correlate(X, numpy.ones((6, 4, 9, 1))).shape == (2, 6, 0, 5)
    assert windows.max(X, (9, 1)).shape == (2, 4, 0, 5)


# -- pools -----------------------------------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize("number", range(16))
def test_pools_of_any_moves_are_as_a_loop_has_them(number: int) -> None:
    rank = number % 2 + 1
    size = one_of([1, 2, 3], rank)
    pads = [(low, high) for low in (-1, 0, 1) for high in (-1, 0, 1)]
    moves = {"strides": one_of([1, 2, 3], rank), "padding": one_of(pads, rank), "dilation": one_of([1, 2], rank)}
    x = RNG.integers(-3, 3, (2, *one_of([5, 6, 9], rank))).astype(float)
    for pool, of_window in ((windows.sum, numpy.nansum), (windows.max, lambda w: numpy.fmax.reduce(w, axis=None))):
        try:
            expected = loops.reduced(of_window, x, size, **moves)
            f = lambda x, pool=pool: pool(x, size, **moves)
            made = f(x)
        except (IndexError, ValueError):  # not one window, or one of nothing but padding
            continue
        numpy.testing.assert_allclose(made, expected)
        numpy.testing.assert_allclose(wg.jit(f)(x), expected)
        laws.check_modes(f, (x,), 1e-10)
        gradient = wg.grad(lambda x, f=f: np.sum(f(x) ** 2))
        numpy.testing.assert_allclose(wg.jit(gradient)(x), gradient(x))


@pytest.mark.parametrize("transform", [lambda f: f, wg.jit])
def test_the_tied_share_equally(transform: Callable[..., Any]) -> None:
    x = numpy.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0])
    f = lambda x: (windows.max(x, 3) * numpy.array([1.0, 3.0])).sum()
    numpy.testing.assert_array_equal(transform(wg.grad(f))(x), [0.5, 0.5, 0, 1, 1, 1])
    meeting = lambda x: windows.max(x, 2, strides=1).sum()
    numpy.testing.assert_array_equal(transform(wg.grad(meeting))(x), [0.5, 1.5, 0, 1.5, 1, 0.5])


@pytest.mark.parametrize("transform", [lambda f: f, wg.jit])
def test_padding_is_never_the_extreme(transform: Callable[..., Any]) -> None:
    x = numpy.array([-numpy.inf, -numpy.inf, -5.0])
    f = lambda x: windows.max(x, 3, strides=1, padding=1)
    numpy.testing.assert_array_equal(transform(f)(x), [-numpy.inf, -5, -5])
    numpy.testing.assert_array_equal(transform(wg.grad(lambda x: f(x).sum()))(x), [0.5, 0.5, 2])
    numpy.testing.assert_array_equal(transform(lambda x: windows.min(x, 2, padding=((1, 0),)))(-x), [numpy.inf, 5])
    whole = numpy.array([3, -7, 5])
    numpy.testing.assert_array_equal(transform(lambda x: windows.max(x, 2, 1, 1))(whole), [3, 3, 5, 5], strict=True)


@pytest.mark.parametrize("transform", [lambda f: f, wg.jit])
def test_nan_is_the_extreme_of_its_window(transform: Callable[..., Any]) -> None:
    x = numpy.array([1.0, numpy.nan, 3.0, 2.0])
    for pool in (windows.max, windows.min):
        made = transform(lambda x, pool=pool: pool(x, 2))(x)
        numpy.testing.assert_array_equal(numpy.isnan(made), [True, False])
        gradient = transform(wg.grad(lambda x, pool=pool: np.nansum(pool(x, 2))))(x)
        assert gradient.numpy()[:2].tolist() == [0, 0]


def test_padding_may_shift_an_axis() -> None:
    """As much is left out at one end as is added at the other."""
    x = numpy.array([1.0, 2.0, 4.0])
    for transform in (lambda f: f, wg.jit):
        f = transform(lambda x: (windows.max(x, 2, 1, ((-1, 1),)), windows.sum(x, 2, 1, ((-1, 1),))))
        numpy.testing.assert_array_equal(f(x), [[4, 4], [6, 4]])


def test_means_of_whole_numbers_are_floating() -> None:
    numpy.testing.assert_array_equal(windows.mean(numpy.arange(4), 2), [0.5, 2.5], strict=True)
    assert windows.mean(numpy.ones(4, "float32"), 2).dtype == numpy.float32
    assert windows.mean(numpy.ones(4, "float32"), 2, count_padding=False).dtype == numpy.float32


def test_windows_longer_than_a_few_elements_are_compiled() -> None:
    x = RNG.standard_normal((2, 50))
    for pool in (windows.sum, windows.max, windows.unfold):
        f = lambda x, pool=pool: pool(x, 40, strides=2, padding=3)
        numpy.testing.assert_allclose(wg.jit(f)(x), f(x), atol=1e-12)
        gradient = wg.grad(lambda x, f=f: (f(x) ** 2).sum())
        numpy.testing.assert_allclose(wg.jit(gradient)(x), gradient(x), atol=1e-10)


# -- convolutions of NumPy's -----------------------------------------------------------------------


def test_no_infinity_meets_the_padding() -> None:
    for mode in ("full", "same"):
        expected = numpy.convolve([1.0, 2.0, 3.0], [numpy.inf, 1.0], mode)
        numpy.testing.assert_array_equal(np.convolve([1.0, 2.0, 3.0], [numpy.inf, 1.0], mode), expected)


def test_a_derivative_computes_no_more_than_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a filter of m elements over a line of n takes m n operations, not n squared."""
    x, k = RNG.standard_normal(400_000), RNG.standard_normal(5)
    gradient = wg.grad(lambda k: np.sum(np.convolve(x, k, "valid") ** 2))(k)
    out = numpy.convolve(x, k, "valid")
    expected = [2 * out @ x[4 - i : len(x) - i] for i in range(5)]
    numpy.testing.assert_allclose(gradient, expected, rtol=1e-10)


# -- errors ----------------------------------------------------------------------------------------

LINE = numpy.ones((1, 4, 6))

ERRORS: dict[str, Callable[[], Any]] = {
    "[correlate] arrays of shapes (6,) and (3,) were given, wanted (batch, channels, *lengths) and a kernel with as "
    "many axes and at least one element along each; write x[None, None] for one array without channels": (
        lambda: windows.correlate(numpy.ones(6), numpy.ones(3))
    ),
    "[correlate] x has 4 channels and the kernel the shape (6, 3, 3), in 1 groups, wanted (outputs, 4 / groups, *size) "
    "with outputs that divide into the groups; write groups=1, or a kernel of another shape": (
        lambda: windows.correlate(LINE, numpy.ones((6, 3, 3)))
    ),
    "[correlate] x has 4 channels and the kernel the shape (6, 2, 3), in 1 groups, wanted (outputs, 4 / groups, *size) "
    "with outputs that divide into the groups; write groups=2, or a kernel of another shape": (
        lambda: windows.correlate(LINE, numpy.ones((6, 2, 3)))
    ),
    "[correlate] strides=(1, 2) was given for 1 axes, wanted a number of at least 1 for all, or one for each; write "
    "strides=(1,)": lambda: windows.correlate(LINE, numpy.ones((6, 4, 3)), strides=(1, 2)),
    "[correlate] dilation=0 was given for 1 axes, wanted a number of at least 1 for all, or one for each; write "
    "dilation=(1,)": lambda: windows.correlate(LINE, numpy.ones((6, 4, 3)), dilation=0),
    "[correlate] the padding 'SAME' was given for 1 axes, wanted 'valid', 'same', 'full', a number, or for each axis a "
    "number or a pair; write padding=((1, 1),)": lambda: windows.correlate(LINE, numpy.ones((6, 4, 3)), padding="SAME"),
    "[correlate] the padding (1, 2) was given for 1 axes, wanted 'valid', 'same', 'full', a number, or for each axis a "
    "number or a pair; write padding=((1, 1),)": lambda: windows.correlate(LINE, numpy.ones((6, 4, 3)), padding=(1, 2)),
    "[correlate_transposed] x has 4 channels and the kernel the shape (6, 4, 3), in 1 groups, wanted (4, outputs / "
    "groups, *size) with channels that divide into the groups; write groups=1, or kernel.swapaxes(0, 1) for one that "
    "gives channels": lambda: windows.correlate_transposed(LINE, numpy.ones((6, 4, 3))),
    "[max] windows of the size (0,) were given for an array of shape (1, 4, 6), wanted at least one element along each "
    "of some of its last axes; write size=2, or size=(2, 2) for two axes": lambda: windows.max(LINE, 0),
    "[max] windows of 2 elements and a padding of (2, 2) were given for 6 elements, wanted an element in every window; "
    "write less padding": lambda: windows.max(LINE, 2, padding=2),
    "[fold] windows of shape (4, 3) were given for lengths (5,), of which there are (3,), wanted the shape (..., "
    "*(3,), *size); write the lengths, strides, padding and dilation of unfold": lambda: windows.fold(
        numpy.ones((4, 3)), 5
    ),
}


@pytest.mark.parametrize("message", ERRORS)
def test_bad_input_is_explained(message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text is compared
        ERRORS[message]()
    assert str(error.value) == message


def test_words_of_others() -> None:
    with pytest.raises(TypeError, match=r"\[correlate\] there is no parameter stride, .*; write strides="):
        windows.correlate(LINE, numpy.ones((6, 4, 3)), stride=2)
    with pytest.raises(TypeError, match=r"\[max\] there is no parameter kernel_size, .*; write size="):
        windows.max(LINE, kernel_size=2)
    with pytest.raises(TypeError, match=r"\[strides\] 1.5 was given as strides, wanted a whole number"):
        windows.max(LINE, 2, strides=1.5)
