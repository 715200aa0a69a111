"""Detect side effects and hidden inputs of a function while it is recorded: they happen then, and at no later call.

Random numbers of others, clocks, the environment, files and iterators give a recording what they give once; printing
and appending happen once. None of that can be watched between calls, so it is said when it is recorded, with the line.

Calls of functions written in C are told by `sys.setprofile`, while the user's function runs and no longer. Functions of
NumPy that draw numbers are not told, nor is what is done without a call, so generators, iterators and containers that
are found from the function on are looked at before and after.
"""

from __future__ import annotations

import operator
import os
import pickle
import random
import sys
import sysconfig
import warnings
from collections import deque
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from io import IOBase
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, GeneratorType
from typing import Any, NamedTuple

import numpy

from ...core.lookout import looking_on
from ...core.python.source import PACKAGE, SourceLine
from ...core.python.warning import ImpureWarning
from ..interpreter.instructions import lines_reading
from ..state.plain import is_plain
from ..state.survey import Survey

INSTEAD = {
    "random": "draw them by wg.random, whose state is read and written at each call, or pass them as an argument",
    "clock": "read the clock outside, and pass the time as an argument",
    "environment": "read the environment outside, and pass what it says as an argument",
    "file": "read the file outside, and pass what is in it as an argument",
    "input": "ask outside, and pass the answer as an argument",
    "iterator": "take the item outside, and pass it as an argument",
    "print": "write wg.debug.print(...), which prints at each call",
    "write": "return what is to be kept, and keep it outside, or hold it in a tensor or a number",
}
"""Advice, by the kind of effect."""

EFFECTS = frozenset({"print", "write"})
"""The kinds that write, as opposed to those that read."""

CLOCKS = frozenset(
    [
        "time",
        "time_ns",
        "perf_counter",
        "perf_counter_ns",
        "monotonic",
        "monotonic_ns",
        "process_time",
        "process_time_ns",
        "thread_time",
        "thread_time_ns",
        "clock_gettime",
        "clock_gettime_ns",
        "localtime",
        "gmtime",
        "ctime",
        "strftime",
    ]
)

DATES = frozenset({"now", "today", "utcnow"})
FILES = frozenset({"open", "listdir", "scandir", "stat", "lstat", "getcwd"})
READS = frozenset({"read", "readline", "readlines", "readinto"})
DRAWS = frozenset({"random", "getrandbits", "seed", "urandom", "getrandom", "generate_time_safe"})
WRITES = frozenset(
    [
        "append",
        "appendleft",
        "extend",
        "extendleft",
        "insert",
        "pop",
        "popleft",
        "popitem",
        "remove",
        "discard",
        "clear",
        "add",
        "update",
        "setdefault",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
    ]
)
IMPURE_NAMES = CLOCKS | DATES | FILES | READS | DRAWS | WRITES | {"print", "input", "next", "write"}

INTERNAL = ("importlib", "linecache", "tokenize", "inspect", "warnings", "traceback", "<frozen importlib", "logging")
"""Modules whose own use of files and clocks is no effect of the function."""


class Finding(NamedTuple):
    """A side effect or hidden input that was observed.

    Attributes:
        kind: which of `INSTEAD`.
        name: what was called or changed, as a user would write it.
        line: where.
    """

    kind: str
    name: str
    line: SourceLine

    @property
    def category(self) -> type[Warning]:
        """That of the warning."""
        return ImpureWarning

    @property
    def message(self) -> str:
        """The warning."""
        once = "is done once, when the function is recorded, and at no later call" if self.kind in EFFECTS else (
            "is asked once, when the function is recorded, and all later calls go on with the answer"
        )  # fmt: skip
        wanted = "effects on tensors and numbers only" if self.kind in EFFECTS else "what a call depends on given to it"
        return f"[jit] {self.name} {once}, wanted {wanted}; {INSTEAD[self.kind]} (at {self.line})"


