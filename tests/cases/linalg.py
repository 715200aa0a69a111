"""Linear algebra. Eigenvectors and singular vectors are compared in combinations that do not depend on their phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, Case, Maker, positive_definite, uniform


def well_conditioned(shape: tuple[int, ...]) -> Maker:
    """Square matrices that are far from singular."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        return (uniform(shape)(rng, dtype) + 2 * numpy.eye(shape[-1])).astype(dtype)

    return make


def with_singular_values(shape: tuple[int, ...], *values: float) -> Maker:
    """Matrices with these singular values."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        u, _, vh = numpy.linalg.svd(uniform(shape)(rng, dtype), full_matrices=False)
        return ((u * numpy.array(values)) @ vh).astype(dtype)

    return make


def rotating(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
    """Matrices of which some eigenvalues are complex, well apart."""
    turned = numpy.array([[1.0, 2.0, 0.0], [-2.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    return (turned + 0.3 * uniform((2, 3, 3))(rng, dtype)).astype(dtype)


def hermitian(x: Any) -> Any:
    """The Hermitian part, by functions that NumPy and Wengert share."""
    module = numpy if isinstance(x, numpy.ndarray) else np
    return (x + module.conj(module.linalg.matrix_transpose(x))) / 2


def _bound(module: Any, name: str, prepare: Callable[..., Any] | None, params: dict[str, Any]) -> Callable[..., Any]:
    function = getattr(module.linalg, name)
    if prepare is None:
        return lambda *args: function(*args, **params)
    return lambda x, *rest: function(prepare(x), *rest, **params)


def _case(
    name: str,
    *makers: Maker,
    variant: str = "",
    dtypes: tuple[str, ...] = EVERY,
    order: int = 2,
    prepare: Callable[..., Any] | None = None,
    tolerance: float = 1.0,
    batched: bool = True,
    **params: Any,
) -> Case:
    function, reference = (_bound(module, name, prepare, params) for module in (np, numpy))
    return Case(f"{name}{variant}", function, makers, reference, dtypes, order, batched, tolerance)


def _function_of_hermitian(module: Any, uplo: str) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        values, vectors = module.linalg.eigh(hermitian(x), uplo)
        rebuilt = (vectors * module.exp(values)[..., None, :]) @ module.conj(module.linalg.matrix_transpose(vectors))
        return values, module.absolute(vectors), rebuilt

    return function


def _function_of_square(module: Any) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        values, vectors = module.linalg.eig(x)
        rebuilt = (vectors * module.exp(values)[..., None, :]) @ module.linalg.inv(vectors)
        return values, module.absolute(vectors), rebuilt

    return function


def _function_of_any(module: Any, **params: Any) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        u, s, vh = module.linalg.svd(x, **params)
        return s, module.absolute(u), module.absolute(vh), (u * module.exp(s)[..., None, :]) @ vh

    return function


def _decomposition(name: str, make: Callable[..., Any], *makers: Maker, **params: Any) -> Case:
    return Case(name, make(np, **params), makers, make(numpy, **params), EVERY)


def _spread_spectrum(shape: tuple[int, ...]) -> Maker:
    """Hermitian matrices with eigenvalues about 1 apart."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        _, vectors = numpy.linalg.eigh(hermitian(uniform(shape)(rng, dtype)))
        values = numpy.arange(shape[-1]) + rng.uniform(-0.2, 0.2, shape[:-1])
        return ((vectors * values[..., None, :]) @ numpy.conj(numpy.swapaxes(vectors, -1, -2))).astype(dtype)

    return make


SQUARE = well_conditioned((3, 3))
STACK = well_conditioned((2, 3, 3))
TALL = with_singular_values((4, 3), 2.5, 1.6, 0.7)
WIDE = with_singular_values((3, 4), 2.5, 1.6, 0.7)
STACK_OF_TALL = with_singular_values((2, 3, 2), 2.0, 0.8)
DEFINITE = positive_definite((3, 3))

NORMS = [
    *(
        _case("norm", uniform((4,), 0.2, 1.0), variant=f"_vector_{order}", ord=order)
        for order in (None, 1, 2, 3, 0.5, -1, -2.5, numpy.inf, -numpy.inf)
    ),
    _case("norm", uniform((4,)), variant="_vector_0", ord=0, order=0),
    *(
        _case("norm", SQUARE, variant=f"_matrix_{order}", ord=order)
        for order in (None, "fro", "nuc", 1, -1, 2, -2, numpy.inf, -numpy.inf)
    ),
    _case("norm", uniform((2, 3, 2)), variant="_flat"),
    _case("norm", uniform((2, 3, 2)), variant="_axis", axis=1),
    _case("norm", uniform((2, 3, 2)), variant="_axis_keepdims", axis=-1, keepdims=True, ord=3),
    _case("norm", uniform((2, 3, 2)), variant="_axes", axis=(0, 2)),
    _case("norm", uniform((2, 3, 2)), variant="_axes_keepdims", axis=(2, 0), keepdims=True, ord=1),
    _case("norm", uniform((2, 3, 2)), variant="_axes_nuclear", axis=(2, 0), keepdims=True, ord="nuc"),
    _case("vector_norm", uniform((2, 3)), variant="_all"),
    _case("vector_norm", uniform((2, 3, 2)), variant="_axes", axis=(0, 2), ord=3, keepdims=True),
    _case("matrix_norm", uniform((2, 3, 2))),
    _case("matrix_norm", uniform((2, 3, 2)), variant="_2", ord=2, keepdims=True),
]

