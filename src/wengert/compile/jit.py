"""`jit`: record a function once for each signature, and run the recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

import numpy
from numpy import ndarray

from ..core.abstract import Abstract
from ..core.number import NUMBERS
from ..core.placed import PLACED, current_device, is_placed, only_devices_look
from ..core.python.locks import Line
from ..core.python.recipes import found_as
from ..core.python.source import name_of
from ..core.python.trees import flatten
from ..core.python.warning import warn_at_line
from ..core.recording import NO_PARAMS
from ..core.state import DEFINE_BY_RUN, observers, records, state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..transforms.asked import check_function
from .backend import NATIVE, Backend, backend_here, backend_named, door_to
from .convert import structured as with_structure
from .programs.paths import FIXED, Paths, as_array
from .programs.program import Program
from .programs.signature import (
    Call,
    orders_of_keys,
    parameters_of,
    static_key,
    static_names,
    static_places,
)
from .record.caches import uncached
from .record.hints import (
    MANY_SHAPES,
    Hint,
    many_shapes,
    without_shapes,
)
from .record.recorder import ReadsEnclosing
from .report import Lowered, describe


@teaches_keywords
def jit(
    f: Callable[..., Any] | None = None,
    *,
    static_argnames: str | Sequence[str] = (),
    structured: bool = False,
    backend: str = "native",
) -> Any:
    """Compile a function: record it once for each structure, shapes and dtypes of its arguments.

    State is found where `f` finds it. Tensors that `f` reads from outside are hidden inputs, read at each call; those
    that it writes in place, ``.grad`` included, or binds to a variable, an attribute, or an item of a list or dict
    (``self.m = 0.9 * self.m + x``), alone or nested in tuples, lists, dicts and dataclasses (``self.state = h, c``),
    are hidden outputs, written when the call has succeeded, all or nothing. A tensor among the arguments that `f`
    writes in place is the caller's; a NumPy array is a value, and stays as it is.

    Whatever `f` found outside is noticed when it changes between calls (``model.head = other``, ``model.training =
    False``, ``names.append("x")``, ``table[0] = 2``): variables, globals, defaults, attributes of objects, classes and
    modules, whether they were there or missing; lists, dicts, sets and deques with all that is in them and its order;
    the elements of NumPy arrays; which objects are the same; code itself, partial arguments, hooks of leaves. The
    function is recorded anew where that was not met before; tensors, NumPy arrays and numbers that change are read at
    each call, one program for all.
    Not noticed are what code asks of the world (time, files, the environment, random numbers of others), iterators that
    it uses up, what installed packages keep in globals and compiled extensions in objects (data frames), and, with a
    warning, what lies beyond 100,000 names. A list that is only appended to is appended to when `f` is recorded.

    Numbers of Python are state like tensors: a counter or total that `f` writes (``self.step += 1``, ``total +=
    float(loss)``), or a rate that is another at each call, is read at each call, computed by Python, with its integers
    and errors, and written back as a number. ``float(x)``, ``int(x)`` and ``x.item()`` give such numbers.

    Said once when `f` is recorded, as `ImpureWarning` with the line and what to write instead: random numbers of NumPy
    and Python, clocks, the environment, files, input, and iterators from outside that it asks; printing, and what makes
    lists, dicts and sets from outside longer or shorter. As a ``RuntimeWarning``: many shapes (the 24th), a loop
    unrolled to 5,000 operations or more, and paths or states that multiply.

    Python may decide by values: ``if``, ``while``, ``bool()``, indices, texts, ``.numpy()`` and functions of `math`
    work. Each answer is checked at every call; calls that decide alike share a compiled path, others record one of
    their own, and what a path writes outside is written when all its decisions were confirmed. `report` shows the
    tree of paths. Where they multiply (a number read that is another each time, a loop of ever more turns) a warning
    says so once, and calls without a path run the function itself; `while_loop`, `cond` and `where` need none, and
    neither do the statements of a function that is `structured`.

    Threads may call it at once: recordings take turns, and so do calls that write. Code that is not compiled may see
    half of what is written in place, as in NumPy, and no value in what is being recorded (at the first call).

    Args:
        f: a function of arrays, or nestings of arrays; for truth values and texts it is compiled value by value.
        static_argnames: the name, or the names, of arguments that are not arrays but hashable; each value of them is
            compiled for itself.
        structured: turn the ``if``, ``while`` and ``for`` of `f` that depend on values into branches and loops of the
            program, as if written with `cond`, `while_loop` and `scan`, so that one program serves for any number of
            turns. They are read from the source of `f`; functions that it calls take part if they are compiled so
            themselves. What loops run over is what decides: over a tensor, or a ``range`` with a tensor in it, they are
            loops of the program; over anything else each turn is recorded. Variables keep their shape and dtype on
            the way; an ``if`` with a ``raise`` in it stays one of Python.
        backend: what compiles it: ``"native"``, for the processor, or ``"xla"``, for the default device of JAX, which
            the extra ``wengert[xla]`` installs. On XLA what depends on values cannot raise: an index out of bounds
            reads NaN (of integers the least), and a matrix without an inverse or a Cholesky factor gives NaN.

    Raises:
        ValueError: there is no such backend.
        ImportError: JAX is asked for, and not installed.
        NotImplementedError (when it is called): XLA has no form of an operation.

    Returns:
        The compiled function; a decorator if `f` is not given.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.jit(lambda x: np.sin(x) + x)(0.0)
    tensor(0.)
    >>> positive = wg.jit(lambda x: x if x > 0 else -x)
    >>> positive(2.0), positive(-3.0)
    (tensor(2.), tensor(3.))

    Newton's iteration, with as many turns as it takes: compiled once, and differentiated through its turns.

    >>> @wg.jit(structured=True)
    ... def root(a):
    ...     x, turns = a, 0
    ...     while abs(x * x - a) > 1e-9:
    ...         x = (x + a / x) / 2
    ...         turns += 1
    ...     return x, turns
    >>> root(4.0), root(1e6), len(root.programs)
    ((tensor(2.), tensor(5)), (tensor(1000.), tensor(15)), 1)
    >>> wg.grad(lambda a: root(a)[0])(4.0)
    tensor(0.25)
    """
    if f is None:
        options = {"static_argnames": static_argnames, "structured": structured, "backend": backend}
        return lambda function: jit(function, **options)
    check_function(f, "jit")
    return Compiled(f, static_argnames, structured, backend_named(backend))


class Compiled:
    """A function with the programs that it has been recorded as.

    Attributes:
        given: the function as it was given, from which `f` differs if it is `structured`.
        backend: what makes its programs executable.
        programs: for each signature of the arguments, one for each state of the surroundings that was met.
        latest: for each signature of plain arguments that nobody watches the program last used, or the paths.
        said: what has been warned of.
        writing: the line of threads that write what the function writes.
        shapes: how many shapes of arguments there are programs for, by everything else that tells calls apart.
        doors: the native ways into programs, the latest first; calls that one of them serves do not come to Python.
    """

    __slots__ = ("__dict__", "__weakref__", "doors")

    def __init__(
        self,
        f: Callable[..., Any],
        static_argnames: str | Iterable[str],
        structured: bool = False,
        backend: Backend = NATIVE,
    ) -> None:
        given, f = f, uncached(f) or f
        f = with_structure(f) if structured else f
        update_wrapper(self, f)
        self.given = given
        self.structured = structured
        self.backend = backend
        self.f = f
        self.static_argnames: frozenset[str] = static_names(f, static_argnames)
        self.parameters: list[str] = list(parameters_of(f)) if self.static_argnames else []
        self.static_places: dict[int, str] = static_places(f, self.static_argnames)
        self.programs: dict[Any, Paths] = {}
        self.latest: dict[Any, Program | Paths] = {}
        self.doors: tuple[Any, ...] = ()
        self.said: set[Hint] = set()
        self.writing: Line = Line()
        self.shapes: Counter[Any] = Counter()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or (observers and not only_devices_look()):
            return self._call_any(args, kwargs)
        key, values, watch = [], [], 0
        for argument in args:
            value = argument
            if type(argument) is Tensor:
                value = argument._value
                watch |= argument._node.watch
            if type(value) is not ndarray:
                if type(value) not in PLACED:
                    return self._call_any(args, kwargs)
                key.append(PLACED[type(value)].where(value))
            values.append(value)
            key.append(value.shape)
            key.append(value.dtype)
        program = self.latest.get(tuple(key))
        if program is None or not program.fits(args) or (watch and watch & (records() | DEFINE_BY_RUN)):
            return self._call_any(args, kwargs)
        if program.wants_door:
            self._open_door(program, args, kwargs, args, values)
        return program.call(args, values, 0)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A compiled method of one object, which it keeps among its attributes: not so what is being recorded."""
        if instance is None:
            return self
        attributes = getattr(instance, "__dict__", {})
        name = f"_compiled_{name_of(self.f)}"
        method = attributes.get(name)
        if type(method) is not CompiledMethod or method.f.__func__ is not self.f or method.f.__self__ is not instance:
            method = CompiledMethod(MethodType(self.f, instance), self.static_argnames, backend=self.backend)
            if state.recorder is None:
                attributes[name] = method
        return method

    def __reduce__(self) -> Any:
        """What is pickled and copied: the function, without its programs."""
        return found_as(self) or (Compiled, (self.given, self.static_argnames, self.structured, self.backend))

    def _call_any(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call whose arguments are nested, watched, without a value, or of a new signature."""
        if state.followers:
            return self.f(*args, **kwargs)
        if not self.static_places and not kwargs and _LEAVES.issuperset(map(type, args)):
            return self._call_flat(args, None, args, {})
        return self._call_nested(args, kwargs)

    def _call_nested(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call with nested, static or keyword arguments."""
        dynamic, named, static = self._without_static(args, kwargs)
        leaves, structure = flatten((dynamic, named))
        told_by = static_key(static) if static else (), orders_of_keys((*dynamic, *named.values()))
        return self._call_flat(leaves, structure, args, kwargs, static, told_by)

    def _without_static(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """The positional arguments before the first static one, the keyword arguments, and the static ones."""
        if not self.static_argnames:
            return args, kwargs, {}
        first = min((place for place in self.static_places if place < len(args)), default=len(args))
        if first < len(args):
            kwargs = {**dict(zip(self.parameters[first:], args[first:], strict=False)), **kwargs}
        static = {name: kwargs[name] for name in sorted(self.static_argnames & kwargs.keys())}
        return args[:first], {name: value for name, value in kwargs.items() if name not in static}, static

    def _call_flat(
        self,
        leaves: Sequence[Any],
        structure: Any,
        args: Any,
        kwargs: Any,
        static: Mapping[str, Any] = NO_PARAMS,
        told_by: tuple[Any, ...] = (),
    ) -> Any:
        given, values, watch, fixed = [], [], 0, {}
        key: list[Any] = [(structure, told_by)]
        for position, leaf in enumerate(leaves):
            value = leaf
            if type(leaf) is Tensor:
                value = leaf._value
                watch |= leaf._node.watch
                if type(value) is Abstract:
                    return self.f(*args, **kwargs)
            elif type(leaf) in FIXED:
                fixed[position] = leaf
                key.append((type(leaf), leaf))
                continue
            if is_placed(value):
                key.append(PLACED[type(value)].where(value))
            elif type(value) is not numpy.ndarray or type(leaf) is not Tensor:
                value = as_array(value, position)
            given.append(leaf)
            values.append(value)
            key.append(value.shape)
            key.append((type(leaf), value.dtype) if type(leaf) in NUMBERS else value.dtype)
        if state.recorder is not None:
            return self.f(*args, **kwargs)
        chosen = current_device()
        if chosen is not None:
            key.append(chosen)
        if watch & DEFINE_BY_RUN:
            key.append(tuple([type(leaf) is Tensor and leaf.requires_grad for leaf in given]))
        watch &= records()
        paths = self.programs.get(tuple(key))
        if paths is None:
            paths = self.programs[tuple(key)] = self._paths(structure, fixed, static)
            self._count_shapes(key)
        try:
            result = paths.call(given, values, watch)
        except ReadsEnclosing:
            return self.f(*args, **kwargs)
        if watch or paths.latest is None:
            return result
        if structure is None and not fixed:
            self.latest[tuple(key[1:])] = paths.latest
        if paths.latest.wants_door:
            self._open_door(paths.latest, args, kwargs, given, values[: len(given)])
        return result

    def _paths(self, structure: Any, fixed: Mapping[int, Any], static: Mapping[str, Any]) -> Paths:
        """The programs, none yet, of a new signature."""
        backend = backend_here(self.backend)
        return Paths(self.f, structure, fixed, static, self.said, self.writing, backend)

    def _count_shapes(self, key: Sequence[Any]) -> None:
        """Warn once of specialisation on many shapes."""
        form = without_shapes(key)
        self.shapes[form] += 1
        if self.shapes[form] == MANY_SHAPES:
            warn_at_line(many_shapes(name_of(self.f), list(self.programs)), RuntimeWarning)

    def _open_door(
        self,
        begin: Program | Paths,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: Sequence[Any],
        values: Sequence[Any],
    ) -> None:
        """Give a program a native entry for calls of a style that come to Python frequently, where it can have one."""
        program = begin if isinstance(begin, Program) else begin.last
        if program is None or program.counted - program.looked < FREQUENT or not program.fits(leaves):
            return
        program.looked = program.counted
        call = self._taken_apart(args, kwargs)
        style = call.style(leaves)
        if style in program.doors:
            return
        door = door_to(program, Compiled, call, leaves, values)
        if door is not None:
            program.doors[style] = door
            self.doors = (door, *self.doors[: MOST_DOORS - 1])
        program.wants_door = door is not None and len(program.doors) < MOST_STYLES

    def _taken_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        places = tuple(range(len(args)))
        named = {name: len(args) + i for i, name in enumerate(kwargs)}
        dynamic, named, static = self._without_static(places, named)
        return Call(args, kwargs, [*dynamic, *(named[name] for name in sorted(named))], list(static.values()))

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """What these arguments are compiled to: the graph after each pass, and the native code."""
        args, kwargs, static = self._without_static(args, kwargs)
        leaves, structure = flatten((args, kwargs))
        fixed = {i: leaf for i, leaf in enumerate(leaves) if type(leaf) in FIXED}
        given = [leaf for leaf in leaves if type(leaf) not in FIXED]
        return Lowered(self._paths(structure, fixed, static).record(given))

    def report(self) -> str:
        """What has been compiled, and what it does, as text."""
        return describe(name_of(self.f), list(self.programs.values()), self.backend)


class CompiledMethod(Compiled):
    """What an object keeps for a method of its class that is compiled; a copy of the object makes its own."""

    def __reduce__(self) -> Any:
        return type(None), ()


FREQUENT = 100
"""Calls after which a program gets a native entry; the first one costs as much as thousands of calls."""

MOST_STYLES = 4
"""The limit of native entries of a program."""

MOST_DOORS = 8
"""The limit of native entries of a function; they are tried one after the other."""

_SCALARS = {numpy.dtype(code).type for code in "?" + numpy.typecodes["AllInteger"] + numpy.typecodes["AllFloat"]}
_LEAVES = frozenset({Tensor, numpy.ndarray, float, int, bool, complex, *_SCALARS})
"""Types of arguments that are not nested."""
