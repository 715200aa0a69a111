"""Modules that hold others, or parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import wengert as wg

from ..errors import wrong
from ..members import UNNAMED
from ..module import Module

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Held(Module):
    """What holds modules or parameters by name."""

    _members: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        self.__dict__[UNNAMED] = {}
        return self

    def _hold(self, name: str, value: Any) -> None:
        """Hold something by name.

        Raises:
            TypeError: it is not what is held here.
        """
        if not isinstance(value, Module):
            raise wrong_kind(self, value, "a module", _advice_on(self, value))
        self._members[name] = value

    def __len__(self) -> int:
        return len(self._members)


def _advice_on(container: Module, value: Any) -> str:
    """What to write for what is no module."""
    kind = type(container).__name__
    if isinstance(value, (list, tuple)):
        return f"write {kind}(*layers)" if kind == "Sequential" else f"write {kind}(layers) with modules in it"
    if isinstance(value, type) and issubclass(value, Module):
        return f"write {value.__name__}(), the module and not its class"
    if callable(value):
        return "write the layer of the same name (wg.nn.ReLU() for relu), or a class derived from wg.nn.Module"
    return "write wg.nn.Linear(...), or a class derived from wg.nn.Module"


def wrong_kind(container: Module, value: Any, wanted: str, advice: str) -> TypeError:
    """The error that a container was given what it does not hold."""
    kind = type(container).__name__
    return TypeError(f"[{kind}] a {type(value).__name__} was given, wanted {wanted}; {advice}")


class _Listed(_Held):
    """What holds them by number."""

    def __getitem__(self, index: Any) -> Any:
        items = list(self._members.values())
        if isinstance(index, slice):
            return type(self)._of(items[index])
        try:
            return items[index]
        except IndexError:
            raise IndexError(
                f"[{type(self).__name__}] index {index} was given, wanted one of {len(items)} items; write -1 for the "
                "last"
            ) from None

    @classmethod
    def _of(cls, items: Iterable[Any]) -> Any:
        return cls(items)  # type: ignore[call-arg]

    def __setitem__(self, index: int, value: Any) -> None:
        self._hold(list(self._members)[index], value)

    def __delitem__(self, index: int | slice) -> None:
        items = list(self._members.values())
        del items[index]
        self._members.clear()
        self.extend(items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members.values())

    def append(self, value: Any) -> Any:
        """Hold one more; the container itself."""
        self._hold(str(len(self)), value)
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """Hold several more; the container itself."""
        for value in values:
            self.append(value)
        return self

    def insert(self, index: int, value: Any) -> None:
        """Hold one more, before the one at an index."""
        items = list(self._members.values())
        items.insert(index, value)
        self._members.clear()
        self.extend(items)


class Sequential(_Listed):
    """Modules one after the other: each is given what the one before it gave.

    Args:
        modules: modules, or one dict of modules by name.

    >>> import wengert as wg, wengert.numpy as np
    >>> net = wg.nn.Sequential(wg.nn.Linear(3, 4), wg.nn.ReLU(), wg.nn.Linear(4, 1))
    >>> net(np.ones((2, 3))).shape
    (2, 1)
    >>> net
    Sequential(
      (0): Linear(in_features=3, out_features=4, bias=True): 16 parameters
      (1): ReLU()
      (2): Linear(in_features=4, out_features=1, bias=True): 5 parameters
    ): 21 parameters
    """

    def __init__(self, *modules: Any) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self._hold(name, module)
        else:
            self.extend(modules)

    @classmethod
    def _of(cls, items: Iterable[Any]) -> Any:
        return cls(*items)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__[UNNAMED][name]
        except KeyError:
            raise AttributeError(
                f"[{type(self).__name__}] there is no attribute {name!r}, wanted one of its own or the name of a "
                f"module in it ({', '.join(self.__dict__.get(UNNAMED, {}))}); write net[0] for the first"
            ) from None

    def forward(self, x: Any) -> Any:
        for module in self._members.values():
            x = module(x)
        return x


class ModuleList(_Listed):
    """A list of modules, whose parameters are found.

    >>> import wengert as wg
    >>> layers = wg.nn.ModuleList(wg.nn.Linear(3, 3) for _ in range(2))
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """A list computes nothing by itself.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "[ModuleList] it was called, wanted its modules one by one, since a list has no order of computing; write "
            "for layer in layers: x = layer(x), or wg.nn.Sequential(*layers)"
        )

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)


class _Named(_Held):
    """What holds them by key."""

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        self.update(values)

    def __getitem__(self, key: str) -> Any:
        return self._members[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if "." in key:
            raise wrong(type(self).__name__, f"the key {key!r}", "a key without points", "write '_' for each point")
        self._hold(key, value)

    def __delitem__(self, key: str) -> None:
        del self._members[key]
        self._parameters.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __contains__(self, key: str) -> bool:
        return key in self._members

    def keys(self) -> Any:
        """The keys."""
        return self._members.keys()

    def values(self) -> Any:
        """What is held."""
        return self._members.values()

    def items(self) -> Any:
        """The keys with what is held."""
        return self._members.items()

    def update(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Hold several more, by key."""
        for key, value in dict(values).items():
            self[key] = value


class ModuleDict(_Named):
    """A dict of modules, whose parameters are found.

    >>> import wengert as wg
    >>> heads = wg.nn.ModuleDict({"mean": wg.nn.Linear(3, 1), "scale": wg.nn.Linear(3, 1)})
    >>> [name for name, _ in heads.named_parameters()]
    ['mean.weight', 'mean.bias', 'scale.weight', 'scale.bias']
    """


class _Parameters(_Held):
    """What holds parameters."""

    def _hold(self, name: str, value: Any) -> None:
        if not isinstance(value, wg.Tensor):
            raise wrong_kind(self, value, "a parameter", "write wg.nn.Parameter(value)")
        self._members[name] = value
        self._parameters[name] = None


class ParameterList(_Parameters, _Listed):
    """A list of parameters.

    >>> import wengert as wg
    >>> weights = wg.nn.ParameterList([wg.nn.Parameter([1.0]), wg.nn.Parameter([2.0])])
    >>> [name for name, _ in weights.named_parameters()]
    ['0', '1']
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.extend(values)


class ParameterDict(_Parameters, _Named):
    """A dict of parameters.

    >>> import wengert as wg
    >>> weights = wg.nn.ParameterDict({"slope": wg.nn.Parameter([1.0])})
    >>> weights["slope"]
    tensor([1.], dtype=float32, requires_grad=True)
    """
