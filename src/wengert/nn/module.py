"""`Module`: a layer, or layers put together, with its parameters and other state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..core.placed import is_device, settled
from ..html import folded
from ..names import OF_A_MODULE, attach_names_elsewhere
from . import members, state, structure
from .errors import LayerError, UnmadeError, check_arguments

__all__ = ["Module", "Parameter", "RemovableHook"]


def Parameter(value: Any, requires_grad: bool = True, dtype: Any = None) -> wg.Tensor:  # noqa: N802 - as in PyTorch
    """A tensor that a module learns: a leaf with ``requires_grad``.

    Args:
        value: an array, a tensor or nested lists; lists and Python numbers become float32.
        requires_grad: False for one that is kept and saved, but not learned.
        dtype: another dtype than that of `value`.

    >>> import wengert as wg
    >>> wg.nn.Parameter([1.0, 2.0])
    tensor([1., 2.], dtype=float32, requires_grad=True)
    """
    if dtype is None and not isinstance(value, (wg.Tensor, numpy.ndarray, numpy.generic)):
        dtype = numpy.float32
    return wg.tensor(value, dtype, requires_grad=True).requires_grad_(requires_grad)


class Module(members.Part):
    """What layers and networks derive from: attributes that are parameters, buffers and modules are found in it.

    Write ``forward`` (called by ``module(x)``). An attribute that is set to a leaf with ``requires_grad`` (see
    `Parameter`) is a parameter; one that is set to a module, or to a list, tuple or dict of modules, is part of it.
    Everything else is an ordinary attribute. ``super().__init__()`` may be left out.

    A module is a tree (see `wengert.trees`) whose leaves are its parameters, each once, in the order of
    `named_parameters`. So ``wg.grad(lambda net: loss(net(x), y))(net)`` is a module of gradients, `wg.vmap` takes
    stacked ones (`stack`), and `wg.scan` goes over them. Buffers are shared by all that is made of it in this way.

    Attributes:
        training: whether layers such as `Dropout` behave as they do in training; see `train` and `eval`.

    >>> import wengert as wg, wengert.numpy as np
    >>> class Line(wg.nn.Module):
    ...     def __init__(self):
    ...         self.slope = wg.nn.Parameter([2.0])
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> Line()(3.0)
    tensor([6.], dtype=float32, requires_grad=True)
    >>> wg.grad(lambda line: np.sum(line(3.0)))(Line()).slope
    tensor([3.], dtype=float32)
    """

    training: bool
    _parameters: dict[str, None]
    _buffers: dict[str, bool]
    _hooks: dict[Any, Callable[..., Any]]
    _pre_hooks: dict[Any, Callable[..., Any]]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Attributes are whatever they are set to."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        check_arguments(cls, args, kwargs)
        self = super().__new__(cls)
        self.__dict__.update(training=True, _parameters={}, _buffers={}, _hooks={}, _pre_hooks={})
        return self

    def __init__(self) -> None:
        pass

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        structure.register(cls)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; each class writes its own."""
        raise NotImplementedError(
            f"[{type(self).__name__}] the class has no method forward, wanted what module(x) computes; write "
            "def forward(self, x): ..."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooks or self._pre_hooks:
                return self._call_with_hooks(args, kwargs)
            return self.forward(*args, **kwargs)
        except LayerError as error:
            raise error.passes(self) from error.__cause__

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook in list(self._pre_hooks.values()):
            given = hook(self, args)
            if given is not None:
                args = given if isinstance(given, tuple) else (given,)
        output = self.forward(*args, **kwargs)
        for hook in list(self._hooks.values()):
            replaced = hook(self, args, output)
            output = output if replaced is None else replaced
        return output

    # -- attributes --------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, wg.Tensor) and name not in self._buffers and value.requires_grad and value.is_leaf:
            self._parameters[name] = None
        elif name in self._parameters and value is not None:
            state.refuse_as_parameter(self, name, value)
        elif type(value) in (list, tuple, dict):
            state.refuse_hidden_parameters(self, name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._parameters.pop(name, None)
        self._buffers.pop(name, None)

    def register_parameter(self, name: str, value: wg.Tensor | None) -> None:
        """Set an attribute that is a parameter, also one that is ``None`` for now or not learned."""
        self._parameters[name] = None
        object.__setattr__(self, name, value)

    def add_module(self, name: str, module: Module | None) -> None:
        """Set an attribute that is a module, or ``None`` for now."""
        setattr(self, name, module)

    def register_buffer(self, name: str, value: Any, persistent: bool = True) -> None:
        """Set an attribute that is state but not learned, such as running means.

        Args:
            name: the attribute.
            value: an array or tensor, or ``None`` for now.
            persistent: let `state_dict` hold it.
        """
        if name in self._parameters:
            state.refuse_as_parameter(self, name, value)
        self._buffers[name] = persistent
        object.__setattr__(self, name, value if value is None else np.asarray(value))

    # -- what is in it -----------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that it consists of directly, each once, by name."""
        found: set[int] = set()
        for name, child in members.children(self):
            if id(child) not in found:
                found.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules that it consists of directly, each once."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """The module itself and all that are in it, each once, by path; the path of itself is ``prefix``."""
        return members.modules(self, prefix)

    def modules(self) -> Iterator[Module]:
        """The module itself and all that are in it, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, wg.Tensor]]:
        """The parameters by path.

        Args:
            prefix: what the paths begin with.
            recurse: those of the modules in it too.
            remove_duplicate: give one that is in several places only where it is found first.
        """
        return members.tensors(self, members.own_parameters, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[wg.Tensor]:
        """The parameters, each once.

        >>> import wengert as wg
        >>> [p.shape for p in wg.nn.Linear(3, 2).parameters()]
        [(2, 3), (2,)]
        """
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, wg.Tensor]]:
        """The buffers by path; arguments as for `named_parameters`."""
        return members.tensors(self, members.own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[wg.Tensor]:
        """The buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, path: str) -> Module:
        """The module at a path, ``"encoder.layers.0"``; the module itself for ``""``.

        Raises:
            AttributeError: there is none.
        """
        return members.module_at(self, path)

    def get_parameter(self, path: str) -> wg.Tensor:
        """The parameter at a path, ``"encoder.weight"``.

        Raises:
            AttributeError: there is none.
        """
        return members.tensor_at(self, path, members.own_parameters, "parameter")

    def get_buffer(self, path: str) -> wg.Tensor:
        """The buffer at a path.

        Raises:
            AttributeError: there is none.
        """
        return members.tensor_at(self, path, members.own_buffers, "buffer")

    # -- changing all of it ------------------------------------------------------------------------

    def apply(self, f: Callable[[Module], Any]) -> Module:
        """Call a function with each module in it, and with itself last; the module itself.

        >>> import wengert as wg
        >>> def zeros(module):
        ...     if isinstance(module, wg.nn.Linear):
        ...         wg.nn.init.zeros_(module.weight)
        >>> net = wg.nn.Sequential(wg.nn.Linear(2, 1)).apply(zeros)
        >>> net[0].weight.tolist()
        [[0.0, 0.0]]
        """
        for child in self.children():
            child.apply(f)
        f(self)
        return self

    def train(self, mode: bool = True) -> Module:
        """Let it and all modules in it behave as in training (or, with ``False``, as in use); the module itself."""
        for module in self.modules():
            object.__setattr__(module, "training", bool(mode))
        return self

    def eval(self) -> Module:
        """Let it and all modules in it behave as in use; the module itself."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Learn all parameters from now on, or none; the module itself."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Let ``.grad`` of every parameter be ``None``, or 0."""
        for parameter in self.parameters():
            parameter.grad = None if set_to_none or parameter.grad is None else np.zeros_like(parameter.grad)

    def to(self, to: Any) -> Module:
        """Cast the floating parameters and buffers to a dtype, or move all to a device; the module itself.

        They are new tensors. ``"cpu"`` is NumPy's memory, ``"gpu:0"`` a device.

        Raises:
            TypeError: it is no floating dtype.
            ValueError: there is no such device.

        >>> import wengert as wg
        >>> wg.nn.Linear(2, 1).to("float64").weight.dtype
        dtype('float64')
        """
        if isinstance(to, str) and is_device(to):
            state.move(self, settled(to))
        else:
            state.cast(self, to)
        return self

    def float(self) -> Module:
        """`to` float32."""
        return self.to(numpy.float32)

    def half(self) -> Module:
        """`to` float16."""
        return self.to(numpy.float16)

    def bfloat16(self) -> Module:
        """`to` bfloat16."""
        return self.to(wg.bfloat16)

    def double(self) -> Module:
        """`to` float64."""
        return self.to(numpy.float64)

    # -- state -------------------------------------------------------------------------------------

    def state_dict(self, prefix: str = "") -> dict[str, wg.Tensor]:
        """The parameters and persistent buffers as they are now, by path; the names are those of PyTorch.

        They are copies: training on does not change them.

        >>> import wengert as wg
        >>> list(wg.nn.Sequential(wg.nn.Linear(3, 2), wg.nn.ReLU(), wg.nn.Linear(2, 1)).state_dict())
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        return {name: tensor.detach().copy() for name, tensor in self.named_state(prefix)}

    def named_state(self, prefix: str = "") -> Iterator[tuple[str, wg.Tensor]]:
        """What `state_dict` has copies of: the parameters and persistent buffers themselves, by path.

        >>> import wengert as wg
        >>> layer = wg.nn.Linear(3, 2)
        >>> dict(layer.named_state())["bias"] is layer.bias
        True
        """
        return state.entries(self, prefix)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> state.Incompatible:
        """Let the parameters and buffers have the values of a `state_dict`: all of them, or none.

        Args:
            state_dict: arrays by path; they are cast to the dtypes that are there.
            strict: refuse missing and unexpected names.

        Returns:
            The names that were missing and those that were unexpected.

        Raises:
            ValueError: names are missing or unexpected (if `strict`), or shapes differ; all are listed.
        """
        return state.load(self, state_dict, strict)

    # -- hooks -------------------------------------------------------------------------------------

    def register_forward_hook(self, hook: Callable[[Module, tuple[Any, ...], Any], Any]) -> RemovableHook:
        """Call ``hook(module, args, output)`` after each ``forward``; what it returns replaces the output.

        >>> import wengert as wg, wengert.numpy as np
        >>> layer, seen = wg.nn.Linear(3, 2), []
        >>> hook = layer.register_forward_hook(lambda module, args, output: seen.append(output.shape))
        >>> _ = layer(np.ones((5, 3)))
        >>> hook.remove(); _ = layer(np.ones((5, 3)))
        >>> seen
        [(5, 2)]
        """
        return RemovableHook(self._hooks, hook)

    def register_forward_pre_hook(self, hook: Callable[[Module, tuple[Any, ...]], Any]) -> RemovableHook:
        """Call ``hook(module, args)`` before each ``forward``; what it returns replaces the arguments."""
        return RemovableHook(self._pre_hooks, hook)

    # -- as text -----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the parentheses of the text for a layer."""
        return ""

    def __repr__(self) -> str:
        parts = [f"({name}): {child!r}" for name, child in members.children(self)]
        inside = "".join(f"\n  {line}" for part in [self.extra_repr(), *parts] for line in part.splitlines())
        text = f"{type(self).__name__}({inside}\n)" if parts else f"{type(self).__name__}({self.extra_repr()})"
        return text + self._number_learned()

    def _repr_html_(self) -> str:
        return self._folded()

    def _folded(self, name: str = "") -> str:
        """The module as a line that opens to its parts."""
        line = f"{name}{type(self).__name__}({self.extra_repr()}){self._number_learned()}"
        return folded(line, [child._folded(f"({key}): ") for key, child in members.children(self)])

    def _number_learned(self) -> str:
        """How many numbers it learns, as it is said after its text."""
        try:
            count = sum(parameter.size for parameter in self.parameters() if isinstance(parameter, wg.Tensor))
        except UnmadeError:
            return ": parameters not made yet"
        return f": {count:,} parameters" if count else ""


class RemovableHook:
    """A hook of a module, until it is removed; ``with`` removes it at the end of the block."""

    __slots__ = ("_hooks",)

    def __init__(self, hooks: dict[Any, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        """Call the hook no more."""
        self._hooks.pop(self, None)

    def __enter__(self) -> RemovableHook:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()


structure.register(Module)
attach_names_elsewhere(Module, OF_A_MODULE, "module", "one of a module here")
