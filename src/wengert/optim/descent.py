"""Steps along the gradient, or along an average of gradients."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

from .rule import Rule, per_parameter
from .steps import begin, decayed, next_step


def sgd(
    lr: Any = 1e-3,
    momentum: Any = 0.0,
    dampening: Any = 0.0,
    weight_decay: Any = 0.0,
    nesterov: bool = False,
) -> Rule:
    r"""Stochastic gradient descent, with momentum if asked for.

    With :math:`g` the gradient plus `weight_decay` times the parameter, :math:`\mu` the momentum and :math:`\tau` the
    dampening,

    .. math:: b_1 = g_1, \quad b_t = \mu b_{t-1} + (1 - \tau) g_t, \quad p_t = p_{t-1} - \eta\, b_t,

    and :math:`p_t = p_{t-1} - \eta (g_t + \mu b_t)` with `nesterov`.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); I. Sutskever et
    al., "On the importance of initialization and momentum in deep learning" (2013), in the form of PyTorch.

    Args:
        lr: the learning rate :math:`\eta`.
        momentum: how much of the average is kept, from 0 to 1.
        dampening: how much of the gradient is left out of the average, from the second step on.
        weight_decay: how much of the parameter is added to its gradient.
        nesterov: step along the gradient and the average.

    Raises:
        ValueError: `nesterov` without momentum, or with dampening.

    >>> import wengert as wg
    >>> rule = wg.optim.sgd(lr=0.1, momentum=0.9)
    >>> state, x = rule.init(wg.tensor(1.0)), wg.tensor(1.0)
    >>> for _ in range(2):
    ...     x, state = rule.step(wg.tensor(1.0), state, x)
    >>> x
    tensor(0.71)
    """
    if nesterov and (momentum == 0 or dampening != 0):
        raise ValueError(
            f"[sgd] nesterov=True was given with momentum={momentum} and dampening={dampening}, wanted a momentum "
            "above 0 and no dampening; write sgd(lr, momentum=0.9, nesterov=True)"
        )

    def init(p: Any) -> dict[str, Any]:
        average = {"momentum_buffer": np.zeros_like(p)} if momentum != 0 else {}
        return {**average, **(begin() if dampening != 0 else {})}

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g = decayed(g, weight_decay, p)
        if momentum == 0:
            return -lr * g, state
        if "momentum_buffer" not in state:
            raise ValueError(
                f"[sgd] momentum={momentum} was set later, wanted the average of gradients that it needs from the "
                "beginning; write SGD(params, momentum=...) when the optimizer is made, with any value but 0"
            )
        state = _averaged(g, state, momentum, dampening)
        direction = g + momentum * state["momentum_buffer"] if nesterov else state["momentum_buffer"]
        return -lr * direction, state

    return per_parameter(init, update)


def _averaged(g: Any, state: dict[str, Any], momentum: Any, dampening: Any) -> dict[str, Any]:
    """The average with a gradient; the first one is taken whole."""
    buffer = momentum * state["momentum_buffer"]
    if "step" not in state:
        return {"momentum_buffer": buffer + g}
    weight = np.where(state["step"] == 0, 1.0, 1.0 - dampening).astype(g.dtype)
    return {"momentum_buffer": buffer + weight * g, "step": next_step(state)}


def lion(lr: Any = 1e-4, betas: Any = (0.9, 0.99), weight_decay: Any = 0.0) -> Rule:
    r"""Lion: the sign of an average of gradients.

    .. math:: p_t = p_{t-1} - \eta (\operatorname{sign}(\beta_1 m_{t-1} + (1 - \beta_1) g_t) + \lambda p_{t-1}),
              \quad m_t = \beta_2 m_{t-1} + (1 - \beta_2) g_t

    Source: X. Chen et al., "Symbolic discovery of optimization algorithms" (2023), algorithm 2.

    Args:
        lr: the learning rate :math:`\eta`, some tenth of Adam's.
        betas: :math:`\beta_1` of the direction and :math:`\beta_2` of the average.
        weight_decay: :math:`\lambda`, decoupled from the gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.lion(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0]
    tensor([0.9, 1.1])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        average, (beta1, beta2) = state["exp_avg"], betas
        direction = np.sign(beta1 * average + (1 - beta1) * g) + weight_decay * p
        return -lr * direction, {"exp_avg": beta2 * average + (1 - beta2) * g}

    return per_parameter(lambda p: {"exp_avg": np.zeros_like(p)}, update)


def asgd(lr: Any = 1e-2, lambd: Any = 1e-4, alpha: Any = 0.75, t0: Any = 1e6, weight_decay: Any = 0.0) -> Rule:
    r"""Averaged stochastic gradient descent: falling rates, and the mean of the parameters beside them.

    .. math:: p_t = (1 - \lambda \eta_t) p_{t-1} - \eta_t g_t, \quad
              \eta_{t+1} = \frac{\eta}{(1 + \lambda \eta t)^\alpha}, \quad
              a_t = a_{t-1} + \frac{p_t - a_{t-1}}{\max(1, t - 1 - t_0)}

    The average :math:`a` is remembered as ``"ax"``, the answer that the method is named for; up to step :math:`t_0` it
    is the parameter itself.

    Source: B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging" (1992), in the form
    of PyTorch.

    Args:
        lr: the first learning rate :math:`\eta`.
        lambd: how fast the rate falls, :math:`\lambda`, and how much the parameter.
        alpha: the power by which the rate falls.
        t0: the step after which the mean is taken.
        weight_decay: how much of the parameter is added to its gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.asgd(lr=0.5, lambd=0.0)
    >>> rule.step(wg.tensor(2.0), rule.init(wg.tensor(1.0)), wg.tensor(1.0))[0]
    tensor(0.)
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g, past = decayed(g, weight_decay, p), state["step"]
        rate = (lr / (1 + lambd * lr * past) ** alpha).astype(p.dtype)
        change = -rate * (lambd * p + g)
        share = (1 / np.maximum(1.0, past - t0)).astype(p.dtype)
        mean = state["ax"] + share * (p + change - state["ax"])
        return change, {"step": next_step(state), "ax": mean}

    return per_parameter(lambda p: {**begin(), "ax": np.zeros_like(p)}, update)
