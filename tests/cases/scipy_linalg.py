"""Functions of ``scipy.linalg``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import scipy.linalg

import wengert.numpy as np
import wengert.scipy.linalg as linalg

from .case import COMPLEX, EVERY, REAL, Case, Maker, apart, positive_definite, uniform
from .linalg import _spread_spectrum as spread_spectrum, hermitian, rotating, well_conditioned, with_singular_values

SQUARE = well_conditioned((3, 3))
TALL = with_singular_values((4, 3), 2.5, 1.6, 0.7)
WIDE = with_singular_values((3, 4), 2.5, 1.6, 0.7)
DEFINITE = positive_definite((3, 3))


def bands(lower: int, upper: int, size: int) -> Maker:
    """A band matrix with a dominant diagonal, in band storage."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        ab = uniform((lower + upper + 1, size))(rng, dtype)
        ab[upper] = ab[upper].real + 8
        return ab

    return make


def near_identity(shape: tuple[int, ...]) -> Maker:
    """Matrices with eigenvalues in the right half plane."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        return (0.3 * uniform(shape)(rng, dtype) + numpy.eye(shape[-1])).astype(dtype)

    return make


def stable(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
    """A matrix with eigenvalues within the unit circle."""
    return (0.3 * uniform((3, 3))(rng, dtype)).astype(dtype)


def _case(
    name: str,
    *makers: Maker,
    variant: str = "",
    prepare: Callable[..., Any] | None = None,
    select: Callable[..., Any] | None = None,
    tolerance: float = 1.0,
    dtypes: tuple[str, ...] = EVERY,
    **params: Any,
) -> Case:
    def bound(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            result = function(*(args if prepare is None else prepare(*args)), **params)
            return result if select is None else select(result)

        return call

    reference = bound(widened(getattr(scipy.linalg, name)))
    return Case(f"{name}{variant}", bound(getattr(linalg, name)), makers, reference, dtypes, tolerance=tolerance)


def widened(function: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's function in double precision, and its result in that of the arguments.

    (SciPy widens some results and not others, and loses half the digits of a few.)
    """

    def call(*args: Any, **params: Any) -> Any:
        dtype = next(x.dtype for x in args if isinstance(x, numpy.ndarray))
        wide = [x.astype(numpy.result_type(x, float)) if isinstance(x, numpy.ndarray) else x for x in args]
        return _narrowed(function(*wide, **params), dtype)

    return call


