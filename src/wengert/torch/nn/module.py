"""`Module` and `Parameter`, as PyTorch's users know them: the engine's modules with faces for tensors."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

import wengert as wg
from wengert.fronts.face import Face, behind

from ..creation import empty
from ..device import check_device
from ..dtypes import DTYPES, bfloat16, dtype as Dtype, numpy_dtype
from ..functions.in_place import forget_gradients
from ..tensor import Tensor
from .hooks import BackwardHook
from .printing import text

__all__ = ["Buffer", "Module", "Parameter", "shown"]


class Parameter(Tensor):
    """A tensor that a module learns.

    >>> from wengert import torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        value = (empty(0) if data is None else data)._tensor.detach()
        return cls.of(value.clone().requires_grad_(requires_grad))

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A tensor that is state of a module and not learned: an attribute that is set to one is a buffer.

    >>> from wengert import torch
    >>> net = torch.nn.Module()
    >>> net.count = torch.nn.Buffer(torch.zeros(1))
    >>> list(net.state_dict())
    ['count']
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Buffer:
        made = cls.of((empty(0) if data is None else data)._tensor)
        made.__dict__["persistent"] = persistent
        return made


class Shown:
    """An attribute of modules that holds a tensor of the engine, and shows a face of it: always the same one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        if module is None:
            return self
        try:
            value = module.__dict__[self.name]
        except KeyError:
            raise AttributeError(
                f"[{type(module).__name__}] there is no {self.name!r}, wanted an attribute that was set; write "
                f"self.{self.name} = ... in __init__"
            ) from None
        return shown(module, self.name, value)

    def __set__(self, module: Any, value: Any) -> None:
        module.__dict__[self.name] = behind(value)
        if isinstance(value, Face):
            _faces(module)[self.name] = value

    def __delete__(self, module: Any) -> None:
        del module.__dict__[self.name]
        _faces(module).pop(self.name, None)


def shown(module: Module, name: str, value: Any, given: Any = None) -> Any:
    """What users see of an attribute: a face of a tensor (that which was given), or of a module of the engine."""
    if isinstance(value, wg.Tensor):
        face = _faces(module).get(name) if given is None else _faces(module).setdefault(name, given)
        if face is None or face._tensor is not value:
            face = (Parameter if name in module._parameters else Tensor).of(value)
            _faces(module)[name] = face
        return face
    if isinstance(value, wg.nn.Module) and not isinstance(value, Module):
        from .layers import front_of

        return front_of(value)
    return value


def _faces(module: Module) -> dict[str, Any]:
    """The faces that a module has shown; a copy of a module has shown none."""
    try:
        return module._seen
    except AttributeError:
        object.__setattr__(module, "_seen", {})
        return module._seen


def show(module: Module, name: str) -> None:
    """Let an attribute of the modules of this class be seen as a face."""
    cls = type(module)
    if not isinstance(getattr(cls, name, None), Shown):
        setattr(cls, name, Shown(name))


class Keys(NamedTuple):
    """Which names were missing and which were unexpected when a `state_dict` was loaded."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not any(self):
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Module(wg.nn.Module):
    """What networks derive from: an attribute that is set to a `Parameter` is learned, one set to a module is part.

    It is a module of the engine (see `wengert.nn.Module`) whose tensors are seen as faces.

    >>> from wengert import torch
    >>> class Line(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = torch.nn.Parameter(torch.tensor([2.0]))
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> Line()(torch.tensor(3.0))
    tensor([6.], grad_fn=<MulBackward0>)
    """

    __slots__ = ("_seen",)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self.register_parameter(name, value)
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif name in self._buffers or (name in self._parameters and value is None):
            setattr_shown(self, name, value)
        elif name in self._parameters and isinstance(value, Face):
            raise TypeError(
                f"[{type(self).__name__}] {name!r}, a parameter, was set to a tensor, wanted a parameter or None; "
                f"write self.{name} = nn.Parameter(x), or del self.{name} before"
            )
        else:
            super().__setattr__(name, value)

    def register_parameter(self, name: str, value: Any) -> None:
        """Set an attribute that is a parameter, also one that is ``None`` for now."""
        show(self, name)
        super().register_parameter(name, value)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:  # type: ignore[override]
        """Set an attribute that is state but not learned."""
        self._buffers[name] = persistent
        setattr_shown(self, name, tensor)

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Any:
        """The parameters by path."""
        found = super().named_parameters(prefix, recurse, remove_duplicate)
        return ((path, self._face_at(path, prefix, tensor)) for path, tensor in found)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Any:
        """The buffers by path."""
        found = super().named_buffers(prefix, recurse, remove_duplicate)
        return ((path, self._face_at(path, prefix, tensor)) for path, tensor in found)

    def _face_at(self, path: str, prefix: str, tensor: Any) -> Any:
        """The face that is seen at a path."""
        *parts, name = path[len(prefix) + 1 if prefix else 0 :].split(".")
        owner = self
        for part in parts:
            owner = _part(owner, part)
        return _part(owner, name) if isinstance(owner, Module) else Parameter.of(tensor)

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules that it consists of directly, by name."""
        return ((name, front(child)) for name, child in super().named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """The module itself and all that are in it, each once, by path."""
        return ((path, front(module)) for path, module in super().named_modules(prefix))

    def state_dict(self, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """The parameters and persistent buffers by path: what they are when it is read, so that training changes it.

        Args:
            destination: a dict that they are written to.
            prefix: before each path.
            keep_vars: give them as they are followed by derivatives.
        """
        found = OrderedDict() if destination is None else destination
        for name, tensor in self.named_state(prefix):
            found[name] = Tensor.of(tensor if keep_vars else tensor.detach())
        return found

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Let the parameters and buffers have the values of a `state_dict`: all of them, or none."""
        found = super().load_state_dict({name: behind(value) for name, value in state_dict.items()}, strict)
        return Keys(found.missing_keys, found.unexpected_keys)

    def to(self, *args: Any, dtype: Any = None, device: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """Cast the floating parameters and buffers to a dtype, and leave them on the CPU; the module itself."""
        for given in args:
            dtype, device = (given, device) if isinstance(given, Dtype) else (dtype, given)
        check_device(device, "to")
        return self if dtype is None else super().to(numpy_dtype(dtype))

    def type(self, dst_type: Any) -> Any:
        """Cast the floating parameters and buffers to a dtype; the module itself."""
        return self.to(dst_type)

    def bfloat16(self) -> Module:
        """Cast the floating parameters and buffers to `torch.bfloat16`; the module itself."""
        return self.to(bfloat16())

    def cpu(self) -> Module:
        """The module itself, which is on the CPU."""
        return self

    def cuda(self, device: Any = None) -> Any:
        """Refused: there is no such device.

        Raises:
            RuntimeError: always.
        """
        return self.to(device="cuda")

    def register_full_backward_hook(self, hook: Any, prepend: bool = False) -> BackwardHook:
        """Call ``hook(module, grad_input, grad_output)`` when derivatives have passed; a result replaces the first."""
        return BackwardHook(self, hook)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy has: its attributes, and no faces."""
        return self.__dict__

    def __repr__(self) -> str:
        return text(self)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Let ``.grad`` of every parameter be ``None``, or 0."""
        forget_gradients((parameter for _, parameter in self.named_parameters()), set_to_none)


def _cast(name: str, dtype: Dtype) -> Any:
    def cast(self: Module) -> Module:
        return self.to(dtype)

    cast.__name__, cast.__doc__ = name, f"Cast the floating parameters and buffers to {dtype!r}; the module itself."
    return cast


for _name, _dtype in (("half", "float16"), ("float", "float32"), ("double", "float64")):
    setattr(Module, _name, _cast(_name, DTYPES[_dtype]))


def setattr_shown(module: Module, name: str, value: Any) -> None:
    """Set an attribute that is seen as a face."""
    show(module, name)
    object.__setattr__(module, name, value)


def _part(owner: Any, name: str) -> Any:
    """What is at a name in a module: an attribute, or an item of a container."""
    held = owner.__dict__.get("_members")
    if held is not None and name in held:
        return shown(owner, name, held[name])
    if isinstance(owner, (list, tuple)):
        return owner[int(name)]
    return owner[name] if isinstance(owner, dict) else getattr(owner, name)


def front(module: Any) -> Any:
    """The module that users see for one in the engine: itself, if it is of this front."""
    if isinstance(module, Module):
        return module
    from .layers import front_of

    return front_of(module)
