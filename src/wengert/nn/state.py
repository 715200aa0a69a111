"""The tensors of a module by path: given, loaded, cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy

import wengert as wg
import wengert.numpy as np

from . import members
from .structure import copied

if TYPE_CHECKING:
    from .module import Module

__all__ = ["functional_call", "stack", "stack_module_state"]


class Incompatible(NamedTuple):
    """The names in which a module and the state that was loaded differ."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def entries(module: Module, prefix: str = "") -> Iterator[tuple[str, wg.Tensor]]:
    """The parameters and persistent buffers, as often as they are there."""
    for path, each in members.all_places(module, prefix.removesuffix(".")):
        for name, tensor in chain(members.own_parameters(each), _persistent(each)):
            yield members.joined(path, name), tensor


def _persistent(module: Module) -> members.Named:
    return ((name, tensor) for name, tensor in members.own_buffers(module) if module._buffers[name])


def load(module: Module, state_dict: Mapping[str, Any], strict: bool) -> Incompatible:
    """See `wengert.nn.Module.load_state_dict`."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"[load_state_dict] a {type(state_dict).__name__} was given, wanted a dict of arrays by name; write "
            "module.load_state_dict(wg.nn.load(path)) for a file, or other.state_dict() for a module"
        )
    held = dict(entries(module))
    found = Incompatible([n for n in held if n not in state_dict], [n for n in state_dict if n not in held])
    values = {name: np.asarray(value) for name, value in state_dict.items() if name in held}
    shapes = {n: (v.shape, held[n].shape) for n, v in values.items() if v.shape != held[n].shape}
    if shapes or (strict and any(found)):
        raise ValueError(_differences(type(module).__name__, found if strict else Incompatible([], []), shapes))
    with wg.no_grad():
        for name, value in values.items():
            held[name].copy_(value.astype(held[name].dtype))
    return found


def _differences(kind: str, found: Incompatible, shapes: Mapping[str, Any]) -> str:
    lines = [
        *(f"missing: {name}" for name in found.missing_keys),
        *(f"unexpected: {name}" for name in found.unexpected_keys),
        *(f"{name}: got shape {given}, wanted {wanted}" for name, (given, wanted) in shapes.items()),
    ]
    return (
        f"[load_state_dict] the state does not fit this {kind}, wanted the names and shapes of its parameters and "
        "buffers:\n  " + "\n  ".join(lines) + "\nnothing was loaded; write strict=False to load what has a name in both"
    )


def refuse_as_parameter(module: Module, name: str, value: Any) -> NoReturn:
    """Refuse what is set where a parameter was.

    Raises:
        TypeError: always.
    """
    given = "a result" if isinstance(value, wg.Tensor) else f"a {type(value).__name__}"
    raise TypeError(
        f"[{type(module).__name__}] the parameter {name} was set to {given}, wanted a parameter or None; write "
        f"module.{name}.copy_(value) within wg.no_grad() for another value of it, or "
        f"module.{name} = wg.nn.Parameter(value) for another parameter"
    )


def refuse_hidden_parameters(module: Module, name: str, value: Any) -> None:
    """Refuse parameters in a plain list, tuple or dict, where they would not be found.

    Raises:
        TypeError: there is one.
    """
    items = value.values() if isinstance(value, dict) else value
    if any(type(item) is wg.Tensor and item.requires_grad and item.is_leaf for item in items):
        kind = type(value).__name__
        raise TypeError(
            f"[{type(module).__name__}] {name} was set to a {kind} with parameters in it, wanted a place where they "
            f"are found; write wg.nn.Parameter{'Dict' if kind == 'dict' else 'List'}({name}), or an attribute for each"
        )


def _floating(dtype: Any) -> numpy.dtype[Any]:
    """A floating dtype.

    Raises:
        TypeError: it is none.
    """
    try:
        found = np.result_type(dtype)
    except TypeError:
        found = None
    if found is None or not np.isdtype(found, "real floating"):
        raise TypeError(
            f"[to] {dtype if found is None else found} was given, wanted a floating dtype, since parameters are "
            "learned, or a device; write module.to('float32') or module.to('gpu')"
        )
    return found


def cast(module: Module, dtype: Any) -> None:
    """Replace all floating tensors in a module by others of a dtype; one that is in two places stays one.

    Raises:
        TypeError: the dtype is not floating.
    """
    dtype = _floating(dtype)
    remake(module, lambda t: _cast(t, dtype) if np.isdtype(t.dtype, "real floating") else t)


def move(module: Module, device: str) -> None:
    """Replace all tensors in a module by others on a device; one that is in two places stays one.

    Raises:
        ValueError: there is no such device.
    """
    remake(module, lambda t: t if t.device == device else t.detach().to(device).requires_grad_(t.requires_grad))


def remake(module: Module, make: Callable[[wg.Tensor], wg.Tensor]) -> None:
    """Replace the parameters and buffers of a module by what is made of them; one that is in two places stays one."""
    made: dict[int, wg.Tensor] = {}
    for each in list(module.modules()):
        holder = each.__dict__.get(members.UNNAMED, each.__dict__)
        for name, tensor in list(chain(members.own_parameters(each), members.own_buffers(each))):
            if id(tensor) not in made:
                made[id(tensor)] = make(tensor)
            holder[name] = made[id(tensor)]


def _cast(tensor: wg.Tensor, dtype: Any) -> wg.Tensor:
    return wg.tensor(tensor.detach().astype(dtype)).requires_grad_(tensor.requires_grad)


# -- modules as functions --------------------------------------------------------------------------


def functional_call(module: Module, tensors: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """What a module computes with other parameters and buffers; the module itself is not changed.

    Args:
        module: the module.
        tensors: tensors by path, as `state_dict` and `named_parameters` name them; or a tuple of such dicts. What is
            not among them is the module's own.
        args: the arguments, a tuple; anything else is the one argument.
        kwargs: the arguments by keyword.

    Raises:
        ValueError: a path leads to no parameter or buffer.

    >>> import wengert as wg, wengert.numpy as np
    >>> net = wg.nn.Linear(2, 1)
    >>> parameters = {"weight": np.array([[1.0, 2.0]]), "bias": np.array([3.0])}
    >>> wg.nn.functional_call(net, parameters, np.array([1.0, 1.0]))
    tensor([6.])
    """
    given = {name: t for part in (tensors if isinstance(tensors, tuple) else (tensors,)) for name, t in part.items()}
    replaced = with_tensors(module, given)
    return replaced(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))


def with_tensors(module: Module, tensors: Mapping[str, Any]) -> Module:
    """A copy of a module with other parameters and buffers.

    Raises:
        ValueError: a path leads to no parameter or buffer.
    """
    held = dict(_all_tensors(module))
    unknown = [name for name in tensors if name not in held]
    if unknown:
        raise ValueError(
            f"[functional_call] {', '.join(unknown)} lead(s) to no parameter or buffer of this "
            f"{type(module).__name__}, wanted some of {', '.join(held)}; write dict(module.named_parameters())"
        )
    swap = {id(held[name]): tensor for name, tensor in tensors.items()}
    return copied(module, lambda leaf: swap.get(id(leaf), leaf))


def _all_tensors(module: Module) -> Iterator[tuple[str, wg.Tensor]]:
    own = (members.own_parameters, members.own_buffers)
    return chain.from_iterable(members.tensors(module, kind, "", True, False) for kind in own)


def stack_module_state(modules: Any) -> tuple[dict[str, wg.Tensor], dict[str, wg.Tensor]]:
    """The parameters and the buffers of modules that are made alike, stacked along a new first axis, by path.

    >>> import wengert as wg, wengert.numpy as np
    >>> nets = [wg.nn.Linear(3, 2) for _ in range(4)]
    >>> parameters, buffers = wg.nn.stack_module_state(nets)
    >>> parameters["weight"].shape
    (4, 2, 3)
    >>> wg.vmap(lambda p: wg.nn.functional_call(nets[0], p, np.ones(3)))(parameters).shape
    (4, 2)
    """
    return _stacked(modules, "named_parameters"), _stacked(modules, "named_buffers")


def _stacked(modules: Any, kind: str) -> dict[str, wg.Tensor]:
    columns = [dict(getattr(module, kind)()) for module in modules]
    return {name: np.stack([column[name].detach() for column in columns]) for name in columns[0]}


def stack(modules: Any) -> Module:
    """One module whose parameters are those of several that are made alike, stacked along a new first axis.

    It is for `wengert.vmap` (an ensemble) and `wengert.scan` (layers one after the other), which take it apart again.

    Raises:
        ValueError: they have buffers, of which such a module could have only one for all; see `stack_module_state`.

    >>> import wengert as wg, wengert.numpy as np
    >>> layers = wg.nn.stack([wg.nn.Linear(3, 3) for _ in range(4)])
    >>> h, _ = wg.scan(lambda h, layer: (np.tanh(layer(h)), None), np.ones(3, "float32"), layers)
    >>> h.shape
    (3,)
    """
    modules = list(modules)
    buffers = [name for name, _ in modules[0].named_buffers()]
    if buffers:
        raise ValueError(
            f"[nn.stack] the modules have buffers ({', '.join(buffers)}), wanted parameters alone; write parameters, "
            "buffers = nn.stack_module_state(modules), and nn.functional_call(module, (parameters, buffers), x) in vmap"
        )
    parameters = {name: _learned(value) for name, value in stack_module_state(modules)[0].items()}
    return with_tensors(modules[0], parameters)


def _learned(value: wg.Tensor) -> wg.Tensor:
    return value.requires_grad_()
