"""Where a function finds what it reads: the names, attributes and items on the way from it to its state.

A recording holds for the tensors and the plain values (numbers, texts, flags, other functions) that it met. Some
time later a name may be bound to something else. So the ways are looked for once, when the function is recorded,
and compared at each call: is what is found there still the same?

Attributes and globals count if the code that can be reached mentions them by name; a tensor that was read is
looked for everywhere.
"""

from __future__ import annotations

import enum
import functools
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol

import numpy

from ..core.number import Number
from ..core.tensor import Tensor

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What is found under a name that is not bound."""

PLAIN = frozenset({bool, int, float, complex, str, bytes, type(None)})
"""Types of values that cannot change, and are compared by value."""

MOST = 20_000
"""So many names and items are looked at, at most."""

FEW = 64
"""Plain items of a list or dict count if there are no more than these."""

LONG = 5_000
"""The items of a longer list or dict are not looked at."""

UNUSED = frozenset({"__init__", "__new__", "__repr__", "__str__", "__del__", "__reduce__", "__init_subclass__"})
"""Methods of classes that are not called by what they do with tensors."""


def is_plain(value: Any) -> bool:
    """Whether a value cannot change."""
    return type(value) in PLAIN or issubclass(type(value), (enum.Enum, numpy.generic, numpy.dtype))


def is_same(left: Any, right: Any) -> bool:
    """Whether two things are the same object, or equal plain values."""
    return left is right or (type(left) is type(right) and is_plain(left) and repr(left) == repr(right))


class Binding:
    """A name, attribute or item, with what was found there.

    Attributes:
        holder: a dict (items, globals, attributes), a list, a cell, or an object with slots.
        key: the key, index or attribute; ``None`` of a cell.
        name: as a user would write it.
        owner: what has the name; it leads to `value`.
    """

    __slots__ = ("holder", "key", "name", "owner", "value")

    def __init__(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        self.holder = holder
        self.key = key
        self.value = value
        self.name = name
        self.owner = owner

    @property
    def place(self) -> tuple[int, Any]:
        """What tells it apart."""
        return id(self.holder), self.key

    def read(self) -> Any:
        """What is found there now."""
        holder = self.holder
        try:
            if type(holder) is CellType:
                return holder.cell_contents
            if isinstance(holder, (dict, list)):
                return holder[self.key]
            return vars(holder)[self.key] if isinstance(holder, type) else getattr(holder, self.key)
        except (KeyError, IndexError, AttributeError, ValueError):
            return MISSING

    def write(self, value: Any) -> None:
        """Bind it to something else, or to nothing."""
        holder = self.holder
        if isinstance(holder, (dict, list)):
            if value is not MISSING:
                holder[self.key] = value
            elif isinstance(holder, dict):
                holder.pop(self.key, None)
        elif type(holder) is not CellType:
            delattr(holder, self.key) if value is MISSING else setattr(holder, self.key, value)
        elif value is MISSING:
            del holder.cell_contents
        else:
            holder.cell_contents = value

    def now(self) -> Binding:
        """The same name, with what is found there now."""
        return Binding(self.holder, self.key, self.read(), self.name, self.owner)

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list or dict, not a variable or attribute."""
        return self.owner is self.holder


class Form(Protocol):
    """What has to be found under a name, whichever tensors there are."""

    binding: Binding

    def is_found(self) -> bool: ...