class Witness:
    """The observer of effects: a profiler of C calls, and snapshots of generators, iterators and containers.

    Attributes:
        survey: what is found from the function on.
        findings: what was seen, in order.
        resized: the identities of containers in which there is more or less than before.
        writers: by identity of a container, the latest call that may have written to it.
        generators: by identity of the frame, the generators from outside.
        shared: the generator behind NumPy's functions; ``None`` if nobody can have used it.
        drawers: by identity, the generators of random numbers, with where they are.
        iterators: by identity, other iterators from outside, with where they are.
        containers: by identity, lists, dicts and the like, with what is compared of them.
        files: the identities of open files.
        seeded: Python's generators that the function itself gave a seed: they draw the same at each call.
    """

    def __init__(self, survey: Survey, given: Iterable[Any] = ()) -> None:
        self.survey = survey
        self.findings: list[Finding] = []
        self.resized: set[int] = set()
        self.writers: dict[int, tuple[str, SourceLine]] = {}
        self.latest_next: SourceLine | None = None
        found = [*survey.met.values(), *given]
        self.generators = {id(g.gi_frame): g for g in found if type(g) is GeneratorType and g.gi_frame is not None}
        self.shared: Any = _shared_generator(survey.names)
        drawers = [g for g in (*found, self.shared) if str(type(g).__module__).startswith("numpy.random")]
        self.drawers: dict[int, tuple[Any, bytes]] = {
            id(g): (g, _drawn(g)) for g in drawers if isinstance(g, _drawers())
        }
        self.iterators: dict[int, tuple[Any, Any]] = {id(i): (i, _place(i)) for i in found if _is_iterator(i)}
        self.containers = {id(c): (c, _contents(c)) for c in found if isinstance(c, _CONTAINERS)}
        self.files: set[int] = {id(f) for f in found if issubclass(type(f), IOBase)}  # of some, __class__ raises
        self.seeded: list[random.Random] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A context that observes, unless a profiler is installed already; the findings are complete when it ends."""
        with looking_on(self._told):
            yield
        self._compare()

    # -- calls -------------------------------------------------------------------------------------

    def _told(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call":
            if function.__name__ in IMPURE_NAMES:
                self._called(frame, function)
        elif event == "call":
            if id(frame) in self.generators:
                self._find("iterator", "a generator from outside", _users_line(frame.f_back))
            elif id(frame.f_code) in _ENVIRONMENT:
                self._find("environment", "os.environ", _users_line(frame.f_back))

    def _called(self, frame: FrameType, function: BuiltinFunctionType) -> None:
        line = _users_line(frame)
        owner, name = function.__self__, function.__name__
        if line is None:
            return
        if isinstance(owner, random.Random) and self._is_seeded(owner, frame, name):
            return
        if name == "next":
            self.latest_next = line
        elif name in WRITES and id(owner) in self.containers:
            self.writers[id(owner)] = name, line
        elif name not in READS or id(owner) in self.files:
            kind = _kind_of(name, function.__module__, owner)
            if kind is not None:
                self._find(kind, _written(name, function.__module__, owner), line)

    def _is_seeded(self, owner: random.Random, frame: FrameType, name: str) -> bool:
        """Whether the function has given a generator a seed, or does so now: in the frame of ``Random.seed(a)``."""
        if name == "seed" and frame.f_locals.get("a") is not None:
            self.seeded.append(owner)
        return any(owner is known for known in self.seeded)

    def _find(self, kind: str, name: str, line: SourceLine | None) -> None:
        if line is not None and (kind, line) not in [(found.kind, found.line) for found in self.findings]:
            self.findings.append(Finding(kind, name, line))

    # -- before and after --------------------------------------------------------------------------

    def _compare(self) -> None:
        """Compare with the snapshots: changes that no profiled call explains."""
        for drawer, before in self.drawers.values():
            if _drawn(drawer) != before:
                name = "numpy.random" if drawer is self.shared else self._name_of(drawer)
                self._find("random", name, self._line_naming(drawer))
        for iterator, before in self.iterators.values():
            if _place(iterator) != before:
                self._find("iterator", self._name_of(iterator), self.latest_next or self._line_naming(iterator))
        for container, before in self.containers.values():
            if _has_changed(container, before):
                method, line = self.writers.get(id(container), ("", None))
                self.resized |= {id(container)}
                name = self._name_of(container) + (f".{method}" if method else "")
                self._find("write", name, line or self._line_naming(container))

    def _name_of(self, found: Any) -> str:
        """The expression by which a user would name an object."""
        ways = self.survey.incoming.get(id(found), ())
        return next((way.name for way in ways if way.holder is not None), f"a {type(found).__name__}")

    def _line_naming(self, found: Any) -> SourceLine | None:
        """The first line of user code that mentions an object; by default that of the function."""
        ways = self.survey.incoming.get(id(found), ())
        names = {way.key if isinstance(way.key, str) else way.name.partition("[")[0] for way in ways}
        if found is self.shared:
            names |= {"random", *(name for name in dir(found) if not name.startswith("_"))}
        codes = [f.__code__ for f in self.survey.met.values() if type(f) is FunctionType and _is_users(f.__code__)]
        read = [found for code in codes for found in lines_reading(code, frozenset(names))]
        every = [SourceLine(code.co_filename, line, code.co_name) for code, line in read]
        first = [SourceLine(code.co_filename, code.co_firstlineno, code.co_name) for code in codes]
        return next(iter([*every, *first]), None)


# -- whose line, and what it calls -----------------------------------------------------------------

_LIBRARIES = (sysconfig.get_paths()["stdlib"] + os.sep, "<frozen")
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_ENVIRONMENT = frozenset({id(os._Environ.__getitem__.__code__), id(os.getenv.__code__)})


@cache
def _owner_of(file: str) -> str:
    """Classify a source file: user code, this library, an internal module, or another library."""
    if file.startswith(PACKAGE):
        return "ours"
    if any(f"{os.sep}{name}" in file or file.startswith(f"<frozen {name}") for name in INTERNAL):
        return "internal"
    is_library = file.startswith(_LIBRARIES) or any(part in file for part in _INSTALLED)
    return "library" if is_library else "user"


def _is_users(code: CodeType) -> bool:
    return _owner_of(code.co_filename) == "user"


def _users_line(frame: FrameType | None) -> SourceLine | None:
    """The innermost line of user code on the stack; ``None`` if this library or an internal module is called by it."""
    while frame is not None and _owner_of(frame.f_code.co_filename) == "library":
        frame = frame.f_back
    if frame is None or not _is_users(frame.f_code):
        return None
    return SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def _kind_of(name: str, module: str | None, owner: Any) -> str | None:
    """Classify a call into C by function name, module and receiver."""
    if module == "time":
        return "clock" if name in CLOCKS else None
    if name in DRAWS and (isinstance(owner, random.Random) or module in ("posix", "nt", "_uuid")):
        return "random"
    if name in DATES and isinstance(owner, type) and issubclass(owner, date):
        return "clock"
    if name in FILES and module in ("io", "_io", "posix", "nt"):
        return "file"
    if isinstance(owner, IOBase):
        is_said = name == "write" and owner in (sys.stdout, sys.stderr)
        return "print" if is_said else "file" if name in READS else None
    return name if name in ("print", "input") and module == "builtins" else None


def _written(name: str, module: str | None, owner: Any) -> str:
    """The qualified name of a function."""
    if isinstance(owner, random.Random):
        return f"random.{name}"
    prefix = owner.__name__ if isinstance(owner, type) else {"posix": "os", "nt": "os", None: ""}.get(module, module)
    return name if prefix in ("builtins", "io", "_io", "", None) else f"{prefix}.{name}"


# -- the state of generators, iterators and containers ---------------------------------------------


def _drawers() -> tuple[type, ...]:
    return numpy.random.Generator, numpy.random.RandomState, numpy.random.BitGenerator


def _shared_generator(names: Container[str]) -> Any:
    """NumPy's global generator; ``None`` if it is neither loaded nor mentioned in the code."""
    if "numpy.random" in sys.modules or "random" in names:
        return numpy.random.mtrand._rand  # type: ignore[attr-defined]
    return None


