"""Where a function finds what it reads: the names, attributes and items on the way from it to its state.

A recording holds for the tensors, the plain values and the other objects that it met. Some time later a name may be
bound to something else, or a list be longer. So the ways are looked for once, when the function is recorded, and
compared at each call: is what is found there still the same?

Attributes and globals count if the code that can be reached mentions them by name, those that are missing included,
where one would come before what was found. Containers count with all that is in them, and arrays with their elements.
A tensor that was read is looked for everywhere.
"""

from __future__ import annotations

import builtins
import functools
import gc
import inspect
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from operator import attrgetter, methodcaller
from threading import local
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import numpy

from ...core.node import Leaf
from ...core.number import Number
from ...core.state import CONTEXTS
from ...core.tensor import Tensor
from ..interpreter.mentions import Mentions, mentions_of, names_in
from .bindings import (
    BASES,
    BUFFERS,
    CONTAINERS,
    Binding,
    Contents,
    Whole,
    kind_of,
)
from .plain import MISSING, is_plain, vars_of

MOST = 100_000
"""So many names and items are looked at, at most."""

FEW = 64
"""If a container has no more items, one that is replaced by another number or flag is written by each call."""

UNUSED = frozenset({"__init__", "__new__", "__repr__", "__str__", "__del__", "__reduce__", "__init_subclass__"})
"""Methods of classes that are not called by what they do with tensors."""

LEAVES = (Tensor, Number, BuiltinFunctionType, CodeType)
"""What leads to nothing else."""

MACHINERY = ("wengert.control.", "wengert.compile.")
"""Where the classes are whose objects are no state of the function recorded, but for the function that they wrap."""

VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
"""What dicts give as their keys, values and items, which change with them."""

OF_FUNCTIONS = ("__code__", "__defaults__", "__kwdefaults__")