class Expected:
    """What has to be found under some names, to be checked at each call.

    Attributes:
        by_key: for items of dicts, globals and attributes: how to get them, the key, and what is expected.
        by_index: the same for lists, with the list.
        others: all other bindings.
        lengths: lists and dicts that are to have as many items as they had.
        forms: names whose tensors may be others, nested alike.
    """

    def __init__(self, bindings: Sequence[Binding], forms: Sequence[Form]) -> None:
        self.bindings = list(bindings)
        self.forms = forms
        self.by_key: list[tuple[Callable[[Any], Any], Any, Any]] = []
        self.by_index: list[tuple[list[Any], int, Any]] = []
        self.others: list[Binding] = []
        for binding in bindings:
            holder = binding.holder
            if binding.value is MISSING:
                self.others.append(binding)
            elif isinstance(holder, list):
                self.by_index.append((holder, binding.key, binding.value))
            elif isinstance(holder, (dict, type)):
                attributes = holder if isinstance(holder, dict) else vars(holder)
                self.by_key.append((attributes.get, binding.key, binding.value))
            else:
                self.others.append(binding)
        items = [b for b in bindings if isinstance(b.holder, (dict, list)) and b.is_item and not is_plain(b.value)]
        self.lengths = list({id(b.holder): (b.holder, len(b.holder)) for b in items}.values())

    def is_found(self) -> bool:
        """Whether everything is found where it was."""
        for get, key, value in self.by_key:
            if get(key) is not value and not is_same(get(key), value):
                return False
        for items, length in self.lengths:
            if len(items) != length:
                return False
        try:
            for items, index, value in self.by_index:
                if items[index] is not value and not is_same(items[index], value):
                    return False
        except IndexError:
            return False
        for binding in self.others:
            found = binding.read()
            if found is not binding.value and not is_same(found, binding.value):
                return False
        return all(form.is_found() for form in self.forms) if self.forms else True

    def first_changed(self) -> Binding | None:
        """What is no longer found."""
        return next(self.changed(), None) or next((form.binding for form in self.forms if not form.is_found()), None)

    def changed(self) -> Iterator[Binding]:
        """The names that no longer lead to what they led to."""
        return (b for b in self.bindings if not is_same(b.read(), b.value))


