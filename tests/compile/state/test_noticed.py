"""What a compiled function depended on may change between calls, in any way: it is as eager code from then on."""

from __future__ import annotations

import collections
import contextvars
import dataclasses
import enum
import functools
import operator
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.jit import FREQUENT

X = numpy.array([1.0, -2.0])


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording lets go of all that it made, so that nobody needs to look through all objects for who holds it."""
    monkeypatch.setattr(
        "wengert.compile.state.rebinding.is_held_outside", lambda tensor: pytest.fail(f"{tensor} is held")
    )


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass(frozen=True)
class Settings:
    rate: Any
    inner: Any = None


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Thing:
    kind = 1.0
    held: Any
    rate: Any
    of: Any
    a: Any
    b: Any

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def method(self) -> float:
        return 2.0


class Slotted:
    __slots__ = ("__private", "held")

    def __init__(self, held: Any) -> None:
        self.held = self.__private = held

    def private(self) -> Any:
        return self.__private

    def set_private(self, held: Any) -> None:
        self.__private = held


class Answering:
    """A class that answers for attributes which it has not."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"rate": 2.0}

    def __getattr__(self, name: str) -> Any:
        try:
            return self.answers[name]
        except KeyError:
            raise AttributeError(name) from None


class Described:
    """A descriptor."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __get__(self, instance: Any, owner: Any) -> float:
        return self.value * 2


# -- what is depended on: what is made of it, and how it changes -----------------------------------


class Kind(NamedTuple):
    """How a function uses something, and what it is after each change: another thing, or the same, changed."""

    use: Callable[[Any, Any], Any]
    first: Callable[[], Any]
    changes: tuple[Any, ...]


def becoming(use: Callable[[Any, Any], Any], first: Any, *others: Any) -> Kind:
    """Something that is replaced by others."""
    return Kind(use, lambda: first, tuple(lambda _, other=other: other for other in others))


def changing(use: Callable[[Any, Any], Any], first: Callable[[], Any], *changes: Callable[[Any], Any]) -> Kind:
    """Something that is changed in place."""

    def changed(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def apply(held: Any) -> Any:
            change(held)
            return held

        return apply

    return Kind(use, first, tuple(map(changed, changes)))


def times(held: Any, x: Any) -> Any:
    return x * held


def _first_key(held: Any) -> Any:
    return next(iter(held), "none")


LIST_CHANGES = (
    lambda a: a.append(5.0), lambda a: a.__setitem__(0, 9.0), lambda a: a.pop(), lambda a: a.reverse(),
    lambda a: a.insert(1, 0.5), lambda a: a.clear(),
)  # fmt: skip
DICT_CHANGES = (
    lambda d: d.update(c=3.0), lambda d: d.update(a=7.0), lambda d: d.__setitem__("a", d.pop("a")),
    lambda d: d.pop("b"), lambda d: d.clear(),
)  # fmt: skip
SET_CHANGES = (lambda s: s.add(4), lambda s: s.discard(1), lambda s: s.clear())
ARRAY_CHANGES = (lambda a: a.__setitem__(0, 0), lambda a: a.__imul__(3), lambda a: a.fill(1), lambda a: a.fill(2))

PLAIN: dict[str, Kind] = {
    "number": becoming(times, 2.0, 3.0, 2.0, -0.0, 0.0, float("nan")),
    "type of number": becoming(lambda h, x: np.asarray(x > 0) * h, 1, True, 1.0, 1),
    "sign of zero": becoming(lambda h, x: np.arctan2(h, x), 0.0, -0.0, 0.0),
    "text": becoming(lambda h, x: np.sin(x) if h == "sin" else np.cos(x), "sin", "cos", "sin"),
    "bytes": becoming(lambda h, x: x * h[0], b"a", b"b"),
    "none": becoming(lambda h, x: x if h is None else x * h, None, 2.0, None),
    "tuple": becoming(lambda h, x: x * h[0] + h[1], (0.9, 0.99), (0.5, 0.5), (0.5, 0.25)),
    "length of a tuple": becoming(lambda h, x: x * len(h), (1,), (1, 2), ()),
    "nested tuple": becoming(lambda h, x: x * h[1][0], (1, (2.0, "a")), (1, (3.0, "a")), (1, (3, "a"))),
    "named tuple": becoming(lambda h, x: x * h.a + h.b, Pair(1.0, 2.0), Pair(1.0, 3.0), Pair(2.0, 3.0)),
    "types in a tuple": becoming(lambda h, x: np.asarray(x > 0) * h[0], (1,), (True,), (1.0,)),
    "frozen dataclass": becoming(lambda h, x: x * h.rate, Settings(1.0), Settings(2.0), Settings(1.0)),
    "nested dataclass": becoming(
        lambda h, x: x * h.inner.rate, Settings(1, Settings(2.0)), Settings(1, Settings(3.0)), Settings(1, Settings(3))
    ),
    "enum": becoming(lambda h, x: x if h is Colour.RED else -x, Colour.RED, Colour.BLUE, Colour.RED),
    "range": becoming(lambda h, x: x * sum(h), range(3), range(4), range(1, 4)),
    "slice": becoming(lambda h, x: x[h], slice(0, 1), slice(0, 2), slice(None, None, -1)),
    "frozenset": becoming(lambda h, x: x * sum(h), frozenset({1}), frozenset({1, 2}), frozenset({True})),
    "numpy scalar": becoming(times, numpy.float64(2), numpy.float64(3), numpy.float32(3), numpy.int8(3)),
    "dtype": becoming(lambda h, x: x.astype(h), numpy.dtype("f4"), numpy.dtype("f8"), numpy.dtype("f4")),
    "type": becoming(lambda h, x: x.astype(h), numpy.float32, numpy.float64),
    "function": becoming(lambda h, x: h(x), np.sin, np.cos, lambda x: x * 3),
    "partial": becoming(lambda h, x: h(x), functools.partial(np.add, 1.0), functools.partial(np.add, 2.0)),
    "identity": becoming(lambda h, x: x if h is SENTINEL else -x, None, object(), None),
    "tensor": becoming(times, wg.tensor(2.0), wg.tensor(3.0), wg.tensor([1.0, 5.0])),
}  # fmt: skip
SENTINEL = object()
PLAIN["identity"] = becoming(lambda h, x: x if h is SENTINEL else -x, SENTINEL, object(), SENTINEL)

WHOLE: dict[str, Kind] = {
    "len": changing(lambda h, x: x * len(h), lambda: [1.0, 2.0], *LIST_CHANGES),
    "sum": changing(lambda h, x: x * sum(h), lambda: [1.0, 2.0], *LIST_CHANGES),
    "last": changing(lambda h, x: x * (h[-1] if h else 0.0), lambda: [1.0, 2.0], *LIST_CHANGES),
    "truth": changing(lambda h, x: x if h else -x, lambda: [1.0, 2.0], *LIST_CHANGES),
    "in": changing(lambda h, x: x if 5.0 in h else -x, lambda: [1.0, 2.0], *LIST_CHANGES),
    "loop": changing(lambda h, x: sum((x * i for i in h), x), lambda: [1.0, 2.0], *LIST_CHANGES),
    "long list": changing(lambda h, x: x * sum(h), lambda: [1.0] * 7000, *LIST_CHANGES),
    "long dict": changing(lambda h, x: x * len(h), lambda: {i: i for i in range(7000)}, lambda d: d.update(a=1)),
    "nested": changing(
        lambda h, x: x * sum(map(sum, h)), lambda: [[1.0], [2.0, 3.0]], lambda a: a[0].append(1.0), lambda a: a.pop()
    ),
    "list in a tuple": changing(lambda h, x: x * sum(h[0]), lambda: ([1.0], 2), lambda h: h[0].append(3.0)),
    "objects": changing(
        lambda h, x: x * sum(o.rate for o in h),
        lambda: [Thing(rate=1.0), Thing(rate=2.0)],
        lambda a: setattr(a[1], "rate", 5.0),
        lambda a: a.append(Thing(rate=7.0)),
        lambda a: a.reverse(),
    ),
    "keys": changing(lambda h, x: x * len("".join(h.keys())), lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES),
    "values": changing(lambda h, x: x * sum(h.values()), lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES),
    "items": changing(
        lambda h, x: x * sum(len(k) + v for k, v in h.items()), lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES
    ),
    "get": changing(lambda h, x: x * h.get("c", 0.5), lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES),
    "key in": changing(lambda h, x: x if "c" in h else -x, lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES),
    "order of keys": changing(
        lambda h, x: x if _first_key(h) == "a" else -x, lambda: {"a": 1.0, "b": 2.0}, *DICT_CHANGES
    ),
    "ordered dict": changing(
        lambda h, x: x if _first_key(h) == "a" else -x,
        lambda: collections.OrderedDict(a=1.0, b=2.0),
        lambda d: d.move_to_end("a"),
        lambda d: d.move_to_end("b"),
    ),
    "default dict": changing(
        lambda h, x: x * len(h), lambda: collections.defaultdict(float, a=1.0), lambda d: d["b"], lambda d: d.clear()
    ),
    "default factory": changing(
        lambda h, x: x * len(h) if h.default_factory is float else x,
        lambda: collections.defaultdict(float, a=1.0),
        lambda d: setattr(d, "default_factory", int),
    ),
    "counter": changing(lambda h, x: x * h["a"], lambda: collections.Counter("aab"), lambda c: c.update("a")),
    "chain map": changing(
        lambda h, x: x * h["a"], lambda: collections.ChainMap({}, {"a": 2.0}), lambda c: c.update(a=3.0)
    ),
    "user dict": changing(lambda h, x: x * h["a"], lambda: collections.UserDict(a=2.0), lambda c: c.update(a=3.0)),
    "user list": changing(lambda h, x: x * len(h), lambda: collections.UserList([1]), lambda c: c.append(3.0)),
    "proxy": Kind(
        lambda h, x: x * len(h[1]),
        lambda: (d := {"a": 1}, types.MappingProxyType(d)),
        (lambda h: (h[0].update(b=1), h)[1],),
    ),
    "set": changing(lambda h, x: x * len(h), lambda: {1, 2, 3}, *SET_CHANGES),
    "member of a set": changing(lambda h, x: x if 1 in h else -x, lambda: {1, 2, 3}, *SET_CHANGES),
    "deque": changing(
        lambda h, x: x * sum(h), lambda: collections.deque([1.0, 2.0, 3.0], maxlen=3),
        lambda d: d.append(4.0), lambda d: d.rotate(), lambda d: d.appendleft(9.0), lambda d: d.popleft(),
    ),
    "tensor in a deque": changing(
        lambda h, x: x * h[0] - h[-1], lambda: collections.deque([wg.tensor(1.0), wg.tensor(2.0)]),
        lambda d: d.rotate(), lambda d: d.append(wg.tensor(5.0)), lambda d: d.popleft(),
    ),
    "tensors in a list": changing(
        lambda h, x: sum((x * t for t in h), x), lambda: [wg.tensor(1.0), wg.tensor(2.0)],
        lambda a: a.append(wg.tensor(5.0)), lambda a: a.reverse(), lambda a: a.pop(), lambda a: a.clear(),
    ),
    "bytearray": changing(lambda h, x: x * sum(h), lambda: bytearray(b"ab"), lambda b: b.append(3)),
}  # fmt: skip

ARRAYS: dict[str, Kind] = {
    "factor of ones": changing(times, lambda: numpy.ones(2), *ARRAY_CHANGES),
    "exponent of twos": changing(lambda h, x: x**h, lambda: numpy.full(2, 2.0), *ARRAY_CHANGES),
    "true mask": changing(
        lambda h, x: np.where(h, x, -x), lambda: numpy.ones(2, bool), lambda a: a.__setitem__(0, False),
        lambda a: a.fill(False),
    ),
    "index": changing(lambda h, x: x[h], lambda: numpy.zeros(2, int), lambda a: a.__setitem__(0, 1)),
    "element": changing(lambda h, x: x * h[0], lambda: numpy.ones(2), *ARRAY_CHANGES),
    "sum by numpy": changing(lambda h, x: x * numpy.sum(h), lambda: numpy.ones(2), *ARRAY_CHANGES),
    "sine of it": changing(lambda h, x: x + np.sin(h), lambda: numpy.ones(2), *ARRAY_CHANGES),
    "tensor of it": changing(lambda h, x: x + wg.tensor(h), lambda: numpy.ones(2), *ARRAY_CHANGES),
    "decision": changing(lambda h, x: x if h[0] > 0.5 else -x, lambda: numpy.ones(2), *ARRAY_CHANGES),
    "number": changing(lambda h, x: x * float(h[1]), lambda: numpy.ones(2), *ARRAY_CHANGES),
    "view": changing(lambda h, x: x * h[::-1], lambda: numpy.arange(2.0), *ARRAY_CHANGES),
    "strided": changing(times, lambda: numpy.ones(4)[::2], *ARRAY_CHANGES),
    "long": changing(lambda h, x: x * h.sum(), lambda: numpy.ones(100_000), *ARRAY_CHANGES),
    "texts": changing(
        lambda h, x: x if h[0] == "a" else -x, lambda: numpy.array(["a", "b"]), lambda a: a.__setitem__(0, "c")
    ),
    "objects": changing(
        lambda h, x: x * h[0], lambda: numpy.array([2.0, None], dtype=object), lambda a: a.__setitem__(0, 3.0)
    ),
    "in a list": changing(lambda h, x: x * h[0], lambda: [numpy.ones(2)], lambda a: a[0].fill(5)),
    "in a tuple": changing(lambda h, x: x * h[0], lambda: (numpy.ones(2),), lambda a: a[0].fill(5)),
    "of another shape": becoming(lambda h, x: x + h, numpy.ones(2), numpy.ones(1), numpy.ones((3, 2))),
}  # fmt: skip

OBJECTS: dict[str, Kind] = {
    "missing on the instance": changing(
        lambda h, x: x * h.kind, Thing, lambda o: setattr(o, "kind", 5.0), lambda o: delattr(o, "kind"),
        lambda o: setattr(o, "kind", 7.0),
    ),
    "a method hidden": changing(
        lambda h, x: x * h.method(), Thing, lambda o: setattr(o, "method", lambda: 5.0), lambda o: delattr(o, "method")
    ),
    "hasattr": changing(
        lambda h, x: x if hasattr(h, "extra") else -x, Thing, lambda o: setattr(o, "extra", 1),
        lambda o: delattr(o, "extra"),
    ),
    "getattr": changing(
        lambda h, x: x * getattr(h, "extra", 2.0), Thing, lambda o: setattr(o, "extra", 3.0),
        lambda o: setattr(o, "extra", 4.0), lambda o: delattr(o, "extra"),
    ),
    "computed name": changing(
        lambda h, x: x * getattr(h, "ra" + "te"), lambda: Thing(rate=2.0), lambda o: setattr(o, "rate", 3.0)
    ),
    "computed missing name": changing(
        lambda h, x: x * getattr(h, "ra" + "te", 1.0), Thing, lambda o: setattr(o, "rate", 3.0)
    ),
    "vars": changing(lambda h, x: x * len(vars(h)), Thing, lambda o: setattr(o, "rate", 3.0)),
    "answers": changing(
        lambda h, x: x * h.rate, Answering, lambda o: o.answers.update(rate=3.0), lambda o: setattr(o, "rate", 7.0)
    ),
    "class": changing(
        lambda h, x: x * h.kind, Thing, lambda o: setattr(o, "__class__", type("Other", (Thing,), {"kind": 8.0}))
    ),
    "slot": changing(lambda h, x: x * h.held, lambda: Slotted(2.0), lambda o: setattr(o, "held", 3.0)),
    "private slot": changing(lambda h, x: x * h.private(), lambda: Slotted(2.0), lambda o: o.set_private(3.0)),
    "namespace": changing(
        lambda h, x: x * h.rate, lambda: types.SimpleNamespace(rate=1.0), lambda o: setattr(o, "rate", 3.0)
    ),
    "partial's keywords": changing(
        lambda h, x: h(x), lambda: functools.partial(lambda x, k: x * k, k=2.0), lambda p: p.keywords.update(k=3.0)
    ),
    "partial's object": changing(
        lambda h, x: h(x), lambda: functools.partial(lambda o, x: x * o.rate, Thing(rate=2.0)),
        lambda p: setattr(p.args[0], "rate", 3.0),
    ),
    "defaults": changing(
        lambda h, x: h(x), lambda: _with_defaults(), lambda f: setattr(f, "__defaults__", (5.0,)),
        lambda f: setattr(f, "__kwdefaults__", {"b": 7.0}), lambda f: f.__kwdefaults__.update(b=8.0),
    ),
    "code": changing(
        lambda h, x: h(x), lambda: _with_defaults(),
        lambda f: setattr(f, "__code__", (lambda x, a=1.0, *, b=2.0: x - a * b).__code__),
    ),
    "attribute of a function": changing(
        lambda h, x: x * h.rate, lambda: _with_attribute(), lambda f: setattr(f, "rate", 3.0)
    ),
    "cached helper": changing(
        lambda h, x: x * h.of(), lambda: _with_cache(), lambda o: (setattr(o, "rate", 3.0), o.of.cache_clear())
    ),
    "module": changing(
        lambda h, x: x * h.rate, lambda: _module(rate=1.0), lambda m: setattr(m, "rate", 3.0)
    ),
    "missing in a module": changing(
        lambda h, x: x * getattr(h, "rate", 1.0), lambda: _module(), lambda m: setattr(m, "rate", 3.0)
    ),
    "bound method": changing(
        lambda h, x: x * h(), lambda: Thing(rate=2.0).method, lambda m: setattr(m.__self__, "kind", 3.0)
    ),
}  # fmt: skip


def _with_defaults() -> Any:
    def f(x: Any, a: float = 2.0, *, b: float = 3.0) -> Any:
        return x * a + b

    return f


def _with_attribute() -> Any:
    f = _with_defaults()
    f.rate = 2.0
    return f


def _with_cache() -> Any:
    thing = Thing(rate=2.0)
    thing.of = functools.lru_cache(lambda: thing.rate)
    return thing


def _module(**attributes: Any) -> Any:
    module = types.ModuleType("settings_of_a_user")
    vars(module).update(attributes)
    return module


class Metaclass(type):
    @property
    def rate(cls) -> float:
        return cls.factor * 2  # type: ignore[attr-defined]


class Imported:
    """What makes a module that a function imports where it runs."""

    def __init__(self) -> None:
        self.module = sys.modules["imported_by_a_user"] = _module(rate=2.0)


def _imports(h: Any, x: Any) -> Any:
    import imported_by_a_user  # type: ignore[import-not-found]

    return x * imported_by_a_user.rate


INDIRECT: dict[str, Kind] = {
    "weak reference": changing(
        lambda h, x: x * h[1]().rate, lambda: (thing := Thing(rate=2.0), weakref.ref(thing)),
        lambda h: setattr(h[0], "rate", 3.0),
    ),
    "weak dict": changing(
        lambda h, x: x * h[1][h[0]], lambda: (thing := Thing(), weakref.WeakKeyDictionary({thing: 2.0})),
        lambda h: h[1].update({h[0]: 3.0}),
    ),
    "values of a dict": changing(
        lambda h, x: x * sum(h[1]), lambda: (d := {"a": 1.0}, d.values()), lambda h: h[0].update(b=2.0)
    ),
    "keys of a dict": changing(
        lambda h, x: x * len(h[1]), lambda: (d := {"a": 1.0}, d.keys()), lambda h: h[0].update(b=2.0)
    ),
    "items of a dict": changing(
        lambda h, x: x * sum(v for _, v in h[1]), lambda: (d := {"a": 1.0}, d.items()), lambda h: h[0].update(a=2.0)
    ),
    "context variable": changing(
        lambda h, x: x * h.get(), lambda: contextvars.ContextVar("rate", default=2.0), lambda v: v.set(3.0),
        lambda v: v.set(4.0),
    ),
    "attribute of a thread": changing(
        lambda h, x: x * h.rate, lambda: _of_threads(rate=2.0), lambda o: setattr(o, "rate", 3.0)
    ),
    "attribute of a metaclass": changing(
        lambda h, x: x * h.rate, lambda: Metaclass("Made", (), {"factor": 2.0, "__module__": __name__}),
        lambda c: setattr(c, "factor", 3.0),
    ),
    "bases": changing(
        lambda h, x: x * h.kind, lambda: type("Derived", (Thing,), {"__module__": __name__})(),
        lambda o: setattr(type(o), "__bases__", (type("Base", (Thing,), {"kind": 5.0, "__module__": __name__}),)),
    ),
    "getter of an attribute": changing(
        lambda h, x: x * h[1](h[0]), lambda: (Thing(of=Thing(rate=2.0)), operator.attrgetter("of.rate")),
        lambda h: setattr(h[0].of, "rate", 3.0),
    ),
    "caller of a method": changing(
        lambda h, x: x * h[1](h[0]), lambda: (Thing(), operator.methodcaller("method")),
        lambda h: setattr(h[0], "method", lambda: 7.0),
    ),
    "memory of another": changing(
        lambda h, x: x * h[1][0], lambda: (b := bytearray(b"ab"), memoryview(b)), lambda h: h[0].__setitem__(0, 3)
    ),
    "imported where it runs": changing(_imports, Imported, lambda o: setattr(o.module, "rate", 3.0)),
}  # fmt: skip


def _of_threads(**attributes: Any) -> Any:
    made = threading.local()
    vars(made).update(attributes)
    return made


KINDS = {**PLAIN, **WHOLE, **ARRAYS, **OBJECTS, **INDIRECT}


# -- where it is found -----------------------------------------------------------------------------


def in_a_closure(use: Any, held: Any) -> tuple[Any, Any]:
    def f(x: Any) -> Any:
        return use(held, x)

    def bind(other: Any) -> None:
        nonlocal held
        held = other

    return f, bind


HELD: Any = None


def in_a_global(use: Any, held: Any) -> tuple[Any, Any]:
    def bind(other: Any) -> None:
        globals()["HELD"] = other

    bind(held)
    return lambda x: use(HELD, x), bind


def in_an_attribute(use: Any, held: Any) -> tuple[Any, Any]:
    thing = Thing(held=held)
    return lambda x: use(thing.held, x), functools.partial(setattr, thing, "held")


def in_a_slot(use: Any, held: Any) -> tuple[Any, Any]:
    thing = Slotted(held)
    return lambda x: use(thing.held, x), functools.partial(setattr, thing, "held")


def in_a_class(use: Any, held: Any) -> tuple[Any, Any]:
    cls = type("Holding", (Thing,), {"held": staticmethod(held) if callable(held) else held, "__module__": __name__})
    thing = cls()
    return lambda x: use(thing.held, x), lambda other: setattr(
        cls, "held", staticmethod(other) if callable(other) else other
    )


def in_a_list(use: Any, held: Any) -> tuple[Any, Any]:
    items = [0, held]
    return lambda x: use(items[1], x), functools.partial(items.__setitem__, 1)


def in_a_dict(use: Any, held: Any) -> tuple[Any, Any]:
    items = {"held": held}
    return lambda x: use(items["held"], x), functools.partial(items.__setitem__, "held")


def in_a_tuple(use: Any, held: Any) -> tuple[Any, Any]:
    thing = Thing(held=(0, held))
    return lambda x: use(thing.held[1], x), lambda other: setattr(thing, "held", (0, other))


def in_a_default(use: Any, held: Any) -> tuple[Any, Any]:
    def f(x: Any, held: Any = held) -> Any:
        return use(held, x)

    return lambda x: f(x), lambda other: setattr(f, "__defaults__", (other,))


def in_a_keyword_default(use: Any, held: Any) -> tuple[Any, Any]:
    def f(x: Any, *, held: Any = held) -> Any:
        return use(held, x)

    return lambda x: f(x), lambda other: f.__kwdefaults__.update(held=other)  # type: ignore[union-attr]


def in_a_module(use: Any, held: Any) -> tuple[Any, Any]:
    module = _module(held=held)
    return lambda x: use(module.held, x), functools.partial(setattr, module, "held")


def by_a_property(use: Any, held: Any) -> tuple[Any, Any]:
    class Owner(Thing):
        @property
        def shown(self) -> Any:
            return self.held

    thing = Owner(held=held)
    return lambda x: use(thing.shown, x), functools.partial(setattr, thing, "held")


def by_a_computed_name(use: Any, held: Any) -> tuple[Any, Any]:
    thing, name = Thing(held=held), "held"
    return lambda x: use(getattr(thing, name), x), functools.partial(setattr, thing, "held")


PLACES = [
    in_a_closure, in_a_global, in_an_attribute, in_a_slot, in_a_class, in_a_list, in_a_dict, in_a_tuple, in_a_default,
    in_a_keyword_default, in_a_module, by_a_property, by_a_computed_name,
]  # fmt: skip


def assert_noticed(compiled: Any, eager: Any, kind: Kind, held: Any, bind: Callable[[Any], None], calls: int) -> None:
    """Compare after each change, when the function has been called so often."""
    x = wg.tensor(X)
    for change in (lambda held: held, *kind.changes):
        held = change(held)
        bind(held)
        expected = eager(x)
        for _ in range(calls):
            result = compiled(x)
        assert_same(result, expected)
        assert result.dtype == expected.dtype


TABLE = [(name, PLACES[(3 * i + j * 4) % len(PLACES)]) for i, name in enumerate(KINDS) for j in range(2)]
"""Each kind in two places, and each place with kinds of every sort; all of them together take minutes."""


@pytest.mark.part(3)
@pytest.mark.parametrize(("name", "place"), TABLE)
def test_changes_are_noticed(name: str, place: Callable[[Any, Any], tuple[Any, Any]]) -> None:
    kind = KINDS[name]
    held = kind.first()
    eager, bind = place(kind.use, held)
    assert_noticed(wg.jit(eager), eager, kind, held, bind, 2)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", KINDS)
def test_changes_are_noticed_behind_a_door(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.state.expected.LOOKUPS_BY_PYTHON", 5)
    kind = KINDS[name]
    held = kind.first()
    eager, bind = in_an_attribute(kind.use, held)
    assert_noticed(wg.jit(eager), eager, kind, held, bind, FREQUENT + 10)


@pytest.mark.parametrize("name", ["number", "tuple", "len", "get", "set", "element", "hasattr", "function", "tensor"])
def test_changes_in_a_static_argument_are_noticed(name: str) -> None:
    kind = KINDS[name]
    held = kind.first()
    thing = Thing(held=held)

    def f(x: Any, thing: Any) -> Any:
        return kind.use(thing.held, x)

    compiled = wg.jit(f, static_argnames=["thing"])
    bind = functools.partial(setattr, thing, "held")
    assert_noticed(lambda x: compiled(x, thing), lambda x: f(x, thing), kind, held, bind, 2)


# -- which tensors are the same --------------------------------------------------------------------


SAME: dict[str, Callable[[Any, Any, Any], Any]] = {
    "two arguments": lambda o, x, y: x * 2 if x is y else x * 3 + y,
    "arguments in a dict": lambda o, x, y: (lambda d: x * 2 if d["x"] is d["y"] else x * 3 + y)({"x": x, "y": y}),
    "an argument and an attribute": lambda o, x, y: x * 2 * o.a if x is o.a else x + y,
    "two attributes": lambda o, x, y: x * 2 * o.a if o.a is o.b else x * 3 * o.b,
    "an item": lambda o, x, y: x * y if any(x is item for item in o.items) else x - y,
    "by identity": lambda o, x, y: x * y if id(x) == id(o.a) else x - y,
}


@pytest.mark.part(2)
@pytest.mark.parametrize("calls", [1, FREQUENT + 10])
@pytest.mark.parametrize("name", SAME)
def test_which_tensors_are_the_same_is_noticed(name: str, calls: int) -> None:
    a, b, c = (wg.tensor([float(k), 1.0]) for k in (2, 3, 5))
    thing = Thing(a=a, b=b, items=[c])
    eager = functools.partial(SAME[name], thing)
    compiled = wg.jit(eager)
    for _ in range(2):
        for first, second in ((a, b), (b, b), (c, a), (a, a), (c, c), (a, b)):
            for _ in range(calls):
                result = compiled(first, second)
            assert_same(result, eager(first, second))
        thing.a = thing.b = wg.tensor([7.0, 8.0])
        for first, second in ((thing.a, a), (a, a)):
            assert_same(compiled(first, second), eager(first, second))
        thing.a = wg.tensor([9.0, 8.0])


# -- hooks -----------------------------------------------------------------------------------------


def test_hooks_of_leaves_that_a_step_walks_to_are_noticed() -> None:
    def run(wrap: Callable[..., Any]) -> list[Any]:
        w, factor = wg.tensor([1.0, 2.0], requires_grad=True), [10.0]

        def step(x: Any) -> Any:
            w.grad = None
            np.sum(w * w * x).backward()
            return np.asarray(w.grad) * 1

        compiled, x, seen = wrap(step), wg.tensor([1.0, 1.0]), []
        seen.append(compiled(x))
        first = w.register_hook(lambda g: g * factor[0])
        seen.append(compiled(x))
        factor[0] = 3.0
        seen.append(compiled(x))
        second = w.register_hook(lambda g: g + 1)
        seen.append(compiled(x))
        for handle in (first, second):
            handle.remove()
            seen.append(compiled(x))
        return seen

    assert_same(run(wg.jit), run(lambda f: f))


# -- caches ----------------------------------------------------------------------------------------


CACHED: dict[str, Callable[[Any], Any]] = {
    "of a tensor": lambda w: lambda t: t * 2 + w,
    "of a number": lambda w: lambda t: np.arange(2) * w,
    "of nothing traced": lambda w: lambda t: 3.0,
}


@pytest.mark.parametrize("name", CACHED)
@pytest.mark.parametrize("where", ["closure", "attribute", "method"])
def test_caches_keep_nothing_of_a_recording(name: str, where: str) -> None:
    w = wg.tensor([1.0, 2.0])
    helper = functools.lru_cache(CACHED[name](w))
    thing = Thing(of=helper)
    cls = type("Cached", (Thing,), {"__module__": __name__, "of": staticmethod(helper)})
    functions = {
        "closure": lambda x: helper(x if name == "of a tensor" else 1) + x,
        "attribute": lambda x: thing.of(x if name == "of a tensor" else 1) + x,
        "method": lambda x: cls.of(x if name == "of a tensor" else 1) + x,
    }
    eager, x = functions[where], wg.tensor(X)
    compiled = wg.jit(eager)
    for _ in range(2):
        assert_same(compiled(x), eager(x))
        helper.cache_clear()
        w += 1.0
    assert_same(eager(x), compiled(x))


def test_a_cached_function_is_what_it_was_after_a_recording() -> None:
    helper = functools.lru_cache(lambda n: 2.0 * n)
    thing = Thing(of=helper)
    compiled = wg.jit(lambda x: x * thing.of(3.0))
    assert_same(compiled(X), X * 6)
    assert thing.of is helper
    assert helper.cache_info().currsize == 0


# -- what is beyond ---------------------------------------------------------------------------------


def test_a_class_that_begins_to_shadow_its_metaclass_is_noticed() -> None:
    class Meta(type):
        rate = 2.0

        @property
        def scale(cls) -> float:
            return cls.rate * 10

    class Rated(metaclass=Meta):
        pass

    f = wg.jit(lambda x: x * Rated.rate + Rated.scale)
    found = [f(1.0).item()]
    Meta.rate = 3.0
    found.append(f(1.0).item())
    Rated.rate = 4.0
    found.append(f(1.0).item())
    del Rated.rate
    found.append(f(1.0).item())
    assert found == [22.0, 33.0, 44.0, 33.0]


def test_surroundings_that_are_too_large_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.state.survey.MOST", 50)
    things = [Thing(rate=1.0) for _ in range(100)]
    with pytest.warns(RuntimeWarning, match="later changes of those beyond are not noticed"):
        wg.jit(lambda x: x * things[0].rate)(X)


def test_a_list_that_is_only_appended_to_is_no_condition() -> None:
    seen: list[int] = []

    @wg.jit
    def f(x: Any) -> Any:
        seen.append(1)
        return x * 2

    for _ in range(3):
        f(X)
    assert seen == [1]
