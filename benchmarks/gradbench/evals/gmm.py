"""The logarithm of the posterior probability of a mixture of Gaussians with Wishart's prior, and its gradient.

The inverse of each covariance is Q^T Q, with Q lower triangular and the logarithms of its diagonal as parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
from scipy.special import multigammaln

from ..eval import Case, Eval, Input, told
from ..libraries import Function, Library

PARAMETERS = ("alpha", "mu", "q", "l")


def places(d: int) -> numpy.ndarray:
    """Where each number of a matrix (d, d) is in (its diagonal, what is below it column by column, zero)."""
    table = numpy.full((d, d), d + d * (d - 1) // 2)
    columns, rows = numpy.triu_indices(d, 1)
    table[rows, columns] = d + numpy.arange(len(rows))
    numpy.fill_diagonal(table, numpy.arange(d))
    return table


def log_posterior(library: Library, given: Input) -> Function:
    m, d, k = library.numpy, given["d"], given["k"]
    extra, gamma = given["m"], given["gamma"]
    table, freedom = places(d), d + given["m"] + 1
    constant = k * (freedom * d * numpy.log(gamma / numpy.sqrt(2)) - multigammaln(freedom / 2, d))
    constant -= given["n"] * d / 2 * numpy.log(2 * numpy.pi)

    def logsumexp(x: Any, axis: int) -> Any:
        largest = m.max(x, axis=axis, keepdims=True)
        return m.sum(largest, axis=axis) + m.log(m.sum(m.exp(x - largest), axis=axis))

    def f(alpha: Any, mu: Any, q: Any, lower: Any, x: Any) -> Any:
        factors = m.concatenate([m.exp(q), lower, m.zeros_like(q[:, :1])], axis=1)[:, table]
        whitened = (x @ factors.reshape(k * d, d).T).reshape(-1, k, d) - m.einsum("kij,kj->ki", factors, mu)
        terms = alpha + m.sum(q, axis=1) - m.sum(whitened**2, axis=2) / 2
        likelihood = m.sum(logsumexp(terms, 1)) - len(x) * logsumexp(alpha, 0)
        prior = extra * m.sum(q) - gamma**2 / 2 * (m.sum(m.exp(2 * q)) + m.sum(lower**2))
        return constant + likelihood + prior

    return f


def gradient(library: Library, given: Input) -> Function:
    return library.grad(log_posterior(library, given), (0, 1, 2, 3))


def answer(name: str, result: Any, _: Input) -> Any:
    return told(result) if name == "objective" else dict(zip(PARAMETERS, map(told, result), strict=True))


def sampled(d: int, k: int, n: int = 1_000) -> Input:
    rng = numpy.random.default_rng(31337)
    return {
        "d": d,
        "k": k,
        "n": n,
        "x": rng.normal(size=(n, d)),
        "m": 0,
        "gamma": 1.0,
        "alpha": rng.normal(size=k),
        "mu": rng.uniform(size=(k, d)),
        "q": rng.normal(size=(k, d)),
        "l": rng.normal(size=(k, d * (d - 1) // 2)),
    }


def cases() -> Iterator[Case]:
    for d, k in ((2, 5), (10, 25), (20, 50), (64, 100)):
        yield Case(f"d={d}, k={k}", sampled(d, k), is_quick=d == 2)


EVAL = Eval(
    name="gmm",
    functions={"objective": log_posterior, "jacobian": gradient},
    arrays=lambda given: [numpy.asarray(given[name], float) for name in (*PARAMETERS, "x")],
    integers=lambda given: [given[name] for name in ("d", "k", "n", "m")],
    constants=lambda given: [numpy.array([given["gamma"]])],
    answer=answer,
    cases=cases,
)
