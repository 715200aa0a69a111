"""Rules made of rules, and steps between gradients and updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

from .rule import Params, Rule, State, without_memory


def chain(*rules: Rule) -> Rule:
    """The rule in which each of several takes as gradients what the one before it makes.

    Its state is a tuple of their states.

    >>> import wengert as wg
    >>> rule = wg.optim.chain(wg.optim.clip_by_norm(1.0), wg.optim.sgd(lr=0.1))
    >>> x = wg.tensor([0.0, 0.0])
    >>> rule.step(wg.tensor([30.0, 40.0]), rule.init(x), x)[0]
    tensor([-0.06, -0.08])
    """

    def update(gradients: Any, state: State, params: Params) -> tuple[Any, State]:
        after = []
        for rule, before in zip(rules, state, strict=True):
            gradients, remembered = rule.update(gradients, before, params)
            after.append(remembered)
        return gradients, tuple(after)

    return Rule(lambda params: tuple(rule.init(params) for rule in rules), update)


def scale(factor: Any) -> Rule:
    """Multiply what comes by a factor: ``scale(-lr)`` at the end of a chain makes updates of directions.

    >>> import wengert as wg
    >>> wg.optim.scale(-0.5).update(wg.tensor([2.0, 4.0]), (), wg.tensor([0.0, 0.0]))[0]
    tensor([-1., -2.])
    """
    return without_memory(lambda gradients, params: wg.trees.map(lambda g: factor * g, gradients))


def add_decayed_weights(weight_decay: Any) -> Rule:
    """Add to each gradient the parameter times `weight_decay`; which parameters decay is said by `masked`.

    >>> import wengert as wg
    >>> wg.optim.add_decayed_weights(0.1).update(wg.tensor(2.0), (), wg.tensor(10.0))[0]
    tensor(3.)
    """

    def update(gradients: Any, params: Params) -> Any:
        return wg.trees.map(lambda p, g: None if g is None else g + weight_decay * p, params, gradients)

    return without_memory(update)


def clip_by_value(limit: Any) -> Rule:
    """Bring each element of each gradient between ``-limit`` and `limit`.

    >>> import wengert as wg
    >>> wg.optim.clip_by_value(1.0).update(wg.tensor([-3.0, 0.5]), (), wg.tensor([0.0, 0.0]))[0]
    tensor([-1. ,  0.5])
    """
    return without_memory(lambda gradients, params: wg.trees.map(lambda g: np.clip(g, -limit, limit), gradients))


def clip_by_norm(max_norm: Any) -> Rule:
    """Make all gradients shorter by one factor, so that the norm of all their elements is at most `max_norm`.

    Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks" (2013).

    >>> import wengert as wg
    >>> wg.optim.clip_by_norm(1.0).update({"a": wg.tensor(3.0), "b": wg.tensor(4.0)}, (), None)[0]
    {'a': tensor(0.6), 'b': tensor(0.8)}
    """

    def update(gradients: Any, params: Params) -> Any:
        norm = global_norm(gradients)
        factor = np.where(norm > max_norm, max_norm / np.where(norm > max_norm, norm, 1.0), 1.0)
        return wg.trees.map(lambda g: g * factor.astype(g.dtype), gradients)

    return without_memory(update)


def global_norm(tree: Any) -> Any:
    """The root of the sum of the squares of all elements of all tensors of a tree, in the widest of their dtypes.

    >>> import wengert as wg
    >>> wg.optim.global_norm({"a": wg.tensor(3.0), "b": wg.tensor([0.0, 4.0])})
    tensor(5.)
    """
    return np.sqrt(sum((np.sum(np.abs(leaf) ** 2) for leaf in wg.trees.leaves(tree)), start=np.zeros((), np.float32)))


def masked(rule: Rule, mask: Any) -> Rule:
    """Apply a rule to some parameters only; to the others what comes is what goes.

    Args:
        rule: any rule.
        mask: a tree of truth values with the structure of the parameters, or a function from a parameter to one.

    >>> import wengert as wg
    >>> decay = wg.optim.masked(wg.optim.add_decayed_weights(0.1), lambda p: p.ndim > 1)
    >>> params = {"w": wg.tensor([[1.0]]), "b": wg.tensor([1.0])}
    >>> decay.update({"w": wg.tensor([[0.0]]), "b": wg.tensor([0.0])}, decay.init(params), params)[0]
    {'w': tensor([[0.1]]), 'b': tensor([0.])}
    """

    def chosen(params: Params) -> list[bool]:
        return [bool(mask(p)) for p in wg.trees.leaves(params)] if callable(mask) else wg.trees.leaves(mask)

    def only(values: Any, structure: Any, choice: list[bool]) -> list[Any]:
        found = structure.flatten_up_to(values)
        return [value for value, yes in zip(found, choice, strict=True) if yes]

    def init(params: Params) -> State:
        return rule.init(only(params, wg.trees.flatten(params)[1], chosen(params)))

    def update(gradients: Any, state: State, params: Params) -> tuple[Any, State]:
        structure, choice = wg.trees.flatten(params)[1], chosen(params)
        inner = only(gradients, structure, choice)
        changed, state = rule.update(inner, state, only(params, structure, choice))
        rest = iter(changed)
        given = structure.flatten_up_to(gradients)
        mixed = [next(rest) if yes else g for g, yes in zip(given, choice, strict=True)]
        return wg.trees.unflatten(structure, mixed), state

    return Rule(init, update)


def scheduled(make: Callable[..., Rule], **hyperparameters: Any) -> Rule:
    """A rule whose hyperparameters are functions of the number of steps made before.

    Args:
        make: what makes the rule of its hyperparameters, such as `adam`.
        hyperparameters: each a value, or a function from the number of steps (a tensor) to one, as of
            `wengert.optim.schedules`.

    >>> import wengert as wg
    >>> rule = wg.optim.scheduled(wg.optim.sgd, lr=lambda step: 0.5**step)
    >>> x = wg.tensor(0.0)
    >>> state = rule.init(x)
    >>> for _ in range(3):
    ...     x, state = rule.step(wg.tensor(-1.0), state, x)
    >>> x
    tensor(1.75)
    """

    def at(step: Any, dtype: Any = None) -> Rule:
        return make(**{name: value(step) if callable(value) else value for name, value in hyperparameters.items()})

    def init(params: Params) -> State:
        step = np.zeros((), np.int64)
        return {"step": step, "rule": at(step).init(params)}

    def update(gradients: Any, state: State, params: Params) -> tuple[Any, State]:
        updates, after = at(state["step"]).update(gradients, state["rule"], params)
        return _in_dtypes_of(params, updates), {"step": state["step"] + 1, "rule": after}

    return Rule(init, update)


def _in_dtypes_of(params: Params, updates: Any) -> Any:
    """Updates that a hyperparameter of another dtype has widened."""
    return wg.trees.map(lambda p, u: None if u is None else u.astype(np.asarray(p).dtype), params, updates)


def accumulate(rule: Rule, steps: int) -> Rule:
    """Apply a rule at each so many steps, to the mean of the gradients since the last time; updates between are 0.

    >>> import wengert as wg
    >>> rule = wg.optim.accumulate(wg.optim.sgd(lr=1.0), steps=2)
    >>> x = wg.tensor(0.0)
    >>> state = rule.init(x)
    >>> for gradient in (1.0, 3.0):
    ...     x, state = rule.step(wg.tensor(gradient), state, x)
    ...     print(x)
    tensor(0.)
    tensor(-2.)
    """

    def init(params: Params) -> State:
        return {
            "step": np.zeros((), np.int64),
            "sum": wg.trees.map(np.zeros_like, params),
            "rule": rule.init(params),
        }

    def apply(total: Any, state: State, params: Params) -> tuple[Any, Any, State]:
        updates, state = rule.update(wg.trees.map(lambda g: g / steps, total), state, params)
        return updates, wg.trees.map(np.zeros_like, total), state

    def wait(total: Any, state: State, params: Params) -> tuple[Any, Any, State]:
        return wg.trees.map(np.zeros_like, params), total, state

    def update(gradients: Any, state: State, params: Params) -> tuple[Any, State]:
        total = wg.trees.map(lambda s, g: s if g is None else s + g, state["sum"], gradients)
        step = state["step"] + 1
        updates, total, inner = wg.cond(step % steps == 0, apply, wait, total, state["rule"], params)
        return updates, {"step": step, "sum": total, "rule": inner}

    return Rule(init, update)
