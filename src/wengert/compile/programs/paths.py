"""Dispatch among the programs of a function for one signature: by state and by path."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy

from ...core.dtypes.kinds import is_of_numbers
from ...core.node import Leaf
from ...core.number import NUMBERS
from ...core.python.locks import Line
from ...core.python.source import SourceLine, at_line, name_of
from ...core.python.trees import unflatten
from ...core.tensor import Tensor
from ...ops.operands import unmasked
from ..backend import Backend, backend_where
from ..record.decisions import (
    FAILURES,
    MOST_DECISIONS,
    FailsOnValues,
    KeepsLeaf,
    TooManyDecisions,
)
from ..record.hints import Hint, warn_of
from ..record.taking_turns import Turn, recording_turn
from ..record.trace import record
from ..state.arrays import is_numeric
from ..state.bindings import Binding, Contents
from ..state.nesting import tensors_in
from ..state.numbers import is_number
from ..state.places import (
    BindingPlace,
    GradientPlace,
    HandlePlace,
    Writable,
)
from ..state.survey import Survey
from .decision_checks import Miss
from .program import Program, RunPlainly, WritingProgram

ON_VALUES = (*FAILURES, FloatingPointError, RuntimeWarning)
"""Exceptions that depend on values, where NumPy is set to raise."""

FIXED = frozenset({bool, str, bytes})
"""Types of arguments that are static: a program is specialised on each value."""

MOST_PROGRAMS = 16
"""The limit of programs for a signature: enough for the modes of a program, and for four independent branches."""


def as_array(leaf: Any, position: int) -> Any:
    """Convert an argument to an array.

    Raises:
        TypeError: it is none.
    """
    value = unmasked(leaf, "jit")
    if not is_of_numbers(value.dtype):
        raise TypeError(f"[jit] argument {position} is {_refused(leaf)}{at_line()}")
    return value


def _refused(leaf: Any) -> str:
    """The error for an argument that is no array."""
    kind = type(leaf).__name__
    if str(type(leaf).__module__).startswith("numpy.random") or isinstance(leaf, random.Random):
        return (
            f"a {kind}, which a compiled function would ask for random numbers once, when it is recorded, wanted the "
            "numbers themselves; draw them by wg.random, or outside, and pass them"
        )
    if type(leaf) is int:
        return (
            f"an integer of {leaf.bit_length()} bits, wanted one that an array can hold (int64 or uint64); write "
            "float(x), or name it in static_argnames"
        )
    return (
        f"of type {kind}, wanted arrays, numbers, texts, or nestings of them (dict, list, tuple, dataclass); name it "
        "in static_argnames if it can be hashed, or let the function read it from outside"
    )


class Paths(Sequence[Program]):
    """The programs of one signature, specialised on the state outside and on the path: a polymorphic cache.

    Every program knows by itself whether a call is one of its own: whether the surroundings are as they were, and
    whether each decision comes out as on its path. So which is tried first is a matter of speed only. It is the one
    that came after the last one the time before; where a decision comes out differently, those are tried whose
    decisions agree so far.

    Attributes:
        f: the function.
        structure: how the arguments are nested; ``None`` if they are not.
        said: what has been warned of.
        writing: the line of threads that write what the function writes.
        backend: what makes the programs executable that read nothing on another device.
        resized: the identities of lists and the like that the function makes longer or shorter.
        fixed: the arguments that are no arrays, by position.
        static: the static arguments, by name.
        programs: the earliest first.
        latest: where the next call is to begin: a program, or, where decisions are to be taken, here.
        last: the program that ran last, among those with decisions.
        is_closed: whether no more programs are recorded.
        retired: programs of paths that were met once only, which tell what may be written.
        plain_calls: how often the function itself was run.
        changing: by place, the names that were seen to lead to another tensor, number or array than before, and the
            arrays that were seen to have other elements.
        constant: the places of the names of arrays that have to be what they were when the function was recorded.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        structure: Any,
        fixed: Mapping[int, Any],
        static: Mapping[str, Any],
        said: set[Hint],
        writing: Line,
        backend: Backend,
    ) -> None:
        self.f = f
        self.said = said
        self.writing = writing
        self.backend = backend
        self.resized: set[int] = set()
        self.structure = structure
        self.fixed = fixed
        self.static = static
        self.programs: list[Program] = []
        self.latest: Program | Paths | None = None
        self.last: Program | None = None
        self.is_closed: bool = False
        self.retired: list[Program] = []
        self.plain_calls = 0
        self.changing: dict[Any, Binding | Contents] = {}
        self.constant: set[Any] = set()

    @property
    def wants_door(self) -> bool:
        """Whether it is still open if the program that ran last can have a native entry."""
        return self.last is not None and self.last.wants_door

    def __len__(self) -> int:
        return len(self.programs)

    def __getitem__(self, index: Any) -> Any:
        return self.programs[index]

    # -- calls -------------------------------------------------------------------------------------

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Call the function on arguments and their raw values."""
        if self.last is not None:
            return self.follow(leaves, values, watch)
        for program in self.programs:
            if program.fits(leaves):
                self.latest = self if program.decisions else program
                return program.call(leaves, values, watch)
        return self._call_new(leaves, values, watch)

    def fits(self, leaves: Sequence[Any]) -> bool:
        """Whether a call may begin here: always (a program asks its guards)."""
        return True

    def follow(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Call a program, and on a failed guard dispatch by the answers so far."""
        last = self.last
        program = last and last.successor
        if program is None or not program.fits(leaves):
            program = next((program for program in self.programs if program.fits(leaves)), None)
        tried: list[Program] = []
        while program is not None:
            try:
                result = program.attempt(leaves, values, watch)
            except RunPlainly:
                return self.call_plainly(leaves)
            except ON_VALUES:  # perhaps only because the call is not on this path
                break
            if type(result) is not Miss:
                if last is None or last.successor is not program or not program.successor:
                    self._took(program)
                self.last = program
                return result
            tried.append(program)
            agreed = (*program.decisions[: result.position], result.value)
            program = next((p for p in self.programs if _agrees(p, agreed) and p not in tried and p.fits(leaves)), None)
        return self._call_new(leaves, values, watch)

    def _took(self, program: Program) -> None:
        if program.successor is None:
            program.successor = program
        if self.last is not None:
            self.last.successor = program
        self.last = program

    def _call_new(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """A cache miss: record a program, unless another thread has just recorded one that fits.

        Until it is made no other call writes what its decisions were taken on.
        """
        if self.is_closed:
            return self.call_plainly(leaves)
        with Turn(self.writing) as has_waited:
            with recording_turn() as has_waited_too:
                may_be_known = has_waited or has_waited_too
                go_on = self.call if may_be_known and self._is_known(leaves) else self._recorded(leaves)
            return go_on(leaves, values, watch)

    def _is_known(self, leaves: Sequence[Any]) -> bool:
        return any(program.fits(leaves) for program in self.programs)

    def _recorded(self, leaves: Sequence[Any]) -> Callable[[Sequence[Any], list[Any], int], Any]:
        """Record a program, if the limit allows; the function to call with the leaves, their values and watches."""
        if not self._make_room(leaves):
            return self._plainly()
        self._notice()
        try:
            program = self.record(leaves)
        except TooManyDecisions as many:
            self._close(long_path(name_of(self.f), many.line))
            return self._plainly()
        except KeepsLeaf as kept:
            self._close(kept_leaf(name_of(self.f), kept.line))
            return self._plainly()
        except FailsOnValues:
            return self._plainly(self._state(leaves))
        is_last = self._follow(program.recording.stored)
        if not is_last:
            self.latest = self if program.decisions else program
        if not program.decisions and not is_last:
            self.programs.append(program)
            return program.call
        return partial(self._call_first, program, is_last)

    def _plainly(self, written: Sequence[Writable | BindingPlace] = ()) -> Callable[..., Any]:
        return lambda leaves, values, watch: self.call_plainly(leaves, written)

    def _call_first(self, program: Program, is_last: bool, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run a new program on the values it was recorded on, without guards, and add it to the cache."""
        known = (p for p in self.programs if p.path == program.path and p.fits(leaves))
        program = next(known, program)  # known where machine code, by rounding, decides otherwise than NumPy
        try:
            result = program.call_first(leaves, values, watch)
        except (RunPlainly, *FAILURES):
            return self.call_plainly(leaves, program.snapshot(leaves))
        if is_last:
            return result
        if program not in self.programs:
            self.programs.append(program)
        self._took(program)
        return result

    def _notice(self) -> None:
        """Note which names have been rebound since they were recorded."""
        for program in self.programs:
            if program.expected is not None:
                self._follow((binding, binding.read()) for binding in program.expected.changed())
                self.changing.update((f.place, f) for f in program.expected.contents if not f.is_found())
        given_up = self.changing.keys() - self.constant
        self.programs = [program for program in self.programs if not _reads_one(program, given_up)]

    def _follow(self, changes: Iterable[tuple[Binding, Any]]) -> bool:
        """Read rebound names at each call from now on, instead of specialising on them; whether there are any.

        Items of lists that get longer or shorter are not followed, since they do not stay where they are.
        """
        state = [b for b, now in changes if _is_state(b.value, now) and id(b.holder) not in self.resized]
        self.changing.update((binding.place, binding) for binding in state)
        return bool(state)

    def _state(self, leaves: Sequence[Any]) -> list[Writable | BindingPlace]:
        """A snapshot of everything that the function may write, as far as it is known."""
        survey = Survey(self.f)
        tensors = [t for t in (*survey.met.values(), *leaves) if type(t) is Tensor]
        state = [b for b in survey.bindings.values() if type(b.value) is Tensor or is_number(b.value)]
        gradients = [GradientPlace(t._node) for t in tensors if type(t._node) is Leaf]
        return [*map(HandlePlace, tensors), *gradients, *map(BindingPlace, state)]

    def call_plainly(self, leaves: Sequence[Any], written: Sequence[Writable | BindingPlace] = ()) -> Any:
        """Fall back to the eager function; an exception rolls back what is `written`, or known to be."""
        self.plain_calls += 1
        before = [place for program in (*self.programs, *self.retired) for place in program.snapshot(leaves)]
        try:
            return self.run(*leaves)
        except BaseException:
            for place in (*before, *written):
                place.restore()
            raise

    # -- how many there may be ---------------------------------------------------------------------

    def _make_room(self, leaves: Sequence[Any]) -> bool:
        """Whether the limit allows one more program; one that is specialised on another state may be evicted."""
        if len(self.programs) < MOST_PROGRAMS:
            return True
        others = [program for program in self.programs if not program.fits(leaves)]
        used = [program for program in others if program.calls > 2]
        if used:
            self.programs.remove(used[0])
            return True
        reason = many_states if len(others) > MOST_PROGRAMS // 2 else many_paths
        self._close(reason(name_of(self.f), self.programs))
        return False

    def _close(self, reason: str) -> None:
        """Stop recording, and keep the programs that were reused."""
        self.is_closed = True
        self.retired = [program for program in self.programs if program.calls < 2]
        self.programs = [program for program in self.programs if program.calls >= 2]
        self.last = self.latest = None
        warnings.warn(reason, RuntimeWarning, stacklevel=2)

    # -- recording ---------------------------------------------------------------------------------

    def record(self, leaves: Sequence[Any]) -> Program:
        """Record a program for these arguments."""
        raw = [leaf if type(leaf) is Tensor or type(leaf) in NUMBERS else numpy.asarray(leaf) for leaf in leaves]
        source = partial(self.f, **self.static) if self.static else self.f  # what static arguments lead to counts
        with recording_turn():
            recorded = record(self.run, raw, source, self.changing, self.static.values(), self.constant)
        warn_of(recorded.hints, self.said)
        self.resized |= recorded.resized
        held = [place.read() for place in recorded.reads]
        found = [tensor._value for tensor in (*leaves, *held) if type(tensor) is Tensor]
        backend = backend_where(found, self.backend)
        return (WritingProgram if recorded.has_effects else Program)(recorded, self, backend)

    def run(self, *leaves: Any) -> Any:
        """Call the eager function."""
        following = iter(leaves)
        count = len(leaves) + len(self.fixed)
        flat = [self.fixed[i] if i in self.fixed else next(following) for i in range(count)]
        args, kwargs = (flat, {}) if self.structure is None else unflatten(self.structure, flat)
        return self.f(*args, **kwargs, **self.static)


def _is_state(before: Any, after: Any) -> bool:
    """Whether a name has been rebound to a value of the same kind: a number, an array, or something with tensors."""
    are_numbers = is_number(before) and is_number(after)
    return are_numbers or (is_numeric(before) and is_numeric(after)) or bool(tensors_in(before) and tensors_in(after))


def _reads_one(program: Program, changing: Container[Any]) -> bool:
    """Whether a program is specialised on a number or array that has changed since, so that it is dead."""
    if program.expected is None:
        return False
    bindings = (b for b in program.expected.every_binding() if is_number(b.value) or is_numeric(b.value))
    return any(fact.place in changing for fact in (*bindings, *program.expected.contents))


def _agrees(program: Program, decisions: tuple[Any, ...]) -> bool:
    return program.decisions[: len(decisions)] == decisions


# -- what is said where there are too many ---------------------------------------------------------


def many_paths(name: str, programs: Sequence[Program]) -> str:
    """The warning about guards that fail again and again."""
    partings = Counter(_parting(a, b) for a, b in pairwise(programs))
    line = partings.most_common(1)[0][0]
    return (
        f"[jit] {name} has taken {len(programs)} paths, and takes yet another, wanted few; from now on it runs without "
        "being compiled where no path is known; write wg.while_loop or wg.fori_loop for a loop whose number of turns "
        "varies, wg.cond or np.where for a branch, and functions of wengert.numpy instead of those of math, which ask "
        f"for the number{_at(line)}"
    )


def _parting(a: Program, b: Program) -> SourceLine | None:
    """The first decision in which two paths differ."""
    pairs = zip(a.recording.decisions, b.recording.decisions, strict=False)
    return next((left.line for left, right in pairs if left.value != right.value), None)


def long_path(name: str, line: SourceLine | None) -> str:
    """The warning about a Python loop with a guard in each of many turns."""
    return (
        f"[jit] {name} has taken {MOST_DECISIONS} decisions on values in one call, wanted fewer; from now on it runs "
        "without being compiled where no path is known; write wg.while_loop, wg.fori_loop or wg.scan for the "
        f"loop{_at(line)}"
    )


def kept_leaf(name: str, line: SourceLine | None) -> str:
    """The warning about a leaf that is made inside and escapes."""
    return (
        f"[jit] {name} makes a leaf, a tensor with requires_grad=True, and gives it away, wanted leaves that are there "
        "before the call; it runs without being compiled, so that backward() from its results comes to the leaf; make "
        f"the leaf outside, and let the function read it{_at(line)}"
    )


def many_states(name: str, programs: Sequence[Program]) -> str:
    """The warning about state outside that is specialised on, and changes again and again."""
    found = [program.expected.first_changed() for program in programs if program.expected is not None]
    changed = [fact for fact in found if fact is not None]
    changed = changed or [p.numbers.asked for p in programs if p.numbers is not None and p.numbers.computed() is None]
    what = Counter(changed).most_common(1)[0][0] if changed else "the state that it reads"
    return (
        f"[jit] {name} was recorded {len(programs)} times because {what} was another each time, wanted numbers and "
        "flags that stay, or shapes that stay; from now on it runs without being compiled where it is yet another; "
        "keep what changes in a tensor (wg.tensor(0)), and write it in place, or pass it as an argument"
    )


def _at(line: SourceLine | None) -> str:
    return "" if line is None else f" (at {line})"
