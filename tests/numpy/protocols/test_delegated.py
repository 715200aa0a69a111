"""What NumPy does on the values of tensors, and what Python functions, files and windows do: values, and refusals."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.numpy.lib.stride_tricks as ours
from wengert.numpy import emath

X = numpy.array([[1.0, -2.0, 3.5], [0.0, 4.0, -1.0]])
BITS = numpy.array([1, 0, 1, 1, 0, 0, 0, 1, 1], "u1")

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "packbits": lambda n, x: n.packbits(n.asarray(BITS)),
    "packbits axis": lambda n, x: n.packbits(n.asarray(BITS.reshape(3, 3)), axis=1, bitorder="little"),
    "unpackbits": lambda n, x: n.unpackbits(n.asarray(BITS), count=20),
    "array2string": lambda n, x: n.array2string(x, precision=2),
    "array_repr": lambda n, x: n.array_repr(x),
    "format_float": lambda n, x: n.format_float_positional(x[0, 2], precision=1),
    "base_repr": lambda n, x: n.base_repr(11, 2),
    "common_type": lambda n, x: n.common_type(x, n.ones(2, "f")),
    "min_scalar_type": lambda n, x: n.min_scalar_type(n.asarray(200)),
    "iterable": lambda n, x: (n.iterable(x), n.iterable(n.asarray(1.0))),
    "isfortran": lambda n, x: n.isfortran(x),
    "histogram2d": lambda n, x: n.histogram2d(x[0], x[1], bins=2)[0],
    "histogramdd": lambda n, x: n.histogramdd(x.T, bins=(2, 3))[0],
    "frombuffer": lambda n, x: n.frombuffer(X.tobytes()),
    "fromiter": lambda n, x: n.fromiter((v for v in (1, 2, 3)), "f4", 2),
    "fromstring": lambda n, x: n.fromstring("1 2 3", sep=" "),
    "loadtxt": lambda n, x: n.loadtxt(io.StringIO("1,2\n3,4"), delimiter=","),
    "genfromtxt": lambda n, x: n.genfromtxt(io.StringIO("1,2\n3,"), delimiter=","),
    "bartlett": lambda n, x: n.bartlett(5),
    "blackman": lambda n, x: n.blackman(5),
    "hamming": lambda n, x: n.hamming(5),
    "hanning": lambda n, x: n.hanning(5),
    "kaiser": lambda n, x: (n.kaiser(5, 2.0), n.kaiser(1, 2.0), n.kaiser(0, 2.0)),
    "einsum_path": lambda n, x: n.einsum_path("ij,jk,kl->il", x, x.T, x)[0],
    "require": lambda n, x: n.require(x, "f4", ["C"]),
    "asarray_chkfinite": lambda n, x: n.asarray_chkfinite(x),
    "sort_complex": lambda n, x: n.sort_complex(n.asarray([3, 1, 2], "i1")),
    "polynomial": lambda n, x: n.polynomial.chebyshev.chebval(x, [1.0, 2.0, 3.0]),
    "polynomial fit": lambda n, x: n.polynomial.polynomial.polyfit(x[0], x[1], 1),
    "polymul": lambda n, x: n.polymul(x[0], [0, 0, 1, 2]),
    "polydiv": lambda n, x: n.polydiv([1.0, 5.0, 6.0], [1.0, 2.0]),
    "polydiv longer": lambda n, x: n.polydiv([1.0], [1.0, 2.0]),
    "vectorize": lambda n, x: n.vectorize(lambda a, b: a - b if a > b else a + b)(x, n.asarray([1.0, 0.0, 2.0])),
    "vectorize otypes": lambda n, x: n.vectorize(lambda a: a * 2, otypes=["f4"])(x),
    "vectorize empty": lambda n, x: n.vectorize(lambda a: a * 2, otypes=["f4"])(x[:0]),
    "vectorize excluded": lambda n, x: n.vectorize(lambda a, p: a * len(p), excluded=["p"])(x, p=[1, 2, 3]),
    "vectorize signature": lambda n, x: n.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")(x, x[0]),
    "vectorize two": lambda n, x: n.vectorize(lambda a: (a + 1, a > 0))(x),
    "sliding windows": lambda n, x: n.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
    "sliding windows of both": lambda n, x: n.lib.stride_tricks.sliding_window_view(x, (2, 2)),
    "as_strided": lambda n, x: n.lib.stride_tricks.as_strided(x, (2, 2, 2), (24, 8, 8)),
    "emath": lambda n, x: [f(x) for f in (n.emath.sqrt, n.emath.log, n.emath.log2, n.emath.log10, n.emath.arcsin)],
    "emath powers": lambda n, x: (n.emath.power(x, 0.5), n.emath.power([2, 4], -2), n.emath.logn(2, x)),
    "emath inverse": lambda n, x: (n.emath.arccos(x), n.emath.arctanh([0.5, 2.0])),
    "unicode names": lambda n, x: (n.int_, n.uint, n.half, n.double, n.generic, n.little_endian, n.True_),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", CALLS)
def test_the_values_are_numpys(call: str) -> None:
    with numpy.errstate(all="ignore"):
        assert_same(CALLS[call](np, np.array(X)), CALLS[call](numpy, X))


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, (tuple, list)):
        for left, right in zip(ours, theirs, strict=True):
            assert_same(left, right)
    elif isinstance(theirs, numpy.ndarray):
        assert type(ours) is wg.Tensor
        assert ours.dtype == theirs.dtype
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    else:
        assert ours == theirs


REFUSED: list[Callable[[Any], Any]] = [
    lambda x: np.sum(np.histogram2d(x, x)[0]),
    lambda x: np.sum(np.polynomial.polynomial.polyval(2.0, x)),
    lambda x: np.sum(np.polynomial.Polynomial(x)(2.0)),
]


@pytest.mark.parametrize("function", REFUSED)
def test_a_derivative_is_not_lost(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="whose derivative is being recorded"):
        wg.grad(function)(numpy.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="asked for inside vmap"):
        wg.vmap(lambda x: np.packbits(x > 0))(X)


DIFFERENTIABLE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "vectorize": (lambda x: np.vectorize(lambda v: v**3 if v > 0 else -v)(x), lambda x: np.where(x > 0, x**3, -x)),
    "vectorize rows": (
        lambda x: np.vectorize(lambda r, s: r @ s * r, signature="(n),(n)->(n)")(x, x[0]),
        lambda x: (x @ x[0])[:, None] * x,
    ),
    "frompyfunc": (lambda x: np.frompyfunc(lambda v, w: v * w, 2, 1)(x, 3.0), lambda x: 3 * x),
    "fromiter": (lambda x: np.fromiter((v * v for row in x for v in row), float), lambda x: np.ravel(x * x)),
    "sliding windows": (
        lambda x: ours.sliding_window_view(x, 2, 1) ** 2,
        lambda x: np.stack([x[:, :-1], x[:, 1:]], -1) ** 2,
    ),
    "as_strided": (
        lambda x: ours.as_strided(x * x, (2, 2), (8, 16)),
        lambda x: np.stack([x[0, :2], np.stack([x[0, 2], x[1, 0]])], 1) ** 2,
    ),
    "emath": (lambda x: np.real(emath.sqrt(x - 9) ** 4), lambda x: (x - 9) ** 2),
    "poly1d": (
        lambda x: (np.poly1d(x[0]) * np.poly1d(x[1]))(2.0),
        lambda x: np.polyval(x[0], 2.0) * np.polyval(x[1], 2.0),
    ),
    "poly1d derivative": (lambda x: np.poly1d(x[0]).deriv()(x[1]), lambda x: 2 * x[0, 0] * x[1] + x[0, 1]),
    "nothing but finite": (lambda x: np.asarray_chkfinite(x) ** 2, lambda x: x**2),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_it_differentiates(name: str) -> None:
    one, other = (lambda x, f=f: np.sum(np.sin(f(x))) for f in DIFFERENTIABLE[name])
    x = X + 0.25
    numpy.testing.assert_allclose(wg.grad(one)(x), wg.grad(other)(x), rtol=1e-10, atol=1e-12)
    numpy.testing.assert_allclose(wg.jit(wg.grad(one))(x), wg.grad(other)(x), rtol=1e-10, atol=1e-12)


# -- polynomials as objects ------------------------------------------------------------------------

POLYNOMIALS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda p: p + [1.0, 2.0, 3.0, 4.0],
    "difference": lambda p: 1 - p,
    "product": lambda p: p * p * 2.0,
    "power": lambda p: p**3,
    "quotient": lambda p: (p * p / p)[0],
    "number": lambda p: p / 2.0,
    "negative": lambda p: -p,
    "derivative": lambda p: p.deriv(),
    "integral": lambda p: p.integ(2, [1.0, 2.0]),
    "composition": lambda p: p(p),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials_calculate_as_numpys(name: str) -> None:
    for given in ([0.0, 0.0, 2.0, -3.0, 1.0], [3.0], [1, 2]):
        found, wanted = (POLYNOMIALS[name](p) for p in (np.poly1d(given), numpy.poly1d(given)))
        numpy.testing.assert_allclose(found.coeffs, wanted.coeffs, rtol=1e-12)
        assert (found.order, len(found), str(found)) == (wanted.order, len(wanted), str(wanted))
        numpy.testing.assert_allclose(found([1.5, 2.0]), wanted([1.5, 2.0]), rtol=1e-12)
        assert [float(found[i]) for i in range(4)] == [float(wanted[i]) for i in range(4)]


def test_polynomials_by_their_zeros() -> None:
    p = np.poly1d([1.0, 2.0], r=True)
    assert p == np.poly1d([1.0, -3.0, 2.0])
    assert p != np.poly1d([1.0])
    numpy.testing.assert_allclose(numpy.sort(p.roots), [1.0, 2.0])
    p[3] = 2.0
    assert p.coeffs.tolist() == [2.0, 1.0, -3.0, 2.0]
    p[3] = 0.0
    p = np.poly1d(p)
    assert repr(p) == "poly1d([ 1., -3.,  2.])"
    for make, error in ((lambda: np.poly1d([[1.0]]), "1d only"), (lambda: p**-1, "non-negative integers")):
        with pytest.raises(ValueError, match=error):
            make()


# -- files -----------------------------------------------------------------------------------------


def test_files_come_back_as_tensors(tmp_path: Path) -> None:
    x = np.array(X)
    np.save(tmp_path / "x", x)
    assert_same(np.load(tmp_path / "x.npy"), X)
    np.savez(tmp_path / "several.npz", x, named=x > 0)
    np.savez_compressed(tmp_path / "packed", x)
    with np.load(tmp_path / "several.npz") as archive:
        assert sorted(archive) == ["arr_0", "named"]
        assert_same(archive["named"], X > 0)
    assert_same(np.load(tmp_path / "packed.npz")["arr_0"], X)
    np.savetxt(tmp_path / "x.txt", x, delimiter=",")
    assert_same(np.loadtxt(tmp_path / "x.txt", delimiter=","), X)
    buffer = io.BytesIO()
    np.save(buffer, x)
    buffer.seek(0)
    assert_same(np.load(buffer), X)
    leaf = wg.tensor(X, requires_grad=True)
    np.save(tmp_path / "x.npy", leaf)
    assert_same(np.load(tmp_path / "x.npy"), X)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones(3))
    path.chmod(0o640)

    def fails(*given: Any, **options: Any) -> None:
        raise OSError("no space left")

    for write in (lambda: np.save(path, np.zeros(3)), lambda: np.savetxt(path, np.zeros(3))):
        with monkeypatch.context() as patch:
            patch.setattr("os.replace", fails)
            with pytest.raises(OSError, match="no space left"):
                write()
        assert np.load(path).tolist() == [1.0, 1.0, 1.0]
        assert [p.name for p in tmp_path.iterdir()] == ["x.npy"]
    np.save(path, np.zeros(3))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_pickles_are_refused(tmp_path: Path) -> None:
    numpy.save(tmp_path / "objects.npy", numpy.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        np.load(tmp_path / "objects.npy")
    for call in (np.save, np.savez, np.savez_compressed):
        with pytest.raises(ValueError, match=r"allow_pickle=True was given, wanted False"):
            call(tmp_path / "x", X, allow_pickle=True)
    with pytest.raises(ValueError, match=r"\[load\] allow_pickle=True was given"):
        np.load(tmp_path / "objects.npy", allow_pickle=True)
    with pytest.raises(TypeError, match=r"\[save\]"):
        np.save(tmp_path / "objects.npy", ["text"])
    assert not (tmp_path / "x.npz").exists()


# -- what is asked of arrays and types -------------------------------------------------------------


def test_testing_compares_tensors() -> None:
    from wengert.numpy.polynomial.chebyshev import chebval

    from wengert.numpy.testing import assert_equal

    assert_equal(chebval(np.array([1.0]), [1.0, 2.0]), [3.0])
    x = wg.tensor(X, requires_grad=True)
    np.testing.assert_allclose(x, X)
    np.testing.assert_array_equal(np.array(X), X)
    with np.testing.assert_raises(AssertionError):
        np.testing.assert_array_equal(np.array(X), X + 1)
    np.testing.assert_raises(ZeroDivisionError, lambda: 1 / 0)


def test_types_and_memory() -> None:
    x = np.ones(3)
    assert isinstance(x, np.ndarray)
    assert issubclass(np.float32, np.generic)
    assert np.shares_memory(x, x[1:])
    assert not np.may_share_memory(x, np.ones(3))
    assert np.exceptions.AxisError is numpy.exceptions.AxisError
    with np.printoptions(precision=2), np.errstate(divide="ignore"):
        assert repr(np.array([1.23456])) == "tensor([1.23])"


def test_refusals_teach() -> None:
    with pytest.raises(ValueError, match="lead out of an array of 6 elements"):
        ours.as_strided(np.array(X), (3, 3), (24, 8))
    with pytest.raises(ValueError, match="writeable=True was given, wanted False"):
        ours.sliding_window_view(np.array(X), 2, 1, writeable=True)
    with pytest.raises(ValueError, match="infs or NaNs"):
        np.asarray_chkfinite([numpy.inf])
    with pytest.raises(ValueError, match="iterator too short"):
        np.fromiter([1, 2], float, 3)
    with pytest.raises(ValueError, match="size 0 inputs"):
        np.vectorize(lambda v: v)(np.ones(0))
    with pytest.raises(ValueError, match=r"\[array\] a list was to become a tensor of dtype None without a copy"):
        np.array([1.0], copy=False)
    with pytest.raises(ValueError, match="gufunc signature"):
        np.vectorize(lambda v: v, signature="n->n")
