"""What an optimizer is: a pure rule from gradients to updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import wengert as wg
import wengert.numpy as np

Parameter = Any
"""One tensor, of any shape."""

Params = Any
"""A tree of parameters; gradients and updates have its structure, with ``None`` where there is no gradient."""

State = Any
"""A tree of tensors that a rule remembers from one step to the next."""


@dataclass(frozen=True)
class Rule:
    """An optimizer without state of its own: how to begin, and how a gradient becomes an update.

    Rules are pure, so `wengert.jit`, `wengert.vmap`, `wengert.scan` and `wengert.grad` take them.

    Attributes:
        init: from the parameters to the state.
        update: from gradients, state and parameters to updates, which are added to the parameters, and the next state.
            A parameter whose gradient is ``None`` is left alone, and so is what is remembered of it.

    >>> import wengert as wg
    >>> rule = wg.optim.sgd(lr=0.5)
    >>> params = {"x": wg.tensor([1.0, 2.0])}
    >>> state = rule.init(params)
    >>> params, state = rule.step({"x": wg.tensor([2.0, 2.0])}, state, params)
    >>> params["x"]
    tensor([0., 1.])
    """

    init: Callable[[Params], State]
    update: Callable[[Any, State, Params], tuple[Any, State]]

    def step(self, gradients: Any, state: State, params: Params) -> tuple[Params, State]:
        """The parameters after one step, and the next state."""
        updates, state = self.update(gradients, state, params)
        return apply_updates(params, updates), state


def apply_updates(params: Params, updates: Any) -> Params:
    """The parameters with an update added to each, except to those whose update is ``None``; dtypes stay.

    >>> import wengert as wg
    >>> wg.optim.apply_updates({"x": wg.tensor(1.0), "y": wg.tensor(2.0)}, {"x": wg.tensor(0.5), "y": None})
    {'x': tensor(1.5), 'y': tensor(2.)}
    """
    leaves, structure = wg.trees.flatten(params)
    added = zip(leaves, at_leaves(structure, updates, leaves, "updates"), strict=True)
    return wg.trees.unflatten(structure, [p if u is None else updated(p, u) for p, u in added])


def updated(parameter: Parameter, update: Any) -> Any:
    """A parameter with an update, in its dtype."""
    return (parameter + update).astype(parameter.dtype)


def per_parameter(
    init: Callable[[Parameter], dict[str, Any]],
    update: Callable[[Any, dict[str, Any], Parameter], tuple[Any, dict[str, Any]]],
) -> Rule:
    """The rule that treats each parameter by itself.

    Complex parameters are treated as pairs of reals, as by PyTorch: their formulas see a last axis of length two.

    Args:
        init: from a parameter to what is remembered of it, by name.
        update: from the gradient, what is remembered, and the parameter to its update and what to remember.

    >>> import wengert as wg, wengert.numpy as np
    >>> rule = wg.optim.per_parameter(lambda p: {}, lambda g, s, p: (-0.1 * np.sign(g), s))
    >>> rule.step([wg.tensor(3.0)], rule.init([wg.tensor(1.0)]), [wg.tensor(1.0)])[0]
    [tensor(0.9)]
    """

    def init_tree(params: Params) -> State:
        return wg.trees.map(lambda p: init(_as_reals(np.asarray(p))), params)

    def update_one(gradient: Any, state: Any, p: Any) -> tuple[Any, Any]:
        if gradient is None:
            return None, state
        found, state = update(_as_reals(gradient), state, _as_reals(p))
        return _as_given(found, p), state

    def update_tree(gradients: Any, state: State, params: Params) -> tuple[Any, State]:
        leaves, structure = wg.trees.flatten(params)
        leaves = [np.asarray(p) for p in leaves]
        gradients = at_leaves(structure, gradients, leaves, "gradients")
        pairs = [update_one(*each) for each in zip(gradients, _states_at(structure, state), leaves, strict=True)]
        updates, states = zip(*pairs, strict=True) if pairs else ((), ())
        return wg.trees.unflatten(structure, updates), wg.trees.unflatten(structure, states)

    return Rule(init_tree, update_tree)


def without_memory(update: Callable[[Any, Params], Any]) -> Rule:
    """The rule that remembers nothing: from gradients and parameters to updates, all of them at once."""
    return Rule(lambda params: (), lambda gradients, state, params: (update(gradients, params), state))


def at_leaves(structure: Any, values: Any, leaves: Sequence[Any], what: str) -> list[Any]:
    """One value (or ``None``) for each parameter, of its shape."""
    found = _up_to(structure, values, what)
    for place, (value, leaf) in enumerate(zip(found, leaves, strict=True)):
        if value is not None and np.shape(value) != np.shape(leaf):
            raise ValueError(
                f"[optim] {what}{_written(structure.paths()[place])} has shape {np.shape(value)}, wanted "
                f"{np.shape(leaf)}, as the parameter; write them in one order, or sum over the axes that were broadcast"
            )
    return found


def _states_at(structure: Any, state: State) -> list[Any]:
    return _up_to(structure, state, "state")


def _up_to(structure: Any, values: Any, what: str) -> list[Any]:
    """What a tree has where another has its leaves."""
    try:
        return structure.flatten_up_to(values)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"[optim] the {what} have the structure {_drawn(wg.trees.flatten(values)[1])}, and the parameters "
            f"{_drawn(structure)}, wanted the same; write rule.init(params) for a state, and "
            "wg.grad(loss)(params) for gradients"
        ) from error


def _written(path: Any) -> str:
    """The way to a leaf as one would write it."""
    return "".join(f"[{entry!r}]" for entry in path)


def _drawn(structure: Any) -> str:
    """A structure with a star for each leaf."""
    return str(structure).removeprefix("PyTreeSpec(").split(", namespace=")[0].removesuffix(")")


def _as_reals(x: Any) -> Any:
    return np.stack([np.real(x), np.imag(x)], axis=-1) if np.iscomplexobj(x) else x


def _as_given(update: Any, parameter: Parameter) -> Any:
    return update[..., 0] + 1j * update[..., 1] if np.iscomplexobj(parameter) else update