class Survey:
    """Everything that is found from a function on.

    Attributes:
        bindings: by place.
        incoming: by identity of an object, the bindings that lead to it; ``None`` stands for one that cannot change,
            such as the items of a tuple.
    """

    def __init__(self, f: Callable[..., Any], everything: bool = False) -> None:
        self.everything = everything
        self.bindings: dict[tuple[int, Any], Binding] = {}
        self.incoming: dict[int, list[Binding]] = {}
        self.names: set[str] = set()
        self.waiting: dict[Any, list[Binding]] = {}
        self.queue: deque[tuple[Any, str]] = deque()
        self.met: dict[int, Any] = {}
        self._meet(f, "")
        while self.queue and len(self.bindings) < MOST:
            self._expand(*self.queue.popleft())

    def ways_to(self, objects: list[Any]) -> list[Binding]:
        """The bindings on all ways to some objects."""
        kept: dict[tuple[int, Any], Binding] = {}
        stack = [id(o) for o in objects]
        done = set(stack)
        while stack:
            for binding in self.incoming.get(stack.pop(), ()):
                if binding.holder is not None:
                    kept[binding.place] = binding
                if id(binding.owner) not in done:
                    done.add(id(binding.owner))
                    stack.append(id(binding.owner))
        return list(kept.values())

    def seen(self, place: tuple[int, Any]) -> Any:
        """What was found at a place, whether the code mentions it or not."""
        found = self.bindings.get(place)
        if found is None:
            waiting = self.waiting.get(place[1], ()) if isinstance(place[1], str) else ()
            found = next((b for b in waiting if b.place == place), None)
        return MISSING if found is None else found.value

    def plain(self) -> list[Binding]:
        """The bindings of what is compared by value, of code, and of arrays."""
        return [b for b in self.bindings.values() if is_plain(b.value) or isinstance(b.value, _CONSTANT)]

    # -- the walk ----------------------------------------------------------------------------------

    def _meet(self, value: Any, name: str) -> None:
        if id(value) not in self.met:
            self.met[id(value)] = value
            self.queue.append((value, name))

    def _lead(self, owner: Any, value: Any, name: str) -> None:
        """A way that cannot change."""
        self.incoming.setdefault(id(value), []).append(Binding(None, None, value, name, owner))
        self._meet(value, name)

    def _bind(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        self._take(Binding(holder, key, value, name, owner))

    def _take(self, binding: Binding) -> None:
        self.bindings[binding.place] = binding
        self.incoming.setdefault(id(binding.value), []).append(binding)
        if not is_plain(binding.value):
            self._meet(binding.value, binding.name)

    def _bind_if_named(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        binding = Binding(holder, key, value, name, owner)
        if self.everything or key in self.names:
            self._take(binding)
        else:
            self.waiting.setdefault(key, []).append(binding)

    def _expand(self, value: Any, name: str) -> None:
        for kind, expand in _EXPANSIONS:
            if isinstance(value, kind):
                expand(self, value, name)
                return
        self._expand_object(value, name)

    def _expand_function(self, f: FunctionType, name: str) -> None:
        for variable, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=False):
            self._bind(cell, None, _contents(cell), variable, f)
        for default in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self._lead(f, default, name)
        if "__wrapped__" in f.__dict__:
            self._lead(f, f.__dict__["__wrapped__"], name)
        self._mention(f.__code__)
        if is_users(f.__module__):
            for mentioned in sorted(_names(f.__code__)):
                if mentioned in f.__globals__:
                    self._bind(f.__globals__, mentioned, f.__globals__[mentioned], mentioned, f)

    def _mention(self, code: CodeType) -> None:
        for name in _names(code) - self.names:
            self.names.add(name)
            for binding in self.waiting.pop(name, ()):
                self._take(binding)

    def _expand_method(self, method: MethodType, name: str) -> None:
        self._lead(method, method.__func__, name)
        self._lead(method, method.__self__, name)

    def _expand_partial(self, f: Any, name: str) -> None:
        for value in (f.func, *f.args, *f.keywords.values()):
            self._lead(f, value, name)

    def _expand_property(self, value: property, name: str) -> None:
        self._lead(value, value.fget, name)

    def _expand_static(self, value: Any, name: str) -> None:
        self._lead(value, value.__func__, name)

    def _expand_dict(self, items: dict[Any, Any], name: str) -> None:
        for key, value in list(items.items()) if len(items) <= LONG else ():
            if len(items) <= FEW or not is_plain(value):
                self._bind(items, key, value, f"{name}[{key!r}]", items)

    def _expand_list(self, items: list[Any], name: str) -> None:
        for index, value in enumerate(list(items)) if len(items) <= LONG else ():
            if len(items) <= FEW or not is_plain(value):
                self._bind(items, index, value, f"{name}[{index}]", items)

    def _expand_items(self, items: Any, name: str) -> None:
        for value in list(items) if len(items) <= LONG else ():
            if not is_plain(value):
                self._lead(items, value, name)

    def _expand_module(self, module: ModuleType, name: str) -> None:
        if is_users(module.__name__):
            for key, value in list(vars(module).items()):
                self._bind_if_named(vars(module), key, value, f"{name}.{key}", module)

    def _expand_class(self, cls: type, name: str) -> None:
        if is_users(cls.__module__):
            for key, value in list(vars(cls).items()):
                self._attribute(cls, key, value, f"{name}.{key}", cls)
        for base in cls.__mro__[1:]:
            self._lead(cls, base, name)

    def _attribute(self, cls: type, key: str, value: Any, name: str, owner: Any) -> None:
        is_method = isinstance(value, (FunctionType, property, classmethod, staticmethod))
        if is_method and key.startswith("__") and key not in UNUSED:
            self._bind(cls, key, value, name, owner)
        elif not key.startswith("__"):
            self._bind_if_named(cls, key, value, name, owner)

    def _expand_object(self, value: Any, name: str) -> None:
        if hasattr(value, "__wrapped__"):
            self._lead(value, value.__wrapped__, name)
            return
        self._lead(value, type(value), type(value).__name__)
        attributes = getattr(value, "__dict__", None)
        if type(attributes) is dict:
            for key, held in list(attributes.items()):
                self._bind_if_named(attributes, key, held, f"{name}.{key}", value)
        for key in _slots(type(value)):
            held = getattr(value, key, MISSING)
            self._bind_if_named(value, key, held, f"{name}.{key}", value)


_CONSTANT = (FunctionType, functools.partial, MethodType, BuiltinFunctionType, type, numpy.ndarray)

_ENDS = (Tensor, Number, numpy.ndarray, numpy.generic, BuiltinFunctionType, str, bytes, range)

_EXPANSIONS: list[tuple[Any, Callable[..., None]]] = [
    (_ENDS, lambda survey, value, name: None),
    (FunctionType, Survey._expand_function),
    (MethodType, Survey._expand_method),
    (functools.partial, Survey._expand_partial),
    (property, Survey._expand_property),
    ((staticmethod, classmethod), Survey._expand_static),
    (dict, Survey._expand_dict),
    (list, Survey._expand_list),
    ((tuple, set, frozenset), Survey._expand_items),
    (ModuleType, Survey._expand_module),
    (type, Survey._expand_class),
]


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


@functools.cache
def _names(code: CodeType) -> frozenset[str]:
    """The globals and attributes that a piece of code mentions, with the functions defined in it."""
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return frozenset(code.co_names).union(*inner)


def _slots(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__"):
                yield name


@functools.cache
def is_users(module: str | None) -> bool:
    """Whether code of this module may change: it is not installed."""
    top = (module or "").partition(".")[0]
    if top in sys.stdlib_module_names or top in ("", "wengert"):
        return False
    file = getattr(sys.modules.get(module or ""), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file
