"""The face of a rule that keeps its state: groups of parameters, written in place."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import wengert as wg
import wengert.numpy as np

from .rule import Rule, State, updated

Parameters = Iterable[Any]
"""Tensors, pairs of names and tensors, or groups."""

ALWAYS = {"foreach", "fused", "capturable", "differentiable"}
"""What PyTorch's optimizers ask about how they run."""


class Optimizer:
    """A rule with the parameters that it trains, in PyTorch's habits.

    ``step()`` is compiled: one native call for all parameters, or a part of the program if it is called in a function
    compiled by `wengert.jit`. Hyperparameters are read from `param_groups` at each step, so that schedulers and users
    may change them; a parameter whose ``.grad`` is ``None`` is left alone.

    Args:
        params: tensors with ``requires_grad``; pairs of names and tensors; or groups: dicts with the tensors under
            ``"params"`` and hyperparameters of their own.
        rule: a `Rule`, or what makes one of hyperparameters, as `adam` does. A subclass that writes ``step`` itself
            gives a dict of hyperparameters.
        maximize: step along the gradient instead of against it.
        hyperparameters: those of all groups that have none of their own.

    Attributes:
        param_groups: a dict for each group: the tensors, ``"params"``, and their hyperparameters.
        state: for each parameter what the rule remembers of it (nothing here if it remembers of the whole).

    Raises:
        ValueError: there are no parameters, or one is there twice.
        TypeError: a parameter is no leaf, or a hyperparameter is unknown.

    >>> import wengert as wg, wengert.numpy as np
    >>> def sign_descent(lr=0.1):
    ...     return wg.optim.per_parameter(lambda p: {}, lambda g, state, p: (-lr * np.sign(g), state))
    >>> x = wg.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = wg.optim.Optimizer([x], sign_descent, lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.detach()
    tensor([ 2.5, -1.5])
    """

    def __init__(
        self,
        params: Iterable[Any],
        rule: Rule | Callable[..., Rule] | Mapping[str, Any],
        *,
        maximize: bool = False,
        **hyperparameters: Any,
    ) -> None:
        own = dict(rule) if isinstance(rule, Mapping) else _hyperparameters(rule, self._name, hyperparameters)
        self.defaults: dict[str, Any] = {**own, "maximize": maximize}
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self._make = None if isinstance(rule, Mapping) else rule
        self._remembered: list[State] = []
        for group in _groups(params, self._name):
            self.add_param_group(group)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train more parameters, with hyperparameters of their own."""
        given = _tensors(param_group["params"], self._name)
        unknown = sorted(param_group.keys() - self.defaults.keys() - {"params", "initial_lr"})
        if unknown:
            raise TypeError(_unknown(self._name, unknown, self.defaults))
        _check_new(given, [p for group in self.param_groups for p in group["params"]], self._name)
        group = {**self.defaults, **param_group, "params": given}
        _check_values(self._name, group)
        self.param_groups.append(group)
        self._remember(group)

    def _remember(self, group: dict[str, Any]) -> None:
        """Begin the state of a group."""
        if self._make is None:
            return
        remembered = self._rule_of(group).init([p.detach() for p in group["params"]])
        self._remembered.append(remembered)
        if isinstance(remembered, list):
            self.state.update(zip(group["params"], remembered, strict=True))

    def _rule_of(self, group: dict[str, Any]) -> Rule:
        if isinstance(self._make, Rule):
            return self._make
        if self._make is None:
            raise NotImplementedError(
                f"[{self._name}] it was given hyperparameters and no rule, wanted a method step; write "
                "def step(self, closure=None) in the class, or give wg.optim.Optimizer a rule"
            )
        return self._make(**{name: group[name] for name in self.defaults if name != "maximize"})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by what the rule makes of their ``.grad``.

        Args:
            closure: computes the loss anew, with its gradients, before the step.

        Returns:
            What the closure returned.
        """
        loss = None
        if closure is not None:
            with wg.enable_grad():
                loss = closure()
        self._update()
        return loss

    @wg.jit
    def _update(self) -> None:
        with wg.no_grad():
            for place, group in enumerate(self.param_groups):
                rule = self._rule_of(group)
                _step_in_place(rule, group["params"], self._remembered[place], group["maximize"])

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients; with ``set_to_none=False``, let them be 0."""
        for p in (p for group in self.param_groups for p in group["params"]):
            if set_to_none:
                p.grad = None  # without a look at what it was, on which a compiled step would depend
            elif p.grad is not None:
                p.grad = np.zeros_like(p.grad)

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that is needed to go on: ``"state"`` and ``"param_groups"``, as in PyTorch.

        ``"state"`` has for the number of each parameter what is remembered of it; or, of a rule that remembers of a
        whole group, the state of ``"group 0"`` and so on.
        """
        numbers = self._numbers()
        groups = [{**_unshared(group), "params": [numbers[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": wg.trees.map(_copied, self._states()), "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another optimizer of the same parameters, in order and shape, gave its `state_dict`.

        Raises:
            ValueError: it is not of these parameters and this rule; nothing was changed then.
        """
        groups, state = state_dict["param_groups"], state_dict["state"]
        _check_same_groups(self._name, groups, self.param_groups)
        if self._make is None:  # what is remembered is the subclass's affair
            self.state.update(
                {p: wg.trees.map(_copied, state.get(number, {})) for p, number in self._numbers().items()}
            )
        else:
            self._load_states(state)
        for group, loaded in zip(self.param_groups, groups, strict=True):
            group.update({name: value for name, value in _unshared(loaded).items() if name != "params"})

    def _load_states(self, state: dict[Any, Any]) -> None:
        own = self._states()
        _check_same_state(self._name, state, own)
        for key in own:
            _write(own[key], _in_dtypes(own[key], state[key]))

    def _numbers(self) -> dict[Any, int]:
        return {p: number for number, p in enumerate(p for group in self.param_groups for p in group["params"])}

    def _states(self) -> dict[Any, Any]:
        """What is remembered, by the number of a parameter or the name of a group."""
        whole = {f"group {place}": state for place, state in enumerate(self._remembered) if not isinstance(state, list)}
        numbers = self._numbers()
        return {**{numbers[p]: state for p, state in self.state.items()}, **whole}

    def __repr__(self) -> str:
        lines = []
        for place, group in enumerate(self.param_groups):
            lines.append(f"group {place}: {len(group['params'])} tensors")
            lines += [f"    {name}: {value}" for name, value in group.items() if name != "params"]
        return "\n    ".join([f"{self._name} (", *lines]) + "\n)"


class OfOneRule(Optimizer):
    """An optimizer whose rule is said by its class.

    Attributes:
        rule: what makes the rule of its hyperparameters.
    """

    rule: Callable[..., Rule]
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls) -> None:
        own = list(inspect.signature(cls.rule).parameters.values())
        params = inspect.Parameter("params", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        maximize = inspect.Parameter("maximize", inspect.Parameter.KEYWORD_ONLY, default=False)
        cls.__signature__ = inspect.Signature([params, *own, maximize])

    def __init__(self, params: Iterable[Any], *args: Any, maximize: bool = False, **hyperparameters: Any) -> None:
        rule = type(self).rule
        names = list(inspect.signature(rule).parameters)
        if len(args) > len(names):
            raise TypeError(
                f"[{self._name}] {len(args)} hyperparameters were given by position, wanted at most {len(names)}; "
                "write their names"
            )
        by_place = dict(zip(names, args, strict=False))
        super().__init__(params, rule, maximize=maximize, **by_place, **hyperparameters)


def _step_in_place(rule: Rule, params: list[Any], state: State, maximize: bool) -> None:
    """Make one step of a rule, and write the parameters and the state where they are."""
    gradients = [-p.grad if maximize and p.grad is not None else p.grad for p in params]
    updates, after = rule.update(gradients, state, params)
    for p, update in zip(params, updates, strict=True):
        if update is not None:
            p.copy_(updated(p, update))
    _write(state, after)


def _write(state: State, after: State) -> None:
    """Give the tensors of a state other values."""
    for old, new in zip(wg.trees.leaves(state), wg.trees.leaves(after), strict=True):
        if new is not old:
            old.copy_(new)


def _in_dtypes(own: State, loaded: State) -> State:
    return wg.trees.map(lambda old, new: np.asarray(new).astype(old.dtype), own, loaded)


def _unshared(group: dict[str, Any]) -> dict[str, Any]:
    """A group whose lists are its own, since schedulers write into them."""
    return {name: list(value) if isinstance(value, list) else value for name, value in group.items()}


def _copied(leaf: Any) -> Any:
    return np.array(leaf) if isinstance(leaf, wg.Tensor) else leaf


def _hyperparameters(rule: Any, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The hyperparameters of what makes a rule, as given or by default."""
    if isinstance(rule, Rule):
        known: dict[str, Any] = {}
    else:
        known = {key: each.default for key, each in inspect.signature(rule).parameters.items()}
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise TypeError(_unknown(name, unknown, known))
    found = {**known, **given}
    missing = [key for key, value in found.items() if value is inspect.Parameter.empty]
    if missing:
        raise TypeError(f"[{name}] {', '.join(missing)} was not given, wanted a value; write {missing[0]}=...")
    return found


NOT_NEGATIVE = ("lr", "momentum", "weight_decay", "eps")
"""Hyperparameters that would step the wrong way."""


def _check_values(name: str, group: dict[str, Any]) -> None:
    """Refuse hyperparameters that are no numbers, or negative, and betas that are no pair.

    Raises:
        ValueError: there is one.
    """
    for key in NOT_NEGATIVE:
        value = group.get(key)
        if isinstance(value, str) or (isinstance(value, (int, float)) and not value >= 0):
            hint = ", and maximize=True to step along the gradient" if key == "lr" else ""
            raise ValueError(
                f"[{name}] {key}={value!r} was given, wanted a number that is not negative; write {key}=0.01{hint}"
            )
    betas = group.get("betas")
    if isinstance(betas, (int, float)) or (isinstance(betas, (tuple, list)) and not all(_is_share(b) for b in betas)):
        raise ValueError(
            f"[{name}] betas={betas!r} was given, wanted a pair of numbers from 0 to below 1; write betas=(0.9, 0.999)"
        )


def _is_share(beta: Any) -> bool:
    return not isinstance(beta, (int, float)) or 0 <= beta < 1


SPELLED = {"beta": "momentum=", "beta1": "betas=", "beta2": "betas=", "epsilon": "eps=", "learning_rate": "lr="}
"""How hyperparameters are spelled that others call so."""


def _unknown(name: str, unknown: list[str], known: Iterable[str]) -> str:
    if ALWAYS.issuperset(unknown):
        return (
            f"[{name}] {', '.join(unknown)} was given, wanted nothing of the kind: steps are compiled into one call, "
            "and run within jit as well; leave it out"
        )
    return (
        f"[{name}] {', '.join(unknown)} was given, wanted hyperparameters among {', '.join(known)}; write "
        f"{SPELLED.get(unknown[0], 'one of them')}"
    )


def _groups(params: Any, name: str) -> list[dict[str, Any]]:
    """The groups that parameters were given as."""
    if isinstance(params, wg.Tensor) or not isinstance(params, Iterable) or isinstance(params, (dict, str)):
        raise TypeError(
            f"[{name}] the parameters are of type {type(params).__name__}, wanted an iterable of tensors or groups; "
            "write [x] for one tensor, list(params.values()) for a dict, and net.parameters() for a module"
        )
    listed = list(params)
    if not listed:
        raise ValueError(
            f"[{name}] there are no parameters, wanted at least one tensor; write list(...) around a generator that "
            "is used twice, and tensors as attributes of the module itself"
        )
    return listed if all(isinstance(each, dict) for each in listed) else [{"params": listed}]


def _tensors(given: Any, name: str) -> list[Any]:
    """The parameters of a group, which are leaves."""
    listed = [given] if isinstance(given, wg.Tensor) else list(given)
    tensors = [each[1] if isinstance(each, tuple) else each for each in listed]
    for place, p in enumerate(tensors):
        if not isinstance(p, wg.Tensor):
            raise TypeError(
                f"[{name}] parameter {place} is of type {type(p).__name__}, wanted a tensor; write "
                "wg.tensor(value, requires_grad=True)"
            )
        if not p.is_leaf:
            raise TypeError(
                f"[{name}] parameter {place} (shape {p.shape}) is a result, wanted a leaf, which gradients arrive "
                "at; write p = p.detach().requires_grad_() before it is used"
            )
    return tensors


def _check_new(params: list[Any], before: list[Any], name: str) -> None:
    met = set(before)
    for place, p in enumerate(params):
        if p in met:
            raise ValueError(
                f"[{name}] parameter {place} (shape {p.shape}) is there twice, wanted each once, since it would be "
                "stepped twice; write list(dict.fromkeys(params))"
            )
        met.add(p)


def _check_same_groups(name: str, loaded: list[dict[str, Any]], own: list[dict[str, Any]]) -> None:
    sizes, wanted = ([len(group["params"]) for group in groups] for groups in (loaded, own))
    if sizes != wanted:
        raise ValueError(
            f"[{name}] the state is of groups of {sizes} parameters, wanted {wanted}; load it into an optimizer made "
            "as the one that it comes from"
        )


def _check_same_state(name: str, loaded: dict[Any, Any], own: dict[Any, Any]) -> None:
    """Say all that differs."""
    differences = [
        f"{key}: {_form(loaded.get(key))} for {_form(own.get(key))}"
        for key in [*own, *loaded]
        if _form(loaded.get(key)) != _form(own.get(key))
    ]
    if differences:
        raise ValueError(
            f"[{name}] the state does not fit, wanted the names and shapes of this optimizer's; "
            f"load one of the same rule and parameters: {'; '.join(dict.fromkeys(differences))}"
        )


def _form(state: Any) -> str:
    """The names and shapes of what is remembered."""
    return str(wg.trees.map(np.shape, state)) if state is not None else "nothing"
