"""Adam and its kin: an average of gradients, measured by an average of their squares."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

from .rule import Rule, per_parameter
from .steps import average, begin, decayed, missing, next_step

BETAS = (0.9, 0.999)


def _moments(p: Any) -> dict[str, Any]:
    """Averages of the gradient and of its square, at 0."""
    return {**begin(), "exp_avg": np.zeros_like(p), "exp_avg_sq": np.zeros_like(p)}


def _averaged(g: Any, state: dict[str, Any], betas: Any) -> dict[str, Any]:
    """The averages with a gradient."""
    return {
        "step": next_step(state),
        "exp_avg": average(state["exp_avg"], betas[0], g),
        "exp_avg_sq": average(state["exp_avg_sq"], betas[1], g * g),
    }


def _with_largest(p: Any) -> dict[str, Any]:
    return {**_moments(p), "max_exp_avg_sq": np.zeros_like(p)}


def adam(lr: Any = 1e-3, betas: Any = BETAS, eps: Any = 1e-8, weight_decay: Any = 0.0, amsgrad: bool = False) -> Rule:
    r"""Adam.

    .. math:: m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \quad
              p_t = p_{t-1} - \eta \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1; AMSGrad: S. Reddi et
    al., "On the convergence of Adam and beyond" (2018).

    Args:
        lr: the learning rate :math:`\eta`.
        betas: :math:`\beta_1, \beta_2`: how much of the averages is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: how much of the parameter is added to its gradient; `adamw` decouples it.
        amsgrad: measure by the largest :math:`v` so far.

    >>> import wengert as wg
    >>> rule = wg.optim.adam(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0].round(3)
    tensor([0.9, 1.1])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        return _adam_update(decayed(g, weight_decay, p), state, lr, betas, eps)

    return per_parameter(_with_largest if amsgrad else _moments, update)


def _adam_update(g: Any, state: dict[str, Any], lr: Any, betas: Any, eps: Any) -> tuple[Any, dict[str, Any]]:
    after = _averaged(g, state, betas)
    square = after["exp_avg_sq"]
    if "max_exp_avg_sq" in state:
        after["max_exp_avg_sq"] = square = np.maximum(state["max_exp_avg_sq"], square)
    seen, seen_squares = (missing(beta, after["step"], g.dtype) for beta in betas)
    return -(lr / seen) * after["exp_avg"] / (np.sqrt(square) / np.sqrt(seen_squares) + eps), after


def adamw(lr: Any = 1e-3, betas: Any = BETAS, eps: Any = 1e-8, weight_decay: Any = 1e-2, amsgrad: bool = False) -> Rule:
    r"""Adam with decoupled weight decay: the update of `adam` less :math:`\eta \lambda p_{t-1}`.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization" (2019), algorithm 2.

    Args:
        lr: the learning rate :math:`\eta`.
        betas: how much of the averages is kept, as of `adam`.
        eps: against division by zero.
        weight_decay: :math:`\lambda`, decoupled from the gradient.
        amsgrad: measure by the largest average of squares so far.

    >>> import wengert as wg
    >>> rule = wg.optim.adamw(lr=0.1, weight_decay=1.0)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0].round(3)
    tensor([0.8, 1. ])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        change, after = _adam_update(g, state, lr, betas, eps)
        return change - lr * weight_decay * p, after

    return per_parameter(_with_largest if amsgrad else _moments, update)


def adamax(lr: Any = 2e-3, betas: Any = BETAS, eps: Any = 1e-8, weight_decay: Any = 0.0) -> Rule:
    r"""Adamax: Adam with the largest gradient, which is forgotten slowly, in place of the root of the squares.

    .. math:: u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon), \quad
              p_t = p_{t-1} - \frac{\eta}{1 - \beta_1^t} \frac{m_t}{u_t}

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015), algorithm 2.

    Args:
        lr: the learning rate :math:`\eta`.
        betas: how much of the average and of the largest gradient is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: how much of the parameter is added to its gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.adamax(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0].round(3)
    tensor([0.9, 1.1])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g, step = decayed(g, weight_decay, p), next_step(state)
        mean = average(state["exp_avg"], betas[0], g)
        largest = np.maximum(betas[1] * state["exp_inf"], np.abs(g) + eps)
        change = -(lr / missing(betas[0], step, g.dtype)) * mean / largest
        return change, {"step": step, "exp_avg": mean, "exp_inf": largest}

    return per_parameter(lambda p: {**begin(), "exp_avg": np.zeros_like(p), "exp_inf": np.zeros_like(p)}, update)


