"""Rules that see a parameter as a matrix or as one vector: its rows and columns, its norm, its singular vectors."""

from __future__ import annotations

from typing import Any

import wengert as wg
import wengert.numpy as np

from .rule import Rule, per_parameter
from .steps import average, begin, decayed, missing, next_step


def lamb(lr: Any = 1e-3, betas: Any = (0.9, 0.999), eps: Any = 1e-6, weight_decay: Any = 0.0) -> Rule:
    r"""LAMB: Adam's direction, as long for each parameter as the parameter itself.

    .. math:: u_t = \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} + \lambda p_{t-1}, \quad
              p_t = p_{t-1} - \eta \frac{\|p_{t-1}\|}{\|u_t\|} u_t

    Where one of the norms is 0, their ratio is taken as 1.

    Source: Y. You et al., "Large batch optimization for deep learning" (2020), algorithm 2.

    Args:
        lr: the learning rate :math:`\eta`.
        betas: :math:`\beta_1, \beta_2`: how much of the averages is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: :math:`\lambda`, decoupled from the gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.lamb(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0].round(3)
    tensor([0.9, 1.1])
    """

    def init(p: Any) -> dict[str, Any]:
        return {**begin(), "exp_avg": np.zeros_like(p), "exp_avg_sq": np.zeros_like(p)}

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        step = next_step(state)
        mean, square = average(state["exp_avg"], betas[0], g), average(state["exp_avg_sq"], betas[1], g * g)
        seen, seen_squares = (missing(beta, step, g.dtype) for beta in betas)
        direction = mean / seen / (np.sqrt(square / seen_squares) + eps) + weight_decay * p
        after = {"step": step, "exp_avg": mean, "exp_avg_sq": square}
        return -lr * _ratio(_norm(p), _norm(direction)) * direction, after

    return per_parameter(init, update)


def _norm(x: Any) -> Any:
    return np.sqrt(np.sum(x * x))


def _ratio(over: Any, under: Any) -> Any:
    """A ratio of norms; 1 where one of them is 0."""
    positive = (over > 0) & (under > 0)
    return np.where(positive, over / np.where(positive, under, 1.0).astype(under.dtype), 1.0).astype(over.dtype)


def adafactor(
    lr: Any = 1e-2, beta2_decay: Any = -0.8, eps: Any = (None, 1e-3), d: Any = 1.0, weight_decay: Any = 0.0
) -> Rule:
    r"""Adafactor: of the squared gradients of a matrix, averages by rows and by columns alone are kept.

    With :math:`\beta_t = 1 - t^{c}`, :math:`R_t` and :math:`C_t` the averages with weight :math:`\beta_t` of the means
    of :math:`g_t^2` along rows and along columns, and :math:`\operatorname{rms}` the root of the mean of squares,

    .. math:: V_t = \frac{R_t C_t}{\operatorname{mean} R_t}, \quad u_t = \frac{g_t}{\sqrt{V_t}}, \quad
              p_t = p_{t-1} (1 - \eta \lambda) - \max(\epsilon_2, \operatorname{rms} p_{t-1})
              \min(\eta, 1/\sqrt{t}) \frac{u_t}{\max(1, \operatorname{rms}(u_t) / d)}

    Parameters with fewer than two axes keep the average of all squares.

    Source: N. Shazeer, M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost" (2018), algorithms 4
    to 6, without momentum; the decay as in PyTorch.

    Args:
        lr: the largest rate relative to the size of the parameters, :math:`\eta`.
        beta2_decay: :math:`c`, below 0.
        eps: against division by zero (the smallest of the dtype if ``None``), and the smallest size of a parameter.
        d: how large an update may be.
        weight_decay: :math:`\lambda`, decoupled from the gradient.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule = wg.optim.adafactor(lr=0.1)
    >>> {name: value.shape for name, value in rule.init(np.zeros((500, 300))).items()}
    {'step': (), 'row_var': (500, 1), 'col_var': (1, 300)}
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        step, tiny = next_step(state), eps[0] if eps[0] is not None else float(np.finfo(p.dtype).eps)
        time = step.astype(np.float64)
        keep = (1 - time**beta2_decay).astype(p.dtype)
        squares, after = _factored_squares(g, state, keep, tiny)
        direction = g / np.sqrt(np.maximum(squares, tiny * tiny))
        size = np.maximum(eps[1], _root_mean_square(p)) * np.minimum(lr, 1 / np.sqrt(time)).astype(p.dtype)
        change = size / np.maximum(1.0, _root_mean_square(direction) / d) * direction
        return -change - lr * weight_decay * p, {"step": step, **after}

    return per_parameter(_factored_zeros, update)


def _factored_zeros(p: Any) -> dict[str, Any]:
    if p.ndim < 2:
        return {**begin(), "variance": np.zeros_like(p)}
    rows, columns = np.zeros_like(p[..., :1]), np.zeros_like(p[..., :1, :])
    return {**begin(), "row_var": rows, "col_var": columns}


def _factored_squares(g: Any, state: dict[str, Any], keep: Any, tiny: Any) -> tuple[Any, dict[str, Any]]:
    """An estimate of the average of squares, and the averages that it is made of."""
    squares = g * g
    if "variance" in state:
        after = average(state["variance"], keep, squares)
        return after, {"variance": after}
    rows = average(state["row_var"], keep, np.mean(squares, axis=-1, keepdims=True))
    columns = average(state["col_var"], keep, np.mean(squares, axis=-2, keepdims=True))
    mean = np.maximum(np.mean(rows, axis=-2, keepdims=True), tiny)
    return rows * columns / mean, {"row_var": rows, "col_var": columns}


def _root_mean_square(x: Any) -> Any:
    return np.sqrt(np.mean(x * x))


COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""A quintic that takes singular values between 0 and 1 near 1 in a few turns, chosen for its slope at 0."""


