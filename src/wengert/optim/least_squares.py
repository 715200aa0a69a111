"""Rules for sums of squares, and for losses of a model's outputs, by a linear model of the outputs.

They take functions in place of gradients, since they look at the outputs themselves; all else is as of any rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

from .rule import Params, Rule, State

Vector = Any
"""All elements of a tree, one after another."""


def gauss_newton(damping: Any = 0.0, solver: str = "dense", tolerance: float = 1e-10, most: int | None = None) -> Rule:
    r"""Gauss-Newton: the least squares of the residuals' linear model.

    .. math:: \delta = \arg\min_\delta \tfrac12 \|r(p) + J \delta\|^2 + \tfrac{\lambda}{2} \|\delta\|^2

    ``update`` takes the function from parameters to residuals (an array, or a tree of them) in place of gradients.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), section 10.3.

    Args:
        damping: :math:`\lambda`.
        solver: ``"dense"``, which makes the Jacobian and factors it, or ``"cg"``: conjugate gradients with products of
            the Jacobian and its transpose alone, for many parameters.
        tolerance: the relative residual at which conjugate gradients end.
        most: their largest number of turns; as many as parameters by default.

    >>> import wengert as wg, wengert.numpy as np
    >>> t, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])
    >>> rule = wg.optim.gauss_newton()
    >>> line = {"slope": wg.tensor(0.0), "shift": wg.tensor(0.0)}
    >>> line, _ = rule.step(lambda p: p["slope"] * t + p["shift"] - y, rule.init(line), line)
    >>> round(line["slope"].item(), 6), round(line["shift"].item(), 6)
    (2.0, 1.0)
    """
    solve = _solver(solver, tolerance, most)

    def update(residuals: Callable[[Params], Any], state: State, params: Params) -> tuple[Any, State]:
        vector, unravel = _raveled(params)
        step, _ = solve(lambda v: _raveled(residuals(unravel(v)))[0], vector, damping)
        return unravel(step), state

    return Rule(lambda params: (), update)


def levenberg_marquardt(
    damping: float = 1e-3, solver: str = "dense", tolerance: float = 1e-10, most: int | None = None
) -> Rule:
    r"""Levenberg-Marquardt: Gauss-Newton with a damping that follows how well the linear model predicts.

    With :math:`\rho` the decrease of :math:`\tfrac12 \|r\|^2` over the predicted one, a step with :math:`\rho > 0` is
    made and :math:`\lambda \leftarrow \lambda \max(\tfrac13, 1 - (2\rho - 1)^3)`; otherwise the parameters stay,
    :math:`\lambda \leftarrow \nu \lambda` and :math:`\nu \leftarrow 2 \nu`.

    Source: K. Madsen, H. B. Nielsen, O. Tingleff, "Methods for non-linear least squares problems" (2004),
    algorithm 3.16; D. W. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters" (1963).

    Args:
        damping: :math:`\lambda` at the beginning.
        solver: ``"dense"`` or ``"cg"``, as of `gauss_newton`.
        tolerance: the relative residual at which conjugate gradients end.
        most: their largest number of turns; as many as parameters by default.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule = wg.optim.levenberg_marquardt()
    >>> x = np.array([-1.2, 1.0])
    >>> residuals = lambda x: np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    >>> state = rule.init(x)
    >>> step = wg.jit(lambda state, x: rule.step(residuals, state, x))
    >>> for _ in range(30):
    ...     x, state = step(state, x)
    >>> x.round(6)
    tensor([1., 1.])
    """
    solve = _solver(solver, tolerance, most)

    def init(params: Params) -> State:
        dtype = _raveled(params)[0].dtype
        return {"damping": np.full((), damping, dtype), "growth": np.full((), 2.0, dtype), "step": np.zeros((), int)}

    def update(residuals: Callable[[Params], Any], state: State, params: Params) -> tuple[Any, State]:
        vector, unravel = _raveled(params)

        def flat(v: Vector) -> Vector:
            return _raveled(residuals(unravel(v)))[0]

        step, (value, predicted) = solve(flat, vector, state["damping"])
        ratio = (_half_square(value) - _half_square(flat(vector + step))) / np.maximum(predicted, TINY)
        improves = ratio > 0
        factor = np.where(improves, np.maximum(1 / 3, 1 - (2 * ratio - 1) ** 3), state["growth"])
        after = {
            "damping": np.maximum(state["damping"] * factor, TINY).astype(vector.dtype),
            "growth": np.where(improves, 2.0, 2 * state["growth"]).astype(vector.dtype),
            "step": state["step"] + 1,
        }
        return unravel(np.where(improves, step, 0.0).astype(vector.dtype)), after

    return Rule(init, update)


TINY = 1e-30


def natural_gradient(lr: Any = 1.0, damping: Any = 1e-3, tolerance: float = 1e-6, most: int | None = None) -> Rule:
    r"""Natural gradient: the gradient in the metric of the model's outputs, by conjugate gradients.

    .. math:: \delta = -\eta\, (J^\top H J + \lambda I)^{-1} \nabla L

    with :math:`J` the Jacobian of the outputs and :math:`H` the Hessian of the loss in them. For losses that are
    negative log-likelihoods in natural parameters (squared error, cross-entropy of logits) :math:`J^\top H J` is the
    Fisher information. ``update`` takes a pair of functions in place of gradients: from parameters to outputs, and
    from outputs to the loss. No matrix is made.

    Source: S. Amari, "Natural gradient works efficiently in learning" (1998); J. Martens, "New insights and
    perspectives on the natural gradient method" (2020), section 8.

    Args:
        lr: the learning rate :math:`\eta`.
        damping: :math:`\lambda`.
        tolerance: the relative residual at which conjugate gradients end.
        most: their largest number of turns; as many as parameters by default.

    >>> import wengert as wg, wengert.numpy as np
    >>> x, y = np.array([[1.0, 0.0], [1.0, 100.0]]), np.array([1.0, 3.0])
    >>> rule, w = wg.optim.natural_gradient(damping=0.0), np.zeros(2)
    >>> w, _ = rule.step((lambda w: x @ w, lambda out: np.sum((out - y) ** 2)), rule.init(w), w)
    >>> w.round(6)
    tensor([1.  , 0.02])
    """

    def update(functions: Any, state: State, params: Params) -> tuple[Any, State]:
        outputs, loss = functions
        vector, unravel = _raveled(params)
        out, forward = wg.linearize(lambda v: outputs(unravel(v)), vector)
        pullback = wg.vjp(lambda v: outputs(unravel(v)), vector)[1]
        slope, curvature = wg.linearize(wg.grad(loss), out)

        def metric(v: Vector) -> Vector:
            return _only(pullback(curvature(forward(v)))) + damping * v

        step = conjugate_gradients(metric, -_only(pullback(slope)), tolerance, most)
        return unravel((lr * step).astype(vector.dtype)), state

    return Rule(lambda params: (), update)


def conjugate_gradients(product: Callable[[Vector], Vector], b: Vector, tolerance: float, most: int | None) -> Vector:
    """The solution of ``product(x) = b`` for a symmetric positive definite matrix of which only products are known.

    Source: M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems" (1952).

    Args:
        product: of the matrix and a vector.
        b: a vector.
        tolerance: the norm of the residual, relative to that of `b`, at which it ends.
        most: the largest number of turns; the length of `b` by default.
    """
    least, turns = (tolerance * tolerance) * (b @ b), b.size if most is None else most

    def goes_on(carry: Any) -> Any:
        turn, _, _, _, square = carry
        return (turn < turns) & (square > least)

    def turn_once(carry: Any) -> Any:
        turn, x, residual, direction, square = carry
        image = product(direction)
        length = square / (direction @ image)
        x, residual = x + length * direction, residual - length * image
        after = residual @ residual
        return turn + 1, x, residual, residual + (after / square) * direction, after

    start = (0, np.zeros_like(b), b, b, b @ b)
    return wg.while_loop(goes_on, turn_once, start)[1]


def _solver(name: str, tolerance: float, most: int | None) -> Callable[..., Any]:
    """What gives the damped step of residuals, with their value and the decrease that the linear model predicts."""
    if name not in ("dense", "cg"):
        raise ValueError(f"[gauss_newton] solver is {name!r}, wanted 'dense' or 'cg'; write solver='dense'")

    def dense(residuals: Callable[[Vector], Vector], vector: Vector, damping: Any) -> Any:
        value, jacobian = residuals(vector), wg.jacobian(residuals)(vector)
        scale = np.sqrt(np.asarray(damping).astype(vector.dtype))
        stacked = np.concatenate([jacobian, scale * np.eye(vector.size, dtype=vector.dtype)])
        step = np.linalg.lstsq(stacked, -np.concatenate([value, np.zeros_like(vector)]))[0]
        return step, (value, _predicted(step, value @ jacobian, damping))

    def matrix_free(residuals: Callable[[Vector], Vector], vector: Vector, damping: Any) -> Any:
        value, forward = wg.linearize(residuals, vector)
        pullback = wg.vjp(residuals, vector)[1]
        slope = _only(pullback(value))
        step = conjugate_gradients(lambda v: _only(pullback(forward(v))) + damping * v, -slope, tolerance, most)
        return step, (value, _predicted(step, slope, damping))

    return dense if name == "dense" else matrix_free


def _predicted(step: Vector, slope: Vector, damping: Any) -> Any:
    """How much half the sum of squares falls along a damped step, by the linear model."""
    return 0.5 * (damping * (step @ step) - step @ slope)


def _half_square(value: Vector) -> Any:
    return 0.5 * (value @ value)


def _only(cotangents: Any) -> Vector:
    return cotangents[0] if isinstance(cotangents, tuple) else cotangents


def _raveled(tree: Any) -> tuple[Vector, Callable[[Vector], Any]]:
    """All elements of a tree as one vector, and the way back, to the shapes and dtypes of the tree."""
    leaves, structure = wg.trees.flatten(tree)
    arrays = [np.asarray(leaf) for leaf in leaves]

    def unravel(vector: Vector) -> Any:
        begin, parts = 0, []
        for array in arrays:
            parts.append(vector[begin : begin + array.size].reshape(array.shape).astype(array.dtype))
            begin += array.size
        return wg.trees.unflatten(structure, parts)

    return np.concatenate([np.ravel(array) for array in arrays]), unravel
