"""Parameters that are computed from others: an attribute of a module becomes what modules make of the original.

The names are those of ``torch.nn.utils.parametrize``, in the module and in its ``state_dict``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import wengert as wg

from ..errors import wrong
from ..layers.containers import ModuleDict, ModuleList
from ..module import Module, Parameter

__all__ = ["ParametrizationList", "is_parametrized", "register_parametrization", "remove_parametrizations"]


class ParametrizationList(ModuleList):
    """What a parameter is computed from: the original (``original``, or ``original0`` and so on), and modules."""

    def __init__(self, original: wg.Tensor, parametrization: Module) -> None:
        reverse = getattr(parametrization, "right_inverse", None)
        kept = original if reverse is None else reverse(original.detach())
        self.several: bool = isinstance(kept, tuple)
        for i, value in enumerate(kept if isinstance(kept, tuple) else (kept,)):
            name = f"original{i if self.several else ''}"
            self.register_parameter(name, value if value is original else _like(value, original))
        super().__init__([parametrization])

    def forward(self) -> wg.Tensor:
        """The parameter, in the dtype of the original."""
        first, *rest = self
        originals = [value for name, value in self.__dict__.items() if name in self._parameters]
        value = first(*originals)
        for module in rest:
            value = module(value)
        return value if value.dtype == originals[0].dtype else value.astype(originals[0].dtype)


def _like(value: Any, original: wg.Tensor) -> wg.Tensor:
    """A parameter that is learned if the original is."""
    return Parameter(value, original.requires_grad)


def register_parametrization(module: Module, name: str, parametrization: Module) -> Module:
    """Let a parameter of a module be what another module makes of it; the module itself.

    Args:
        module: the module.
        name: the parameter.
        parametrization: a module that is called with the original, which is learned instead. If it has a method
            ``right_inverse``, the original is what this gives for the parameter: a tensor, or a tuple of tensors.

    Raises:
        ValueError: there is no such parameter.

    >>> import wengert as wg, wengert.numpy as np
    >>> class Symmetric(wg.nn.Module):
    ...     def forward(self, x):
    ...         return np.triu(x) + np.triu(x, 1).T
    >>> layer = wg.nn.utils.parametrize.register_parametrization(wg.nn.Linear(3, 3), "weight", Symmetric())
    >>> bool(np.all(layer.weight == layer.weight.T)), [name for name, _ in layer.named_parameters()]
    (True, ['bias', 'parametrizations.weight.original'])
    """
    if is_parametrized(module, name):
        module.parametrizations[name].append(parametrization)
        return module
    if module.__dict__.get(name) is None or name not in module._parameters:
        there = ", ".join(key for key, _ in module.named_parameters(recurse=False))
        raise wrong(
            "register_parametrization",
            f"the name {name!r}",
            f"a parameter of the module itself: {there}",
            'write "weight"',
        )
    original = module.__dict__[name]
    delattr(module, name)
    if "parametrizations" not in module.__dict__:
        module.parametrizations = ModuleDict()
    module.parametrizations[name] = ParametrizationList(original, parametrization)
    _turn_into(module, with_computed(type(module), name))
    return module


def _turn_into(module: Module, cls: type) -> None:
    object.__setattr__(module, "__class__", cls)


@cache
def with_computed(cls: type, name: str) -> type:
    """The class in which a parameter is computed."""

    def computed(self: Any) -> wg.Tensor:
        return self.parametrizations[name]()

    computed.__doc__ = "What is computed from the parametrizations."
    members = {name: property(computed), "__module__": cls.__module__, "__qualname__": cls.__qualname__, "_plain": cls}
    return type(cls.__name__, (cls,), members)


def is_parametrized(module: Module, name: str | None = None) -> bool:
    """Whether a parameter of a module (or any) is computed from others."""
    held = module.__dict__.get("parametrizations")
    return held is not None and (name is None or name in held)


def remove_parametrizations(module: Module, name: str, leave_parametrized: bool = True) -> Module:
    """Let a parameter be one again: what it is now, or else the original; the module itself.

    Raises:
        ValueError: it is none that is computed from others.
    """
    if not is_parametrized(module, name):
        raise wrong(
            "remove_parametrizations",
            f"the name {name!r}",
            "a parameter that is computed",
            "register_parametrization first",
        )
    held = module.parametrizations[name]
    original = held.__dict__["original0" if held.several else "original"]
    value = getattr(module, name).detach() if leave_parametrized or held.several else None
    del module.parametrizations[name]
    _turn_into(module, _class_without(type(module), name))
    if not module.parametrizations:
        del module.parametrizations
    module.register_parameter(name, original if value is None else _like(value.copy(), original))
    return module


def _class_without(cls: Any, name: str) -> type:
    """The class in which a parameter is not computed, but the others are."""
    if name in vars(cls):
        return cls._plain
    (own, *_) = (key for key, value in vars(cls).items() if isinstance(value, property))
    return with_computed(_class_without(cls._plain, name), own)