def muon(
    lr: Any = 1e-3,
    weight_decay: Any = 0.1,
    momentum: Any = 0.95,
    nesterov: bool = True,
    ns_coefficients: Any = COEFFICIENTS,
    eps: Any = 1e-7,
    ns_steps: int = 5,
) -> Rule:
    r"""Muon: a step of one length along every singular vector of the averaged gradient of a matrix.

    .. math:: b_t = \mu b_{t-1} + (1 - \mu) g_t, \quad u_t = (1 - \mu) g_t + \mu b_t, \quad
              p_t = p_{t-1} (1 - \eta \lambda) - \eta \sqrt{\max(1, m/n)}\; U V^\top
              \quad\text{with}\quad u_t = U \Sigma V^\top \in \mathbb{R}^{m \times n}

    where the product of the singular vectors is approached by Newton-Schulz iterations
    :math:`X \leftarrow a X + (b A + c A^2) X, A = X X^\top` in the dtype of the parameter (PyTorch's are in bfloat16).
    It is for the hidden matrices of a network: train embeddings, biases and the last layer with `adamw`, in groups of
    their own or by `masked`. Leading axes are batches of matrices.

    Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024).

    Args:
        lr: the learning rate :math:`\eta`.
        weight_decay: :math:`\lambda`, decoupled from the gradient.
        momentum: :math:`\mu`, from 0 to 1.
        nesterov: step along the gradient and the average.
        ns_coefficients: :math:`a, b, c`.
        eps: against division by zero.
        ns_steps: the number of iterations.

    Raises:
        ValueError: a parameter is no matrix.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule, p = wg.optim.muon(lr=1.0, weight_decay=0.0), np.zeros((2, 2))
    >>> rule.step(np.diag(np.array([3.0, 0.1])), rule.init(p), p)[0].round(0)
    tensor([[-1.,  0.],
            [ 0., -1.]])
    """

    def init(p: Any) -> dict[str, Any]:
        if p.ndim < 2:
            raise ValueError(
                f"[muon] a parameter has shape {p.shape}, wanted a matrix; train the others with adamw, in a group of "
                "their own, or write chain(masked(muon(lr), matrices), masked(adamw(lr), others))"
            )
        return {"momentum_buffer": np.zeros_like(p)}

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        buffer = average(state["momentum_buffer"], momentum, g)
        direction = average(g, 1 - momentum, buffer) if nesterov else buffer
        rate = lr * max(1.0, p.shape[-2] / p.shape[-1]) ** 0.5
        change = rate * orthogonalized(direction, ns_coefficients, eps, ns_steps) + lr * weight_decay * p
        return -change, {"momentum_buffer": buffer}

    return per_parameter(init, update)