def _narrowed(result: Any, dtype: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(_narrowed(x, dtype) for x in result)
    result = numpy.asarray(result)
    if result.dtype.kind not in "fc":
        return result
    if dtype.kind == "f" and result.dtype.kind == "c" and numpy.max(numpy.abs(result.imag)) < 1e-14:
        result = result.real
    single = numpy.finfo(dtype).bits == 32
    return result.astype(result.dtype if not single else {"f": numpy.float32, "c": numpy.complex64}[result.dtype.kind])


def _hermitian_first(x: Any, *rest: Any) -> tuple[Any, ...]:
    return hermitian(x), *rest


def _hermitian_all(*args: Any) -> tuple[Any, ...]:
    return tuple(map(hermitian, args))


def _lu_solved(module: Any, trans: int) -> Callable[..., Any]:
    return lambda a, b: module.lu_solve(module.lu_factor(a), b, trans)


def _cholesky_solved(module: Any, lower: bool) -> Callable[..., Any]:
    return lambda a, b: module.cho_solve(module.cho_factor(hermitian(a), lower), b)


def _function_of_pair(module: Any, arrays: Any) -> Callable[..., Any]:
    """Eigenvalues of a pair, and what does not depend on the phases of the vectors."""

    def function(a: Any, b: Any) -> Any:
        values, vectors = module.eigh(hermitian(a), hermitian(b))
        return values, arrays.absolute(vectors), vectors @ arrays.conj(arrays.linalg.matrix_transpose(vectors))

    return function


def _riccati(module: Any, kind: str) -> Callable[..., Any]:
    return lambda a, b, q, r: getattr(module, f"solve_{kind}_are")(a, b, hermitian(q), hermitian(r))


def _tridiagonal(module: Any, arrays: Any) -> Callable[..., Any]:
    def function(d: Any, e: Any) -> Any:
        values, vectors = module.eigh_tridiagonal(d, e)
        return values, arrays.absolute(vectors)

    return function


# SciPy has no functions of stacks here, so there is no reference.
STACKS = [
    Case("expm_stack", linalg.expm, (uniform((2, 3, 3)),), dtypes=EVERY),
    Case("sqrtm_stack", linalg.sqrtm, (near_identity((2, 3, 3)),), dtypes=EVERY),
    Case("lu_stack", lambda x: linalg.lu(x, permute_l=True), (uniform((2, 3, 3)),), dtypes=EVERY),
    Case(
        "solve_sylvester_stack",
        linalg.solve_sylvester,
        (SQUARE, well_conditioned((2, 2, 2)), uniform((3, 2))),
        dtypes=EVERY,
    ),
    Case(
        "solve_triangular_stack", linalg.solve_triangular, (well_conditioned((2, 3, 3)), uniform((3, 2))), dtypes=EVERY
    ),
]

CASES = [
    _case("solve", SQUARE, uniform((3, 2))),
    _case("solve", SQUARE, uniform((3,)), variant="_transposed", transposed=True, dtypes=REAL),
    _case("inv", SQUARE),
    _case("det", SQUARE),
    _case("pinv", TALL),
    _case("pinv", WIDE, variant="_wide", rtol=1e-4),
    _case("lstsq", TALL, uniform((4,)), select=lambda result: result[0]),
    _case("norm", SQUARE),
    _case("norm", SQUARE, variant="_nuclear", ord="nuc"),
    *(
        _case("solve_triangular", SQUARE, uniform(side), variant=f"_{trans}_{lower}_{unit}", **params)
        for trans, lower, unit, side in [
            (0, False, False, (3,)),
            (1, True, False, (3, 2)),
            (2, False, True, (3, 2)),
            ("T", False, False, (3,)),
            ("C", True, True, (3,)),
        ]
        for params in [{"trans": trans, "lower": lower, "unit_diagonal": unit}]
    ),
    _case("cholesky", DEFINITE, prepare=_hermitian_first),
    _case("cholesky", DEFINITE, variant="_lower", prepare=_hermitian_first, lower=True),
    *(
        Case(
            f"cho_solve_{lower}",
            _cholesky_solved(linalg, lower),
            (DEFINITE, uniform((3, 2))),
            _cholesky_solved(scipy.linalg, lower),
            EVERY,
        )
        for lower in (False, True)
    ),
    _case("lu_factor", uniform((4, 4))),
    _case("lu", uniform((4, 4))),
    _case("lu", uniform((4, 3)), variant="_tall", permute_l=True),
    _case("lu", uniform((3, 4)), variant="_wide", p_indices=True),
    *(
        Case(
            f"lu_solve_{trans}",
            _lu_solved(linalg, trans),
            (uniform((4, 4)), uniform((4, 2) if trans else (4,))),
            _lu_solved(scipy.linalg, trans),
            EVERY,
            tolerance=2.0 if trans == 2 else 1.0,
        )
        for trans in (0, 1, 2)
    ),
    *(
        Case(
            f"solve_banded_{lower}_{upper}",
            lambda ab, b, counts=(lower, upper): linalg.solve_banded(counts, ab, b),
            (bands(lower, upper, 5), uniform(side)),
            lambda ab, b, counts=(lower, upper): scipy.linalg.solve_banded(counts, ab, b),
            EVERY,
        )
        for lower, upper, side in [(1, 1, (5,)), (2, 1, (5, 2)), (0, 2, (5, 2)), (1, 0, (5,)), (0, 0, (5,))]
    ),
    _case("solveh_banded", bands(2, 0, 5), uniform((5,)), variant="_lower", lower=True),
    _case("solveh_banded", bands(0, 2, 5), uniform((5, 2)), variant="_upper"),
    _case("toeplitz", uniform((4,))),
    _case("toeplitz", uniform((4,)), uniform((3,)), variant="_row"),
    _case("circulant", uniform((4,))),
    _case("hankel", uniform((4,))),
    _case("hankel", uniform((3,)), uniform((4,)), variant="_row"),
    _case("block_diag", uniform((2, 2)), uniform((3,)), uniform((1, 2)), uniform(())),
    _case("khatri_rao", uniform((2, 3)), uniform((3, 3))),
    Case(
        "solve_toeplitz",
        lambda c, r, b: linalg.solve_toeplitz((c + 3 * numpy.eye(4)[0].astype(c.dtype), r), b),
        (uniform((4,)), uniform((4,)), uniform((4, 2))),
        widened(lambda c, r, b: scipy.linalg.solve_toeplitz((c + 3 * numpy.eye(4)[0], r), b)),
        EVERY,
    ),
    Case(
        "matmul_toeplitz",
        linalg.matmul_toeplitz,
        (uniform((4,)), uniform((4, 2))),
        widened(scipy.linalg.matmul_toeplitz),
        EVERY,
    ),
    _case("solve_sylvester", SQUARE, well_conditioned((2, 2)), uniform((3, 2))),
    _case("solve_continuous_lyapunov", SQUARE, uniform((3, 3))),
    _case("solve_discrete_lyapunov", stable, uniform((3, 3))),
    _case("solve_discrete_lyapunov", stable, uniform((3, 3)), variant="_bilinear", method="bilinear"),
    *(
        Case(
            f"solve_{kind}_are",
            _riccati(linalg, kind),
            (uniform((3, 3)), uniform((3, 2)), DEFINITE, positive_definite((2, 2))),
            widened(_riccati(scipy.linalg, kind)),
            EVERY,
            tolerance=10.0,  # the solution comes from an ordered Schur form of twice the size
        )
        for kind in ("continuous", "discrete")
    ),
    Case(
        "eigh_tridiagonal",
        _tridiagonal(linalg, np),
        (apart((4,), -3.0, 3.0), uniform((3,), 0.5, 1.0)),
        _tridiagonal(scipy.linalg, numpy),
        REAL,
    ),
    _case("eigvalsh_tridiagonal", apart((4,), -3.0, 3.0), uniform((3,)), dtypes=REAL),
    _case("orthogonal_procrustes", TALL, TALL),
    _case("rq", SQUARE),
    _case("rq", WIDE, variant="_wide", mode="economic"),
    _case("rq", TALL, variant="_tall_r", mode="r"),
    Case(
        "eigh_pair",
        _function_of_pair(linalg, np),
        (spread_spectrum((3, 3)), DEFINITE),
        _function_of_pair(scipy.linalg, numpy),
        EVERY,
    ),
    _case("eigvalsh", spread_spectrum((4, 4)), prepare=_hermitian_first, subset_by_index=[1, 2]),
    _case("eigvalsh", spread_spectrum((3, 3)), DEFINITE, variant="_pair_upper", prepare=_hermitian_all, lower=False),
    Case(
        "eigvals",
        lambda x: linalg.eigvals(x[0]),
        (rotating,),
        lambda x: scipy.linalg.eigvals(x[0]),
        EVERY,
    ),
    Case(
        "eig",
        lambda x: np.absolute(linalg.eig(x[0])[1]),
        (rotating,),
        lambda x: numpy.abs(scipy.linalg.eig(x[0])[1]),
        EVERY,
    ),
    _case("svd", WIDE, compute_uv=False),
    _case("svdvals", TALL),
    _case("qr", TALL, mode="economic"),
    _case("qr", WIDE, variant="_full"),
    _case("qr", SQUARE, variant="_r", mode="r"),
    *(
        _case("polar", maker, variant=f"_{side}_{name}", side=side)
        for side in ("left", "right")
        for name, maker in [("square", SQUARE), ("tall", TALL), ("wide", WIDE)]
    ),
    _case("expm", uniform((3, 3))),
    _case("expm_frechet", uniform((3, 3)), uniform((3, 3))),
    _case("logm", near_identity((3, 3))),
    _case("sqrtm", near_identity((3, 3))),
    Case(
        "funm",
        lambda x: linalg.funm(x, np.exp),
        (near_identity((3, 3)),),
        widened(lambda x: scipy.linalg.funm(x, numpy.exp)),
        COMPLEX,
    ),
    _case("fractional_matrix_power", near_identity((3, 3)), t=0.3),
    *(_case(name, stable) for name in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")),
    *STACKS,
]