def _drawn(drawer: Any) -> bytes:
    """A snapshot of the state of a random generator."""
    if isinstance(drawer, numpy.random.RandomState):
        return pickle.dumps(drawer.get_state())
    return pickle.dumps(getattr(drawer, "bit_generator", drawer).state)


def _is_iterator(found: Any) -> bool:
    return hasattr(type(found), "__next__") and type(found) is not GeneratorType and not isinstance(found, IOBase)


def _place(iterator: Any) -> Any:
    """A snapshot of the position of an iterator, if it can be had without advancing it."""
    if not hasattr(type(iterator), "__next__"):
        return iterator if isinstance(iterator, int) else id(iterator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # iterators of itertools will not be copied by later Pythons
        try:
            parts = iterator.__reduce__()
        except TypeError:
            return operator.length_hint(iterator, -1)
    return [_place(part) for part in _flat(parts)]


def _flat(parts: Any) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, tuple):
            yield from _flat(part)
        else:
            yield part


COMPARED_BY_LENGTH = 5_000
"""The length from which on the snapshot of a container is its length only."""

_CONTAINERS = (list, dict, set, deque, bytearray)


def _contents(container: Any) -> Any:
    """A snapshot of a container: the keys of a dict, the items of a set, the length of anything else."""
    if len(container) > COMPARED_BY_LENGTH or not isinstance(container, (dict, set)):
        return len(container)
    return set(dict.keys(container) if isinstance(container, dict) else container)  # SciPy's dok_array iterates by rows


def _has_changed(container: Any, before: Any) -> bool:
    """Whether a container has grown or shrunk; new entries of a dict that are no plain values do not count."""
    after = _contents(container)
    if after == before:
        return False
    if not isinstance(container, dict) or not isinstance(after, set):
        return True
    return bool(before - after) or any(is_plain(container[key]) for key in after - before)
