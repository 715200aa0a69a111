"""Layers that are one function of `wengert.nn.functional` with its settings kept."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from operator import attrgetter
from typing import Any, ClassVar

from ..module import Module


class OfFunction(Module):
    """A layer that calls a function; its arguments are those of the function that are not inputs.

    Attributes:
        function: the function.
        takes: how many inputs it has, before its settings.
        taken_too: settings that change nothing.
    """

    function: ClassVar[Callable[..., Any]]
    takes: ClassVar[int] = 1
    taken_too: ClassVar[tuple[Parameter, ...]] = ()
    __signature__: ClassVar[Signature]
    _names: ClassVar[tuple[str, ...]]
    _settings: ClassVar[tuple[attrgetter[Any], ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        function = cls.__dict__.get("function")
        if function is not None:
            cls.function = staticmethod(function)
            parameters = list(signature(function, eval_str=True).parameters.values())[cls.takes :]
            cls._names = tuple(parameter.name for parameter in parameters)
            cls._settings = tuple(attrgetter(name) for name in cls._names)
            cls.__signature__ = Signature([*parameters, *cls.taken_too])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"[{type(self).__name__}] {error}, wanted {type(self).__name__}{self.__signature__}; write its "
                "settings under these names"
            ) from None
        bound.apply_defaults()
        for name in self._names:
            self._keep(name, bound.arguments[name])

    def _keep(self, name: str, value: Any) -> None:
        if name in BUFFERS:
            self.register_buffer(name, value)
        else:
            setattr(self, name, value)

    def forward(self, *inputs: Any) -> Any:
        """The function of the inputs, with the settings of the layer."""
        settings = {name: get(self) for name, get in zip(self._names, self._settings, strict=True)}
        return self.function(*inputs, **settings)

    def extra_repr(self) -> str:
        defaults = self.__signature__.parameters  # type: ignore[attr-defined]
        given = ((name, get(self)) for name, get in zip(self._names, self._settings, strict=True))
        return ", ".join(f"{name}={value!r}" for name, value in given if value is not defaults[name].default)


BUFFERS = frozenset({"weight", "pos_weight"})
"""Settings that are arrays, and saved with the layer."""