def nadam(
    lr: Any = 2e-3,
    betas: Any = BETAS,
    eps: Any = 1e-8,
    weight_decay: Any = 0.0,
    momentum_decay: Any = 4e-3,
    decoupled_weight_decay: bool = False,
) -> Rule:
    r"""NAdam: Adam with Nesterov's momentum.

    .. math:: \mu_t = \beta_1 (1 - \tfrac12 0.96^{t \psi}), \quad
              p_t = p_{t-1} - \eta \left( \frac{(1 - \mu_t)\, g_t}{1 - \prod_{i \le t} \mu_i}
              + \frac{\mu_{t+1}\, m_t}{1 - \prod_{i \le t+1} \mu_i} \right)
              \Big/ \left( \sqrt{v_t / (1 - \beta_2^t)} + \epsilon \right)

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam" (2016).

    Args:
        lr: the learning rate :math:`\eta`.
        betas: how much of the averages is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: how much of the parameter is added to its gradient.
        momentum_decay: :math:`\psi`, how fast the momentum approaches :math:`\beta_1`.
        decoupled_weight_decay: decay as `adamw` does.

    >>> import wengert as wg
    >>> rule = wg.optim.nadam(lr=0.1)
    >>> x, state = rule.step(wg.tensor(5.0), rule.init(wg.tensor(1.0)), wg.tensor(1.0))
    >>> bool(x < 1.0)
    True
    """

    def momentum(step: Any) -> Any:
        return betas[0] * (1 - 0.5 * 0.96 ** (step * momentum_decay))

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        decay, g = _two_decays(g, p, lr, weight_decay, decoupled_weight_decay)
        after = _averaged(g, state, betas)
        now, following = momentum(after["step"]), momentum(after["step"] + 1)
        after["mu_product"] = product = state["mu_product"] * now
        measure = np.sqrt(after["exp_avg_sq"] / missing(betas[1], after["step"], g.dtype)) + eps
        of_gradient = (lr * (1 - now) / (1 - product)).astype(g.dtype)
        of_average = (lr * following / (1 - product * following)).astype(g.dtype)
        return decay - (of_gradient * g + of_average * after["exp_avg"]) / measure, after

    return per_parameter(lambda p: {**_moments(p), "mu_product": np.ones(())}, update)


def radam(
    lr: Any = 1e-3,
    betas: Any = BETAS,
    eps: Any = 1e-8,
    weight_decay: Any = 0.0,
    decoupled_weight_decay: bool = False,
) -> Rule:
    r"""RAdam: Adam that trusts its measure only when enough gradients are in it.

    With :math:`\rho_\infty = 2 / (1 - \beta_2) - 1` and
    :math:`\rho_t = \rho_\infty - 2 t \beta_2^t / (1 - \beta_2^t)`, the update of Adam is multiplied by

    .. math:: r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}}

    if :math:`\rho_t > 5`, and is :math:`\eta m_t / (1 - \beta_1^t)` otherwise.

    Source: L. Liu et al., "On the variance of the adaptive learning rate and beyond" (2020), algorithm 2.

    Args:
        lr: the learning rate :math:`\eta`.
        betas: how much of the averages is kept.
        eps: against division by zero.
        weight_decay: how much of the parameter is added to its gradient.
        decoupled_weight_decay: decay as `adamw` does.

    >>> import wengert as wg
    >>> rule = wg.optim.radam(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0]
    tensor([0.5 , 1.01])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        decay, g = _two_decays(g, p, lr, weight_decay, decoupled_weight_decay)
        after = _averaged(g, state, betas)
        mean = after["exp_avg"] / missing(betas[0], after["step"], g.dtype)
        trusted, factor = _rectified(betas[1], after["step"], g.dtype)
        measured = np.where(trusted, factor / (np.sqrt(after["exp_avg_sq"]) + eps), 1.0)
        return decay - lr * mean * measured, after

    return per_parameter(_moments, update)


def _rectified(beta: Any, step: Any, dtype: Any) -> tuple[Any, Any]:
    """Whether the average of squares can be trusted, and what Adam's update before bias correction is multiplied by."""
    most, seen = 2 / (1 - beta) - 1, 1 - beta**step
    length = most - 2 * step * (1 - seen) / seen
    trusted = length > 5
    length = np.where(trusted, length, 6.0)
    ratio = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
    return trusted, np.sqrt(np.where(trusted, ratio * seen, 1.0)).astype(dtype)


def _two_decays(g: Any, p: Any, lr: Any, weight_decay: Any, decoupled: bool) -> tuple[Any, Any]:
    """The decay that goes into the update, and the gradient with the one that goes into it."""
    return (-lr * weight_decay * p, g) if decoupled else (0.0, decayed(g, weight_decay, p))
