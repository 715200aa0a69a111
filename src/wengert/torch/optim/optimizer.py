"""`Optimizer` for users' own rules, and the engine's optimizers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, MutableMapping
from copy import deepcopy
from functools import wraps
from inspect import signature
from typing import Any, Final

import wengert as wg
from wengert.fronts.face import behind, faced, listed

from ..functions.in_place import forget_gradients
from ..tensor import Tensor

__all__ = ["OPTIMIZERS", "Optimizer", "required"]

Params = ParamsT = Iterable[Any]
"""What optimizers are given."""


class _Required:
    """Stands for a hyperparameter that has to be given."""

    def __repr__(self) -> str:
        return "<required parameter>"


required: Final = _Required()


class Optimizer:
    """What users derive optimizers from: groups of parameters with hyperparameters, and what is remembered of each."""

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults: dict[str, Any] = dict(defaults)
        missing = [name for name, value in defaults.items() if value is required]
        if missing and not all(isinstance(group, dict) and group.keys() >= {*missing} for group in listed(params)):
            raise ValueError(
                f"[{type(self).__name__}] {', '.join(missing)} was not given, wanted a number; write {missing[0]}=..."
            )
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Any] = []
        for group in _groups(params):
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train more parameters, with hyperparameters of their own."""
        self.param_groups.append({**self.defaults, **param_group, "params": listed(param_group["params"])})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        forget_gradients((p for group in self.param_groups for p in group["params"]), set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered, by the number of the parameter, and the groups, with numbers for parameters."""
        numbers = self._numbers()
        groups = [
            {**{name: value for name, value in group.items() if name != "params"}, "params": _numbered(group, numbers)}
            for group in self.param_groups
        ]
        return {"state": {numbers.get(p, p): own for p, own in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another one of the same parameters gave its `state_dict`.

        Raises:
            ValueError: there are other groups in it.
        """
        given = deepcopy(state_dict)
        sizes = [[len(group["params"]) for group in groups] for groups in (given["param_groups"], self.param_groups)]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"[load_state_dict] there are groups of {sizes[0]} parameters, wanted {sizes[1]}; write the same "
                "parameters in the same groups before"
            )
        parameters = {number: p for p, number in self._numbers().items()}
        self.state = defaultdict(dict, {parameters.get(key, key): own for key, own in given["state"].items()})
        for group, saved in zip(self.param_groups, given["param_groups"], strict=True):
            group.update({name: value for name, value in saved.items() if name != "params"})

    def _numbers(self) -> dict[Any, int]:
        parameters = (p for group in self.param_groups for p in group["params"])
        return {p: number for number, p in enumerate(parameters)}

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> StepHook:
        """Call ``hook(optimizer, args, kwargs)`` before each step, until it is removed."""
        return StepHook(self, before=hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> StepHook:
        """Call ``hook(optimizer, args, kwargs)`` after each step, until it is removed."""
        return StepHook(self, after=hook)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters; each class writes its own."""
        raise NotImplementedError(
            f"[{type(self).__name__}] the class has no method step, wanted what changes the parameters; write "
            "def step(self, closure=None): ..."
        )


class StepHook:
    """A function that is called at each step of an optimizer, until it is removed."""

    def __init__(self, optimizer: Optimizer, before: Any = None, after: Any = None) -> None:
        self._hooks = [hook for hook in (before, after) if hook is not None]
        step = optimizer.step

        @wraps(step)
        def with_hook(*args: Any, **kwargs: Any) -> Any:
            if before in self._hooks:
                before(optimizer, args, kwargs)
            result = step(*args, **kwargs)
            if after in self._hooks:
                after(optimizer, args, kwargs)
            return result

        optimizer.step = with_hook  # type: ignore[method-assign]

    def remove(self) -> None:
        """Call it no longer."""
        self._hooks.clear()


def _numbered(group: Any, numbers: dict[Any, int]) -> list[int]:
    return [numbers[p] for p in group["params"]]


def _groups(params: Iterable[Any]) -> list[dict[str, Any]]:
    given = listed(params)
    if not given:
        raise ValueError(
            "[Optimizer] there are no parameters, wanted at least one; write model.parameters() of a model that has "
            "some (and list(...) to go through them twice)"
        )
    return given if isinstance(given[0], dict) else [{"params": given}]


class Group(MutableMapping[str, Any]):
    """A group of an optimizer of the engine, whose parameters are seen as the faces that were given."""

    def __init__(self, below: dict[str, Any], faces: list[Tensor]) -> None:
        self._below, self._faces = below, faces

    def __getitem__(self, name: str) -> Any:
        return self._faces if name == "params" else self._below[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._below[name] = behind(value)

    def __delitem__(self, name: str) -> None:
        del self._below[name]

    def __iter__(self) -> Any:
        return iter(self._below)

    def __len__(self) -> int:
        return len(self._below)


class OfTheEngine(Optimizer):
    """An optimizer of the engine.

    Attributes:
        below: its class.
    """

    below: type[wg.optim.Optimizer]

    def __init__(self, params: Iterable[Any], *args: Any, **hyperparameters: Any) -> None:
        groups = _groups(params)
        faces = [listed(group["params"]) for group in groups]
        given = [{**group, "params": behind(own)} for group, own in zip(groups, faces, strict=True)]
        self._below = self.below(given, *args, **hyperparameters)
        self.defaults: dict[str, Any] = self._below.defaults
        self.param_groups: list[Any] = [Group(b, own) for b, own in zip(self._below.param_groups, faces, strict=True)]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train more parameters, with hyperparameters of their own."""
        own = listed(param_group["params"])
        self._below.add_param_group({**param_group, "params": behind(own)})
        self.param_groups.append(Group(self._below.param_groups[-1], own))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients."""
        if closure is None:
            return self._below.step()
        return faced(self._below.step(lambda: behind(closure())), Tensor)

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return faced(self._below.state_dict(), Tensor)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        self._below.load_state_dict(behind(state_dict))

    @property
    def state(self) -> dict[Any, dict[str, Any]]:  # type: ignore[override]
        """What is remembered of each parameter."""
        known = self._below.state_dict()["state"]
        return {p: faced(known[number], Tensor) for p, number in self._numbers().items() if number in known}


def _optimizer(name: str) -> type[OfTheEngine]:
    below = getattr(wg.optim, name)
    known = {"below": below, "__doc__": below.__doc__, "__signature__": signature(below), "__module__": __name__}
    return type(name, (OfTheEngine,), known)


OPTIMIZERS = {
    name: _optimizer(name)
    for name in wg.optim.__all__
    if isinstance(getattr(wg.optim, name), type)
    and issubclass(getattr(wg.optim, name), wg.optim.Optimizer)
    and name != "Optimizer"
}
"""The optimizers, by name."""