CASES = [
    _case("solve", SQUARE, uniform((3,)), variant="_vector"),
    _case("solve", SQUARE, uniform((3, 2))),
    _case("solve", STACK, uniform((3, 2)), variant="_stack"),
    _case("solve", SQUARE, uniform((2, 3, 2)), variant="_stack_of_sides"),
    _case("solve", STACK, uniform((3,)), variant="_stack_vector"),
    _case("inv", SQUARE),
    _case("inv", STACK, variant="_stack"),
    _case("pinv", TALL, variant="_tall"),
    _case("pinv", WIDE, variant="_wide"),
    _case("pinv", STACK_OF_TALL, variant="_stack"),
    _case("pinv", DEFINITE, variant="_hermitian", hermitian=True, prepare=hermitian),
    _case("pinv", TALL, variant="_rtol", rtol=1e-4),
    # The four results of NumPy have other types (the rank is a NumPy scalar), so only x is compared.
    *(
        Case(
            f"lstsq_{name}",
            lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0],
            (maker, side),
            lambda a, b: numpy.linalg.lstsq(a, b, rcond=None)[0],
            EVERY,
        )
        for name, maker, side in [
            ("tall", TALL, uniform((4, 2))),
            ("wide", WIDE, uniform((3,))),
            ("square", SQUARE, uniform((3,))),
        ]
    ),
    _case("det", SQUARE),
    _case("det", uniform((2, 4, 4)), variant="_stack"),
    _case("slogdet", SQUARE),
    _case("slogdet", STACK, variant="_stack"),
    _case("cholesky", DEFINITE, prepare=hermitian),
    _case("cholesky", positive_definite((2, 3, 3)), variant="_stack_upper", prepare=hermitian, upper=True),
    _decomposition("eigh", _function_of_hermitian, _spread_spectrum((3, 3)), uplo="L"),
    _decomposition("eigh_stack_upper", _function_of_hermitian, _spread_spectrum((2, 3, 3)), uplo="U"),
    _case("eigvalsh", _spread_spectrum((3, 3)), prepare=hermitian),
    Case("eig", _function_of_square(np), (rotating,), _function_of_square(numpy), EVERY),
    _case("eigvals", rotating),
    _decomposition("svd_square", _function_of_any, with_singular_values((3, 3), 2.5, 1.6, 0.7)),
    _decomposition("svd_tall", _function_of_any, TALL, full_matrices=False),
    _decomposition("svd_wide", _function_of_any, WIDE, full_matrices=False),
    _decomposition("svd_stack", _function_of_any, STACK_OF_TALL, full_matrices=False),
    _case("svdvals", TALL),
    _case("svd", WIDE, variant="_values_only", compute_uv=False),
    _case("qr", TALL, variant="_tall"),
    _case("qr", SQUARE, variant="_square", mode="complete"),
    _case("qr", WIDE, variant="_wide"),
    _case("qr", WIDE, variant="_wide_complete", mode="complete"),
    _case("qr", STACK_OF_TALL, variant="_stack"),
    _case("qr", TALL, variant="_r", mode="r"),
    *(_case("matrix_power", STACK, variant=f"_{n}", n=n) for n in (1, 2, 3, 5, -1, -2)),
    _case("matrix_power", STACK, variant="_0", n=0, order=0),
    _case("matrix_rank", TALL, order=0),
    _case("matrix_rank", uniform((3,)), variant="_vector", order=0),
    *(_case("cond", SQUARE, variant=f"_{p}", p=p) for p in (None, 2, -2, 1, -1, numpy.inf, "fro", "nuc")),
    _case("cond", STACK_OF_TALL, variant="_stack"),
    Case(
        "tensorinv",
        np.linalg.tensorinv,
        (lambda rng, dtype: well_conditioned((6, 6))(rng, dtype).reshape(2, 3, 6),),
        numpy.linalg.tensorinv,
        EVERY,
    ),
    Case(
        "tensorsolve",
        np.linalg.tensorsolve,
        (lambda rng, dtype: well_conditioned((6, 6))(rng, dtype).reshape(2, 3, 6), uniform((2, 3))),
        numpy.linalg.tensorsolve,
        EVERY,
    ),
    Case(
        "tensorsolve_axes",
        lambda a, b: np.linalg.tensorsolve(a, b, axes=(0,)),
        (lambda rng, dtype: well_conditioned((6, 6))(rng, dtype).T.reshape(6, 2, 3), uniform((2, 3))),
        lambda a, b: numpy.linalg.tensorsolve(a, b, axes=(0,)),
        EVERY,
    ),
    Case(
        "multi_dot",
        lambda *args: np.linalg.multi_dot(args),
        (uniform((2, 5)), uniform((5, 3)), uniform((3, 4)), uniform((4, 2))),
        lambda *args: numpy.linalg.multi_dot(args),
        EVERY,
    ),
    Case(
        "multi_dot_vectors",
        lambda *args: np.linalg.multi_dot(args),
        (uniform((2,)), uniform((2, 3)), uniform((3,))),
        lambda *args: numpy.linalg.multi_dot(args),
        EVERY,
    ),
    _case("diagonal", uniform((2, 3, 3))),
    _case("diagonal", uniform((2, 4)), variant="_offset", offset=-1),
    _case("trace", uniform((2, 3, 3))),
    _case("trace", uniform((2, 3, 4)), variant="_offset", offset=2),
    _case("matrix_transpose", uniform((2, 3, 4))),
    _case("outer", uniform((2,)), uniform((3,))),
    _case("cross", uniform((2, 3)), uniform((3,))),
    _case("matmul", uniform((2, 3)), uniform((3, 2))),
    _case("tensordot", uniform((2, 3)), uniform((3, 2)), axes=1),
    _case("vecdot", uniform((2, 3)), uniform((3,))),
    *NORMS,
]