def orthogonalized(x: Any, coefficients: Any = COEFFICIENTS, eps: Any = 1e-7, steps: int = 5) -> Any:
    """The product of the singular vectors of a matrix, nearly: singular values between about 0.7 and 1.2.

    Args:
        x: of shape ``(..., m, n)``.
        coefficients: of the odd polynomial of degree 5 that is applied to the singular values.
        eps: the smallest norm that is divided by.
        steps: how often it is applied.
    """
    tall = x.shape[-2] > x.shape[-1]
    wide = np.swapaxes(x, -1, -2) if tall else x
    a, b, c = coefficients
    wide = wide / np.maximum(np.sqrt(np.sum(wide * wide, axis=(-2, -1), keepdims=True)), eps)
    for _ in range(steps):
        gram = wide @ np.swapaxes(wide, -1, -2)
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return np.swapaxes(wide, -1, -2) if tall else wide


def shampoo(
    lr: Any = 1e-1, momentum: Any = 0.0, weight_decay: Any = 0.0, eps: Any = 1e-4, update_freq: int = 1
) -> Rule:
    r"""Shampoo: a matrix gradient is multiplied from both sides by roots of the sums of its second moments.

    .. math:: L_t = L_{t-1} + g_t g_t^\top, \quad R_t = R_{t-1} + g_t^\top g_t, \quad
              p_t = p_{t-1} - \eta\, L_t^{-1/4} g_t R_t^{-1/4}, \quad L_0 = R_0 = \epsilon I

    Parameters with more axes are seen as matrices whose rows are along the first; those with fewer take the step of
    full-matrix Adagrad, :math:`p_t = p_{t-1} - \eta L_t^{-1/2} g_t`.

    Source: V. Gupta, T. Koren, Y. Singer, "Shampoo: preconditioned stochastic tensor optimization" (2018), algorithm 1.

    Args:
        lr: the learning rate :math:`\eta`.
        momentum: how much of an average of the gradients is kept.
        weight_decay: how much of the parameter is added to its gradient.
        eps: :math:`\epsilon`, what the second moments begin with.
        update_freq: the roots are computed anew each so many steps.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule, p = wg.optim.shampoo(lr=1.0), np.zeros((2, 2))
    >>> rule.step(np.diag(np.array([3.0, 0.5])), rule.init(p), p)[0].round(2)
    tensor([[-1.,  0.],
            [ 0., -1.]])
    """

    def init(p: Any) -> dict[str, Any]:
        sides = {f"moments_{i}": eps * np.eye(_as_matrix(p).shape[i], dtype=p.dtype) for i in _sides(p)}
        roots = {name.replace("moments", "root"): np.zeros_like(moments) for name, moments in sides.items()}
        return {**begin(), **sides, **roots, **({"momentum_buffer": np.zeros_like(p)} if momentum != 0 else {})}

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g, after = decayed(g, weight_decay, p), {"step": next_step(state)}
        if "momentum_buffer" in state:
            after["momentum_buffer"] = g = average(state["momentum_buffer"], momentum, g)
        matrix, due = _as_matrix(g), state["step"] % update_freq == 0
        direction = matrix
        for side in _sides(p):
            facing = np.swapaxes(matrix, 0, side)
            moments = state[f"moments_{side}"] + facing @ facing.T
            root = _root_if(due, moments, state[f"root_{side}"], -0.25 if g.ndim > 1 else -0.5)
            after |= {f"moments_{side}": moments, f"root_{side}": root}
            direction = root @ direction if side == 0 else direction @ root
        return -lr * direction.reshape(p.shape), after

    return per_parameter(init, update)


def _as_matrix(p: Any) -> Any:
    """A parameter with two axes; a number is a matrix of one row."""
    return p.reshape((p.shape[0], -1)) if p.ndim else p.reshape((1, 1))


def _sides(p: Any) -> range:
    """From which sides a parameter is multiplied: one of a vector, both of what has more axes."""
    return range(2 if p.ndim > 1 else 1)


def _root_if(due: Any, moments: Any, before: Any, exponent: float) -> Any:
    """A power of a symmetric matrix, if it is due, or the one before."""

    def power(moments: Any, before: Any) -> Any:
        values, vectors = np.linalg.eigh(moments)
        return (vectors * np.maximum(values, np.finfo(values.dtype).tiny) ** exponent) @ vectors.T

    return wg.cond(due, power, lambda moments, before: before, moments, before)