class Survey:
    """Everything that is found from a function on.

    Attributes:
        bindings: by place.
        wholes: by identity, the containers with what is in them.
        contents: by identity, the arrays.
        incoming: by identity of an object, the bindings that lead to it; one without a holder stands for a way that
            cannot change, such as the items of a tuple.
        mentions: what is mentioned by the code that can be reached.
        names: the names of attributes that count.
    """

    def __init__(self, f: Callable[..., Any], everything: bool = False) -> None:
        self.everything = everything
        self.bindings: dict[tuple[int, Any], Binding] = {}
        self.wholes: dict[int, Whole] = {}
        self.contents: dict[int, Contents] = {}
        self.incoming: dict[int, list[Binding]] = {}
        self.mentions: Mentions = Mentions()
        self.names: set[str] = set()
        self.waiting: dict[Any, list[Binding]] = {}
        self.queue: deque[tuple[Any, str]] = deque()
        self.met: dict[int, Any] = {}
        self.objects: list[tuple[Any, str]] = []
        self.classes: list[type] = []
        self._meet(f, "")
        for variable in CONTEXTS:
            self._meet(variable, variable.name)
        self._follow()
        if "backward" in self.names:
            self._meet_hooks()
            self._follow()
        self._find_missing()

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

    def is_read(self, container: Any) -> bool:
        """Whether the code does more with a container than to put something into it."""
        filled = self.mentions.filled - self.mentions.used
        ways = self.incoming.get(id(container), ())
        return not ways or any(binding.variable not in filled for binding in ways)

    # -- the walk ----------------------------------------------------------------------------------

    def _follow(self) -> None:
        while self.queue and len(self.bindings) < MOST:
            self._expand(*self.queue.popleft())

    def _meet_hooks(self) -> None:
        """Meet what a backward walk will call for the leaves."""
        leaves = [o._node for o in self.met.values() if type(o) is Tensor]
        for leaf in leaves:
            if isinstance(leaf, Leaf):
                self._lead(leaf, leaf.hooks, "hooks")

    def _meet(self, value: Any, name: str) -> None:
        if id(value) not in self.met:
            self.met[id(value)] = value
            self.queue.append((value, name))

    def _lead(self, owner: Any, value: Any, name: str) -> None:
        """A way that cannot change."""
        if not is_plain(value):
            self.incoming.setdefault(id(value), []).append(Binding(None, None, value, name, owner))
            self._meet(value, name)

    def _bind(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        self._take(Binding(holder, key, value, name, owner))

    def _take(self, binding: Binding) -> None:
        if binding.holder is not None:
            self.bindings[binding.place] = binding
        if not is_plain(binding.value) and binding.value is not MISSING:
            self.incoming.setdefault(id(binding.value), []).append(binding)
            self._meet(binding.value, binding.name)

    def _bind_if_named(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        """Bind an attribute if the code mentions it or computes names, or else wait until it does."""
        binding = Binding(holder, key, value, name, owner)
        if self.everything or key in self.names or self.mentions.computes:
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
        for attribute in OF_FUNCTIONS:
            value = getattr(f, attribute)
            if value is not None and is_of_user(f):
                self._bind(f, attribute, value, f"{f.__name__}.{attribute}", f)
            elif value is not None:
                self._lead(f, value, name)
        for key, value in f.__dict__.items():
            if key == "__wrapped__":
                self._lead(f, value, name)
            else:
                self._bind_if_named(f.__dict__, key, value, f"{name}.{key}", f)
        if is_of_user(f):
            mentions = mentions_of(f.__code__)
            self._mention(mentions)
            self._bind_globals(f)
            for module in mentions.imports & sys.modules.keys():
                self._lead(f, sys.modules[module], module)
        else:
            self._mention_attributes(names_in(f.__code__))

    def _bind_globals(self, f: FunctionType) -> None:
        """The globals that a function mentions; those of Python come after its own."""
        own, pythons = f.__globals__, vars(builtins)
        for name in sorted(mentions_of(f.__code__).variables):
            self._bind(own, name, own.get(name, MISSING), name, f)
            if name not in own and name in pythons:
                self._bind(pythons, name, pythons[name], name, f)

    def _mention(self, mentions: Mentions) -> None:
        computed = self.mentions.computes
        self.mentions = self.mentions.joined(mentions)
        self._mention_attributes(mentions.attributes)
        if self.mentions.computes and not computed:
            waiting = [binding for bindings in self.waiting.values() for binding in bindings]
            self.waiting.clear()
            for binding in waiting:
                self._take(binding)

    def _mention_attributes(self, names: Iterable[str]) -> None:
        for name in sorted(set(names) - self.names):
            self.names.add(name)
            for binding in self.waiting.pop(name, ()):
                self._take(binding)

    def _expand_method(self, method: MethodType, name: str) -> None:
        self._lead(method, method.__func__, name)
        self._lead(method, method.__self__, name)

    def _expand_partial(self, f: Any, name: str) -> None:
        for value in (f.func, f.args, f.keywords):
            self._lead(f, value, name)

    def _expand_property(self, value: property, name: str) -> None:
        for function in (value.fget, value.fset):
            self._lead(value, function, name)

    def _expand_tool(self, tool: Any, name: str) -> None:
        for value in vars(tool).values():
            self._lead(tool, value, name)

    def _expand_static(self, value: Any, name: str) -> None:
        self._lead(value, value.__func__, name)

    def _expand_container(self, container: Any, name: str) -> None:
        """The container as a whole, and its items; of a long one, those that lead on."""
        whole = self.wholes[id(container)] = Whole(container, name)
        pairs = zip(whole.places, whole.items, strict=True)
        for key, value in pairs if len(whole.items) <= FEW else [pair for pair in pairs if not is_plain(pair[1])]:
            if isinstance(container, CONTAINERS):
                self._bind(container, key, value, whole.name_of(key), container)
            else:
                self._lead(container, value, name)
        for key in whole.keys or ():
            self._lead(container, key, name)
        if type(container) is not kind_of(container):
            self._expand_object(container, name)

    def _expand_items(self, items: Any, name: str) -> None:
        for value in items:
            self._lead(items, value, name)
        if type(items) not in (tuple, frozenset):
            self._expand_object(items, name)

    def _expand_proxy(self, proxy: Any, name: str) -> None:
        for value in gc.get_referents(proxy):
            self._lead(proxy, value, name)

    def _expand_buffer(self, buffer: Any, name: str) -> None:
        self.contents[id(buffer)] = Contents(buffer, name)
        if isinstance(buffer, numpy.ndarray) and buffer.dtype.hasobject:
            self._expand_items(buffer.ravel().tolist(), name)

    def _expand_module(self, module: ModuleType, name: str) -> None:
        if is_users(module.__name__):
            self._bind_attributes(module, vars(module), name)

    def _expand_class(self, cls: type, name: str) -> None:
        if is_of_user(cls) or has_followed_code(module_of(cls)):
            holder = cls if is_of_user(cls) else None
            for key, value in list(vars(cls).items()):
                self._attribute(holder, key, value, f"{cls.__name__}.{key}", cls)
            self.classes.append(cls)
            if holder is not None:
                self._bind(cls, BASES, cls.__bases__, f"{cls.__name__}.{BASES}", cls)
        self._lead(cls, type(cls), type(cls).__name__)
        for base in cls.__mro__[1:]:
            self._lead(cls, base, base.__name__)

    def _attribute(self, holder: Any, key: str, value: Any, name: str, owner: Any) -> None:
        is_method = isinstance(value, (FunctionType, property, classmethod, staticmethod))
        if is_method and key.startswith("__") and key not in UNUSED:
            self._bind(holder, key, value, name, owner)
        elif not key.startswith("__"):
            self._bind_if_named(holder, key, value, name, owner)

    def _expand_reference(self, reference: weakref.ref[Any], name: str) -> None:
        self._lead(reference, reference(), name)

    def _expand_variable(self, variable: ContextVar[Any], name: str) -> None:
        """A context variable, which is a name that leads to something else in each task."""
        self._take(Binding(variable, None, MISSING, f"{name}.get()", variable).now())

    def _expand_local(self, attributes: local, name: str) -> None:
        """An object whose attributes each thread has for itself."""
        for key, held in list(vars(attributes).items()):
            self._bind_if_named(attributes, key, held, f"{name}.{key}", attributes)
        self._lead(attributes, type(attributes), type(attributes).__name__)

    def _expand_getter(self, getter: Any, name: str) -> None:
        """What looks up an attribute or calls a method: its names are mentioned, and it leads to its arguments."""
        _, given = getter.__reduce__()[:2]
        self._mention_attributes(part for text in given if isinstance(text, str) for part in text.split("."))
        for value in given:
            self._lead(getter, value, name)

    def _expand_object(self, value: Any, name: str) -> None:
        wrapped = inspect.getattr_static(value, "__wrapped__", None)
        if wrapped is not None:
            self._lead(value, wrapped, name)
        if (module_of(type(value)) or "").startswith(MACHINERY):
            return
        if is_of_user(type(value)) and type(value) is getattr(value, "__class__", None):
            self._bind(value, "__class__", type(value), f"{name}.__class__", value)
        else:
            self._lead(value, type(value), type(value).__name__)
        self._bind_attributes(value, vars_of(value), name)
        for member, key in _slots(type(value)):
            self._bind_if_named(value, key, _held_by(member, value), f"{name}.{key}", value)

    def _bind_attributes(self, owner: Any, attributes: dict[str, Any], name: str) -> None:
        for key, held in list(attributes.items()):
            if not key.startswith("__"):
                self._bind_if_named(attributes, key, held, f"{name}.{key}", owner)
        self.objects.append((owner, name))

    # -- what is missing ---------------------------------------------------------------------------

    def _find_missing(self) -> None:
        """Bind to nothing what would come before something else if it was there, and what may be missing."""
        for cls in self.classes:
            if is_of_user(cls):
                metaclasses = () if type(cls) is type else type.mro(type(cls))
                for name in self._counting(cls, (*cls.__mro__[1:], *metaclasses)):
                    self._bind_to_nothing(cls, vars(cls), name, cls.__name__, cls)
        counting = functools.cache(lambda cls: tuple(self._counting(cls, cls.__mro__)))
        for owner, called in self.objects:
            attributes = vars_of(owner)
            for name in counting(type(owner)) if type(attributes) is dict else ():
                self._bind_to_nothing(attributes, attributes, name, called, owner)
            if self.mentions.computes and not isinstance(owner, ModuleType):
                self.wholes[id(attributes)] = Whole(attributes, called)

    def _counting(self, cls: type, bases: Iterable[type]) -> Iterator[str]:
        """The names of attributes that would hide one of some classes, or for which code is ready not to find them."""
        asks = self.mentions.catches or hasattr(cls, "__getattr__")
        for name in sorted(self.names):
            found = next((vars(base)[name] for base in bases if name in vars(base)), MISSING)
            if found is MISSING:
                if asks or name in self.mentions.asked:
                    yield name
            elif not hasattr(type(found), "__set__") and not name.startswith("__"):
                yield name

    def _bind_to_nothing(self, holder: Any, attributes: Any, name: str, called: str, owner: Any) -> None:
        if name not in attributes:
            self._bind(holder, name, MISSING, f"{called}.{name}", owner)


_EXPANSIONS: list[tuple[Any, Callable[..., None]]] = [
    (LEAVES, lambda survey, value, name: None),
    (FunctionType, Survey._expand_function),
    (MethodType, Survey._expand_method),
    (functools.partial, Survey._expand_partial),
    ((functools.cached_property, functools.partialmethod, functools.singledispatchmethod), Survey._expand_tool),
    (property, Survey._expand_property),
    ((staticmethod, classmethod), Survey._expand_static),
    ((*CONTAINERS, set), Survey._expand_container),
    ((tuple, frozenset), Survey._expand_items),
    (BUFFERS, Survey._expand_buffer),
    ((MappingProxyType, *VIEWS), Survey._expand_proxy),
    (weakref.ref, Survey._expand_reference),
    (ContextVar, Survey._expand_variable),
    (local, Survey._expand_local),
    ((attrgetter, methodcaller), Survey._expand_getter),
    (ModuleType, Survey._expand_module),
    (type, Survey._expand_class),
]


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _slots(cls: type) -> Iterator[tuple[Any, str]]:
    """The descriptors of a class for attributes that have slots, and what these are called."""
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            is_private = slot.startswith("__") and not slot.endswith("__")
            name = f"_{base.__name__.lstrip('_')}{slot}" if is_private else slot
            if name in vars(base):
                yield vars(base)[name], name


def _held_by(member: Any, value: Any) -> Any:
    try:
        return member.__get__(value)
    except AttributeError:
        return MISSING


@functools.cache
def is_users(module: str | None) -> bool:
    """Whether code of this module may change: it is not installed, or it is what is run, whoever has started it."""
    top = (module or "").partition(".")[0]
    if top == "__main__":
        return True
    if top in sys.stdlib_module_names or top in ("", "wengert"):
        return False
    file = getattr(sys.modules.get(module or ""), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file


def module_of(code: Any) -> str | None:
    """The module of a function or class.

    The class of what Cython compiles has a descriptor there, which is its functions', and counts as one of Python's.
    """
    module = code.__module__
    return module if isinstance(module, str | None) else "types"


def is_of_user(code: Any) -> bool:
    """Whether a function or class may change: it is of the user's, or made by ``exec`` in no module."""
    module = module_of(code)
    if module not in (None, "builtins"):
        return is_users(module)
    return not isinstance(code, type) or bool(code.__flags__ & _MADE_BY_CODE)


_MADE_BY_CODE = 1 << 9
"""``Py_TPFLAGS_HEAPTYPE``."""


@functools.cache
def has_followed_code(module: str | None) -> bool:
    """Whether methods of classes of this module are read for what they mention."""
    top = (module or "").partition(".")[0]
    return top in ("collections", "weakref") or top not in sys.stdlib_module_names
