"""Steps that are measured, element by element, by the gradients so far."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

from .rule import Rule, per_parameter
from .steps import average, begin, decayed, next_step


def adagrad(
    lr: Any = 1e-2,
    lr_decay: Any = 0.0,
    weight_decay: Any = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: Any = 1e-10,
) -> Rule:
    r"""Adagrad: divide by the root of the sum of all squared gradients.

    .. math:: s_t = s_{t-1} + g_t^2, \quad p_t = p_{t-1} - \frac{\eta}{1 + (t - 1) d} \frac{g_t}{\sqrt{s_t} + \epsilon}

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization" (2011).

    Args:
        lr: the learning rate :math:`\eta`.
        lr_decay: how fast the rate falls, :math:`d`.
        weight_decay: how much of the parameter is added to its gradient.
        initial_accumulator_value: :math:`s_0`.
        eps: :math:`\epsilon`, against division by zero.

    >>> import wengert as wg
    >>> rule = wg.optim.adagrad(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0]
    tensor([0.9, 1.1])
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g, step = decayed(g, weight_decay, p), next_step(state)
        total = state["sum"] + g * g
        rate = (lr / (1 + (step - 1) * lr_decay)).astype(p.dtype)
        return -rate * g / (np.sqrt(total) + eps), {"step": step, "sum": total}

    return per_parameter(lambda p: {**begin(), "sum": np.full_like(p, initial_accumulator_value)}, update)


def adadelta(lr: Any = 1.0, rho: Any = 0.9, eps: Any = 1e-6, weight_decay: Any = 0.0) -> Rule:
    r"""Adadelta: updates in the units of the parameters, without a rate to choose.

    .. math:: v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \quad
              \Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}} g_t, \quad
              u_t = \rho u_{t-1} + (1 - \rho) \Delta_t^2, \quad p_t = p_{t-1} - \eta \Delta_t

    Source: M. D. Zeiler, "ADADELTA: an adaptive learning rate method" (2012), algorithm 1.

    Args:
        lr: what the update is multiplied by, :math:`\eta`.
        rho: how much of the averages is kept.
        eps: :math:`\epsilon`, which begins the first steps.
        weight_decay: how much of the parameter is added to its gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.adadelta(eps=1.0)
    >>> rule.step(wg.tensor(0.0), rule.init(wg.tensor(1.0)), wg.tensor(1.0))[0]
    tensor(1.)
    """

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g = decayed(g, weight_decay, p)
        squares = average(state["square_avg"], rho, g * g)
        change = np.sqrt(state["acc_delta"] + eps) / np.sqrt(squares + eps) * g
        return -lr * change, {"square_avg": squares, "acc_delta": average(state["acc_delta"], rho, change * change)}

    return per_parameter(lambda p: {"square_avg": np.zeros_like(p), "acc_delta": np.zeros_like(p)}, update)


def rmsprop(
    lr: Any = 1e-2,
    alpha: Any = 0.99,
    eps: Any = 1e-8,
    weight_decay: Any = 0.0,
    momentum: Any = 0.0,
    centered: bool = False,
) -> Rule:
    r"""RMSprop: divide by the root of an average of squared gradients.

    .. math:: v_t = \alpha v_{t-1} + (1 - \alpha) g_t^2, \quad
              b_t = \mu b_{t-1} + \frac{g_t}{\sqrt{v_t} + \epsilon}, \quad p_t = p_{t-1} - \eta b_t

    Source: T. Tieleman, G. Hinton, "Neural networks for machine learning", lecture 6.5 (2012); centred: A. Graves,
    "Generating sequences with recurrent neural networks" (2013), equations 38 to 41.

    Args:
        lr: the learning rate :math:`\eta`.
        alpha: how much of the averages is kept.
        eps: :math:`\epsilon`, against division by zero.
        weight_decay: how much of the parameter is added to its gradient.
        momentum: :math:`\mu`, from 0 to 1.
        centered: divide by an estimate of the standard deviation: :math:`v_t` less the square of the average gradient.

    >>> import wengert as wg
    >>> rule = wg.optim.rmsprop(lr=0.1, alpha=0.0)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0].round(3)
    tensor([0.9, 1.1])
    """
    names = ["square_avg"] + ["grad_avg"] * centered + ["momentum_buffer"] * (momentum != 0)

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        g = decayed(g, weight_decay, p)
        square = average(state["square_avg"], alpha, g * g)
        after = {"square_avg": square}
        if "grad_avg" in state:
            after["grad_avg"] = mean = average(state["grad_avg"], alpha, g)
            square = square - mean * mean
        direction = g / (np.sqrt(square) + eps)
        if "momentum_buffer" in state:
            after["momentum_buffer"] = direction = momentum * state["momentum_buffer"] + direction
        return -lr * direction, after

    return per_parameter(lambda p: {name: np.zeros_like(p) for name in names}, update)


def rprop(lr: Any = 1e-2, etas: Any = (0.5, 1.2), step_sizes: Any = (1e-6, 50.0)) -> Rule:
    r"""Rprop: steps of each element's own length, which grows while the sign of its gradient stays.

    .. math:: d_t = \begin{cases} \min(\eta_+ d_{t-1}, d_\max) & g_t g_{t-1} > 0 \\
              \max(\eta_- d_{t-1}, d_\min) & g_t g_{t-1} < 0 \\ d_{t-1} & \text{else} \end{cases} \qquad
              p_t = p_{t-1} - d_t \operatorname{sign} g_t

    Where the sign changed, the element waits for one step, and :math:`g_t` is remembered as 0. It is for gradients of
    the whole data: signs of small batches change by chance.

    Source: M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm" (1993), in the form of PyTorch.

    Args:
        lr: the length of the first step.
        etas: :math:`\eta_-` and :math:`\eta_+`, by which lengths shrink and grow.
        step_sizes: the smallest and the largest length.

    >>> import wengert as wg
    >>> rule = wg.optim.rprop(lr=0.1)
    >>> rule.step(wg.tensor([5.0, -0.1]), rule.init(wg.tensor([1.0, 1.0])), wg.tensor([1.0, 1.0]))[0]
    tensor([0.9, 1.1])
    """
    shrink, grow = etas

    def update(g: Any, state: dict[str, Any], p: Any) -> tuple[Any, dict[str, Any]]:
        agreement = g * state["prev"]
        factor = np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0)).astype(g.dtype)
        length = np.clip(state["step_size"] * factor, *step_sizes)
        g = np.where(agreement < 0, 0, g)
        return -length * np.sign(g), {"prev": g, "step_size": length}

    return per_parameter(lambda p: {"prev": np.zeros_like(p), "step_size": np.full_like(p, lr)}, update)