def soap(
    lr: Any = 3e-3, betas: Any = (0.95, 0.95), eps: Any = 1e-8, weight_decay: Any = 0.01, update_freq: int = 10
) -> Rule:
    r"""SOAP: Adam along the axes in which Shampoo's moments are diagonal.

    .. math:: L_t = \beta_2 L_{t-1} + (1 - \beta_2) g_t g_t^\top, \quad
              R_t = \beta_2 R_{t-1} + (1 - \beta_2) g_t^\top g_t, \quad
              m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \\
              v_t = \beta_2 v_{t-1} + (1 - \beta_2) (Q_L^\top g_t Q_R)^2, \quad
              p_t = (1 - \eta \lambda) p_{t-1} - \eta\, Q_L \frac{Q_L^\top m_t Q_R / (1 - \beta_1^t)}
              {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} Q_R^\top

    :math:`Q_L` and :math:`Q_R` are the eigenvectors of the moments at the first step; then, each so many steps, they
    are followed by a step of orthogonal iteration: the first factor of the QR decomposition of :math:`L Q_L`.
    Parameters with more axes are seen as matrices whose rows are along the first; those with fewer take Adam's step.

    Source: N. Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam" (2024), algorithms 3 and 4.

    Args:
        lr: the learning rate :math:`\eta`.
        betas: :math:`\beta_1, \beta_2`: how much of the averages is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: :math:`\lambda`, decoupled from the gradient.
        update_freq: the axes are followed each so many steps.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule, p = wg.optim.soap(lr=1.0, weight_decay=0.0), np.zeros((2, 2))
    >>> rule.step(np.diag(np.array([3.0, 0.5])), rule.init(p), p)[0].round(2)
    tensor([[-1.,  0.],
            [ 0., -1.]])
    """

    def init(p: Any) -> dict[str, Any]:
        sides = {side: _as_matrix(p).shape[side] for side in _sides_of_matrix(p)}
        moments = {f"moments_{side}": np.zeros((size, size), p.dtype) for side, size in sides.items()}
        axes = {f"axes_{side}": np.eye(size, dtype=p.dtype) for side, size in sides.items()}
        return {**begin(), "exp_avg": np.zeros_like(p), "exp_avg_sq": np.zeros_like(p), **moments, **axes}

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        step = next_step(state)
        sides = _followed(_as_matrix(g), _sides_of_matrix(p), state, betas[1], update_freq)
        axes = [sides[f"axes_{side}"] for side in _sides_of_matrix(p)]
        mean = average(state["exp_avg"], betas[0], g)
        square = average(state["exp_avg_sq"], betas[1], _turned(g, axes) ** 2)
        seen, seen_squares = (missing(beta, step, g.dtype) for beta in betas)
        direction = _turned(mean, axes) / seen / (np.sqrt(square / seen_squares) + eps)
        change = lr * _turned(direction, [np.swapaxes(each, 0, 1) for each in axes]) + lr * weight_decay * p
        return -change, {"step": step, "exp_avg": mean, "exp_avg_sq": square, **sides}

    return per_parameter(init, update)


def _sides_of_matrix(p: Any) -> range:
    """From which sides a parameter is turned: both if it has more than one axis, else none."""
    return range(2 if p.ndim > 1 else 0)


def _turned(x: Any, axes: list[Any]) -> Any:
    """A parameter's matrix in the coordinates of axes of its rows and columns, if there are any; in its own shape."""
    return (axes[0].T @ _as_matrix(x) @ axes[1]).reshape(x.shape) if axes else x


def _followed(matrix: Any, sides: range, state: dict[str, Any], beta: Any, update_freq: int) -> dict[str, Any]:
    """The second moments from each side with a gradient, and the axes in which they are nearly diagonal."""
    found = {}
    for side in sides:
        facing = np.swapaxes(matrix, 0, side)
        moments = average(state[f"moments_{side}"], beta, facing @ facing.T)
        found[f"moments_{side}"] = moments
        found[f"axes_{side}"] = _axes(state["step"], moments, state[f"axes_{side}"], update_freq)
    return found


def _axes(past: Any, moments: Any, before: Any, update_freq: int) -> Any:
    """The eigenvectors of moments at the first step, one step of orthogonal iteration when due, or the axes before."""
    choice = np.where(past == 0, 2, (past % update_freq == 0).astype(np.int64))
    return wg.switch(
        choice,
        [
            lambda moments, before: before,
            lambda moments, before: np.linalg.qr(moments @ before)[0],
            lambda moments, before: np.linalg.eigh(moments)[1],
        ],
        moments,
        before,
    )
