"""Plans give the matrices that dense derivatives are, at every point, and say where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy
import pytest
from scipy import sparse

import wengert as wg
import wengert.numpy as np

from .matrices import brusselator

plan_jacobian, plan_hessian = wg.sparse.plan_jacobian, wg.sparse.plan_hessian

POINT = numpy.random.default_rng(0).normal(size=32)

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "brusselator": brusselator,
    "full row and column": lambda x: np.concatenate([x[:1] * np.sum(x**2), x[0] * x[1:] ** 2]),
    "full row": lambda x: np.concatenate([np.sum(x**2)[None], x[1:] ** 2]),
    "wide": lambda x: np.sum(x.reshape(2, 16) ** 3, axis=1),
    "nothing": lambda x: np.zeros(3),
    "linear": lambda x: 3 * x[::-1],
    "a loop": lambda x: wg.scan(lambda c, y: (c * 0.5, c * y[0] * y[1]), 1.0, x.reshape(16, 2))[1],
}

SCALARS: dict[str, Callable[[Any], Any]] = {
    "chain": lambda x: np.sum((x[1:] - x[:-1] ** 2) ** 2),
    "residual": lambda x: np.sum(brusselator(x) ** 2) / 2,
    "hub": lambda x: x[0] * np.sum(x[1:] ** 3),
    "separable": lambda x: np.sum(np.exp(x)),
    "linear": lambda x: np.sum(x),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", ["auto", "column", "row", "bidirectional"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_sparse_jacobian_is_the_dense_one(name: str, kind: str) -> None:
    plan = plan_jacobian(FUNCTIONS[name], POINT, coloring=kind, method="products")
    for point in (POINT, 2 * POINT - 1):
        found = plan(point)
        assert isinstance(found, sparse.csr_array)
        numpy.testing.assert_allclose(
            found.toarray(), wg.jacobian(FUNCTIONS[name])(point).numpy(), rtol=1e-12, atol=1e-12
        )  # fmt: skip


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", ["star", "acyclic", "column"])
@pytest.mark.parametrize("name", SCALARS)
def test_a_sparse_hessian_is_the_dense_one(name: str, kind: str) -> None:
    f = SCALARS[name]
    plan = plan_hessian(f, POINT, coloring=kind, method="products")
    for point in (POINT, 2 * POINT - 1):
        value, gradient, found = plan.value_and(point)
        numpy.testing.assert_allclose(found.toarray(), wg.hessian(f)(point).numpy(), rtol=1e-10, atol=1e-9)
        numpy.testing.assert_allclose(value.numpy(), f(point))
        numpy.testing.assert_allclose(gradient.numpy(), wg.grad(f)(point).numpy())
        assert abs(found - found.T).max() <= 1e-9


@pytest.mark.part(2)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_elements_are_carried_each_by_itself(name: str) -> None:
    plan = plan_jacobian(FUNCTIONS[name], POINT, method="elements")
    for point in (POINT, 2 * POINT - 1):
        dense = wg.jacobian(FUNCTIONS[name])(point).numpy()
        numpy.testing.assert_allclose(plan(point).toarray(), dense, rtol=1e-12, atol=1e-12)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", SCALARS)
def test_elements_of_a_hessian_are_carried_each_by_itself(name: str) -> None:
    plan = plan_hessian(SCALARS[name], POINT, method="elements")
    for point in (POINT, 2 * POINT - 1):
        dense = wg.hessian(SCALARS[name])(point).numpy()
        numpy.testing.assert_allclose(plan(point).toarray(), dense, rtol=1e-10, atol=1e-9)


def test_the_least_work_is_chosen() -> None:
    import wengert.sparse.recipe as recipe

    dense = lambda x: np.sin(numpy.ones((16, 16)) @ np.cos(x))
    for f, is_carried in ((brusselator, True), (FUNCTIONS["a loop"], False), (dense, False)):
        plan = plan_jacobian(f, POINT[:16] if f is dense else POINT)
        found = recipe.Recipe._carried
        chosen: list[bool] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recipe.Recipe, "_carried", lambda self, args: _noted(chosen, found(self, args)))  # noqa: B023
            plan(POINT[:16] if f is dense else POINT)
        assert chosen[0] is is_carried


def _noted(chosen: list[bool], found: Any) -> Any:
    chosen.append(found is not None)
    return found


def test_an_arrow_takes_three_products() -> None:
    plan = plan_jacobian(FUNCTIONS["full row and column"], numpy.ones(10_000))
    assert repr(plan) == "<plan of a 10000 x 10000 Jacobian: 29998 nonzeros, 3 products>"
    assert repr(plan_hessian(SCALARS["hub"], numpy.ones(10_000))) == (
        "<plan of a 10000 x 10000 Hessian: 29997 nonzeros, 2 products>"
    )


def test_arguments_are_nested_and_results_as_well() -> None:
    def f(parameters: Any, factor: Any) -> Any:
        return {"first": factor * parameters["a"][1:] * parameters["b"], "second": np.sum(parameters["a"])}

    arguments = {"a": numpy.arange(4.0), "b": numpy.array([2.0], numpy.float32)}
    plan = plan_jacobian(f, arguments, 3.0)
    assert plan.shape == (4, 5)
    expected = [[0, 6, 0, 0, 3], [0, 0, 6, 0, 6], [0, 0, 0, 6, 9], [1, 1, 1, 1, 0]]
    numpy.testing.assert_allclose(plan(arguments, 3.0).toarray(), expected)
    numpy.testing.assert_allclose(plan(arguments, 6.0).toarray()[0], [0, 12, 0, 0, 6])
    both = plan_jacobian(f, arguments, 3.0, argnums=(0, 1))
    numpy.testing.assert_allclose(both(arguments, 3.0).toarray()[:, 5], [2, 4, 6, 0])
    value, found = plan.value_and(arguments, 3.0)
    assert found.nnz == 10
    numpy.testing.assert_allclose(value["first"].numpy(), [6, 12, 18])


def test_single_precision_stays() -> None:
    x = numpy.ones(5, numpy.float32)
    for method in ("elements", "products"):
        assert plan_jacobian(lambda x: x[1:] * x[:-1], x, method=method)(x).dtype == numpy.float32


def test_elements_have_derivatives_and_are_compiled_and_batched() -> None:
    plan = plan_jacobian(lambda x: x[1:] ** 2 * x[:-1], POINT[:5])
    total = lambda x: np.sum(plan.nonzeros(x) ** 2)
    slow = lambda x: np.sum(wg.jacobian(lambda y: y[1:] ** 2 * y[:-1])(x) ** 2)
    x = POINT[:5]
    for transformed in (wg.grad, lambda f: wg.jit(wg.grad(f)), wg.hessian):
        numpy.testing.assert_allclose(transformed(total)(x).numpy(), transformed(slow)(x).numpy(), rtol=1e-12)
    batch = numpy.stack([x, x + 1])
    looped = numpy.stack([plan.nonzeros(row).numpy() for row in batch])
    numpy.testing.assert_allclose(wg.vmap(plan.nonzeros)(batch).numpy(), looped)


def test_what_a_function_reads_from_outside_is_read_at_each_call() -> None:
    scale = wg.tensor(2.0)
    plan = plan_jacobian(lambda x: scale * x, POINT[:3])
    assert plan(POINT[:3]).data.tolist() == [2, 2, 2]
    scale += 3.0
    assert plan(POINT[:3]).data.tolist() == [5, 5, 5]


def test_matrices_of_a_plan_do_not_share_elements() -> None:
    plan = plan_jacobian(lambda x: x**2, POINT[:3])
    one, other = plan(POINT[:3]), plan(POINT[:3])
    one.data[:] = 0
    assert (other.data != 0).all()
    assert (plan(POINT[:3]).data != 0).all()
    with pytest.raises(ValueError, match="read-only"):
        one.eliminate_zeros()


LACKS = (
    "[{op}] in {count} of {rows} rows, row {row} among them, there are derivatives that the pattern lacks: it depends "
    "on the point, and was found at another one, or is not that of this function; wanted a pattern that holds at all "
    "points where it is used; write {op}(f, x) without local=True or pattern=, or make another plan at this point"
)


def test_a_pattern_that_depends_on_the_point_is_found_out() -> None:
    f = lambda x: x[1:] * x[:-1]
    plan = plan_jacobian(f, numpy.array([0.0, 1.0, 0.0]), local=True)
    assert plan.pattern.nnz == 2
    with pytest.raises(RuntimeError) as refused:
        plan(numpy.array([0.0, 1.0, 2.0]))
    assert str(refused.value) == LACKS.format(op="plan_jacobian", count=1, rows=2, row=1)


def test_a_way_that_python_decides_for_is_found_out() -> None:
    def f(x: Any) -> Any:
        return x * x[0] if x[0] > 0 else x * np.sum(x)

    plan = plan_jacobian(f, numpy.ones(3))
    assert plan(numpy.ones(3)).nnz == 5
    with pytest.raises(RuntimeError) as refused:
        plan(-numpy.ones(3))
    assert str(refused.value) == LACKS.format(op="plan_jacobian", count=3, rows=3, row=0)


@pytest.mark.parametrize("method", ["elements", "products"])
def test_a_mask_from_outside_that_changes_is_found_out(method: str) -> None:
    mask = numpy.array([1, 0, 1])
    plan = plan_jacobian(lambda x: mask * x, numpy.ones(3), method=method)
    assert plan(numpy.ones(3)).nnz == 2
    for changed in ([1, 0, 2], [0, 0, 1], [3, 0, 1]):
        mask[:] = changed
        with suppress(RuntimeError):
            numpy.testing.assert_array_equal(plan(numpy.ones(3)).toarray(), numpy.diag(changed))
    mask[:] = [1, 1, 0]
    with pytest.raises(RuntimeError, match="derivatives that the pattern lacks"):
        plan(numpy.ones(3))


def test_a_planted_pattern_is_caught() -> None:
    full = wg.sparse.jacobian_pattern(brusselator, POINT)
    for entry in (0, 40, full.nnz - 1):
        planted = full.copy()
        planted.data[entry] = False
        with pytest.raises(RuntimeError, match="derivatives that the pattern lacks"):
            plan_jacobian(brusselator, POINT, pattern=planted)(POINT)
    numpy.testing.assert_allclose(
        plan_jacobian(brusselator, POINT, pattern=full)(POINT).toarray(), wg.jacobian(brusselator)(POINT).numpy()
    )


def test_other_arguments_are_refused() -> None:
    plan = plan_jacobian(lambda x: x**2, POINT)
    with pytest.raises(TypeError) as refused:
        plan(POINT[:3])
    assert str(refused.value) == (
        "[plan_jacobian] the arguments have shapes [(3,)] and dtypes ['float64'], and the plan was made for [(32,)] "
        "and ['float64'], nested alike; write plan_jacobian(f, x) for another plan"
    )


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda: plan_jacobian(3.0, POINT),
            TypeError,
            "[plan_jacobian] f is of type float, wanted a function; write plan_jacobian(f, x)",
        ),
        (
            lambda: plan_hessian(np.sum, numpy.arange(3)),
            TypeError,
            "[plan_hessian] an argument has dtype int64, wanted real floating point; write x.astype(float), or name "
            "the positions of the arguments in question with argnums",
        ),
        (
            lambda: plan_jacobian(np.sin, POINT, argnums=1),
            TypeError,
            "[plan_jacobian] argnums is (1,), wanted positions among the 1 arguments that were given; write "
            "plan_jacobian(f, x, argnums=0)",
        ),
        (
            lambda: plan_jacobian(np.sin, POINT, method="direct"),
            ValueError,
            "[plan_jacobian] method='direct', wanted 'auto', 'elements' or 'products'; write method='auto' to let the "
            "work decide",
        ),
        (
            lambda: plan_jacobian(np.sin, POINT, pattern=numpy.eye(3)),
            ValueError,
            "[plan_jacobian] the pattern has shape (3, 3), wanted one with 32 columns: a row for each number of the "
            "result, and a column for each of the arguments; write plan_jacobian(f, x) to have it found",
        ),
        (
            lambda: plan_jacobian(np.sin, POINT, pattern=numpy.ones((3, 32))),
            ValueError,
            "[plan_jacobian] the pattern has shape (3, 32), wanted one with 32 columns and 32 rows: a row for each "
            "number of the result, and a column for each of the arguments; write plan_jacobian(f, x) to have it found",
        ),
    ],
)
def test_bad_input_is_refused(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as refused:
        call()
    assert str(refused.value) == text
