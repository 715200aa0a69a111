"""What a function has bound anew while it was recorded: names that hold something else than before."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any

from ...core.abstract import Abstract, Recording
from ...core.graph import GraphNode
from ...core.lookout import unseen
from ...core.node import Node
from ...core.python.source import SourceLine, at_line
from ...core.tensor import Tensor
from .arrays import ArrayReader, BeginsAgain
from .bindings import Binding, Whole, is_fixed
from .expected import Expected
from .nesting import (
    NestForm,
    as_recorded,
    insides,
    numbers_in,
    tensors_in,
)
from .numbers import followed_numbers, is_read_only
from .plain import MISSING, is_plain, is_same
from .survey import MOST, Survey

MOST_HOLDERS = 500
"""So many objects are looked at to find out who holds a tensor."""


class Changes:
    """The names that a function binds, found by looking before and after.

    Attributes:
        bound: names that hold another tensor now, or another nesting of tensors, with that; each binding has what it
            held before.
        plain: names that hold another plain value now, or another of the objects that were there, with that.
        strays: names that hold a tensor of the body of a loop, which has no value outside, with that tensor.
        lost: names and items that hold something else now, of what is no longer found itself.
        kept: names that now hold something that was made inside and stays there, such as a list of moments.
        numbers: names that hold a number that is read at each call.
    """

    @unseen
    def __init__(self, f: Callable[..., Any], recording: Recording | None, noticed: Container[Any] = ()) -> None:
        self.f = f
        self.recording = recording
        self.before: Survey = Survey(f)
        if self.before.queue:
            warnings.warn(too_many(), RuntimeWarning, stacklevel=2)
        self.after: Survey = self.before
        self.bound: list[tuple[Binding, Any]] = []
        self.plain: list[tuple[Binding, Any]] = []
        self.lost: list[Binding] = []
        self.kept: list[Binding] = []
        self.strays: list[tuple[Binding, Tensor]] = []
        self.numbers: list[Binding] = followed_numbers(self.before, noticed)

    @property
    def compares(self) -> bool:
        """Whether the code may ask which objects are the same."""
        return self.before.mentions.compares

    def as_found(self, arguments: Sequence[Any], handles: Sequence[Tensor]) -> list[Any]:
        """What the function is given: what stands for its arguments, or those that it finds outside, to be the same."""
        pairs = zip(arguments, handles, strict=True)
        return [a if self.compares and type(a) is Tensor and id(a) in self.before.met else h for a, h in pairs]

    @unseen
    def compare(self) -> None:
        """Look again, and sort what has changed."""
        self.after = Survey(self.f)
        self.lost = [b for b in self.before.bindings.values() if id(b.owner) not in self.after.met and _is_other(b)]
        for place, found in self.after.bindings.items():
            if id(found.owner) in self.before.met:
                earlier = self.before.seen(place)
                if not is_same(earlier, found.value) and not is_read_only(found):
                    self._sort(found, earlier)

    def _sort(self, found: Binding, earlier: Any) -> None:
        tensors = tensors_in(found.value)
        strays = [t for t in tensors if type(t._value) is Abstract and not self.is_inside(t)]
        if strays:
            self.strays += [] if earlier is MISSING else [(found, strays[0])]
            return
        before = Binding(found.holder, found.key, earlier, found.name, found.owner)
        is_new = earlier is MISSING or earlier is None
        if numbers_in(found.value) and isinstance(before.holder, (list, deque)) and earlier is MISSING:
            found.write(as_recorded(found.value))
        elif numbers_in(found.value) or (tensors and self._is_bound(before, tensors)):
            self.bound.append((before, found.value))
        elif (is_plain(found.value) or self._was_there(found.value)) and not (found.is_item and earlier is MISSING):
            self.plain.append((before, found.value))
        elif is_new:
            self.kept.append(found)

    def _was_there(self, value: Any) -> bool:
        """Whether a name has been bound to an object that was found under another before, such as an array."""
        return id(value) in self.before.met and type(value) is not Tensor

    def _is_bound(self, before: Binding, tensors: Sequence[Tensor]) -> bool:
        """Whether a program can bind a name to these tensors at each call."""
        if isinstance(before.holder, list) and before.value is MISSING:
            return False
        return any(map(self.is_inside, tensors)) or bool(tensors_in(before.value))

    def is_inside(self, tensor: Tensor) -> bool:
        """Whether a tensor belongs to the recording (to any, where none is given)."""
        return type(tensor._value) is Abstract and self.recording in (None, tensor._value.recording)

    def refuse_strays(self) -> None:
        """Refuse names that hold a tensor of a body, and items of what was replaced after they were bound.

        Raises:
            RuntimeError: there is one.
        """
        if self.strays:
            raise bound_in_a_body(*self.strays[0])
        if self.lost:
            raise bound_and_lost(self.lost[0])

    def __enter__(self) -> Changes:
        return self

    def __exit__(self, kind: Any, *exception: Any) -> None:
        """Bind all names to what they held before; a recording that begins again finds all as it was."""
        if kind is not None:
            self.compare()
        for binding in (*(binding for binding, _ in (*self.bound, *self.plain)), *self.lost):
            binding.write(binding.value)
        for stray, _ in self.strays:
            stray.write(self.before.seen(stray.place))
        if kind is not None and issubclass(kind, BeginsAgain):
            self._roll_back()

    def _roll_back(self) -> None:
        """Undo all that the function has done to what it found."""
        for binding in self.before.bindings.values():
            if binding.read() is not binding.value:
                binding.write(binding.value)
        for place, found in self.after.bindings.items():
            is_new = id(found.owner) in self.before.met and self.before.seen(place) is MISSING
            if is_new and found.read() is not MISSING:
                found.write(MISSING)
        for fact in (*self.before.wholes.values(), *self.before.contents.values()):
            if not fact.is_found():
                fact.restore()

    def is_only_way(self, binding: Binding, tensor: Tensor) -> bool:
        """Whether a tensor that the name led to before, and the nesting that it is in, were found by this name only."""
        inside = insides([binding.value])
        ways = (way for held in (id(tensor), *inside) for way in self.before.incoming.get(held, ()))
        return all(way.place == binding.place or id(way.owner) in inside for way in ways)

    def changing(self, noticed: Container[Any]) -> list[Binding]:
        """The names that held tensors before, and hold others now, or have been noticed to do so between calls."""
        changed = [binding for binding, _ in (*self.bound, *self.plain)]
        places = {binding.place for binding in changed}
        still = [b for b in self.before.bindings.values() if b.place in noticed and b.place not in places]
        return [binding for binding in (*changed, *still) if tensors_in(binding.value)]

    def expected(
        self, captured: Sequence[Tensor], changing: Mapping[Binding, Sequence[Tensor]], arrays: ArrayReader
    ) -> Expected | None:
        """What must be found again for a recording to hold.

        Where names are changing, that is how their tensors are nested, and the tensors that go with the name. The
        elements of arrays that are inputs are not among it.
        """
        excluded = {binding.place: MISSING for binding in (*changing, *self.numbers, *arrays.named)}
        inside = insides([*(binding.value for binding in changing), *(value for _, value in self.bound)])
        changed = [binding for binding, _ in (*self.bound, *self.plain)]
        kept = self.after.bindings | self.before.bindings
        lost = [t for t in captured if id(t) not in self.after.incoming and id(t) not in self.before.incoming]
        if lost:
            kept |= {binding.place: binding for binding in Survey(self.f, everything=True).ways_to(lost)}
        kept |= {binding.place: binding for binding in (*self.kept, *changed)}
        names = [b for p, b in kept.items() if p not in excluded and not b.is_item and id(b.owner) not in inside]
        items: dict[int, dict[Any, Any]] = {}
        for (holder, key), value in ({place: binding.value for place, binding in kept.items()} | excluded).items():
            items.setdefault(holder, {})[key] = value
        wholes = [w.with_items(items.get(id(w.holder), {})) for w in self._wholes() if id(w.holder) not in inside]
        every = self.after.contents | self.before.contents
        read = [(fact, self._ways(holder)) for holder, fact in every.items() if holder not in arrays.inputs]
        contents = [fact for fact, ways in read if not is_fixed(fact, ways)]
        nests = [(binding, fixed) for binding, fixed in changing.items() if type(binding.value) is not Tensor]
        return Expected(names, wholes, contents, [NestForm(binding, fixed) for binding, fixed in nests]) or None

    def _ways(self, holder: int) -> list[Binding]:
        """The bindings that lead to something, by its identity."""
        return [*self.after.incoming.get(holder, ()), *self.before.incoming.get(holder, ())]

    def _wholes(self) -> list[Whole]:
        """The containers that are read, as they were before, or as they are if they are new."""
        every = self.after.wholes | self.before.wholes
        return [w for w in every.values() if self.after.is_read(w.holder) or self.before.is_read(w.holder)]

    def names(self) -> dict[int, str]:
        """By identity, how what is found now is called."""
        every = ((found, way) for found, ways in self.after.incoming.items() for way in ways)
        return {found: way.name for found, way in every if way.holder is not None}

    def forget(self) -> None:
        """Let go of all tensors without a value."""
        self.after = self.before
        self.bound = [(binding, None) for binding, _ in self.bound]


def _is_other(binding: Binding) -> bool:
    """Whether a name that was found leads to something else now."""
    now = binding.read()
    return now is not MISSING and binding.value is not MISSING and not is_same(now, binding.value)


# -- what has leaked -------------------------------------------------------------------------------


def tensors_of(recording: Recording) -> list[weakref.ref[Tensor]]:
    """The tensors without a value that a recording has made and that are still there."""
    young = [o for o in gc.get_objects(generation=0) if type(o) is Tensor and type(o._value) is Abstract]
    return [weakref.ref(tensor) for tensor in young if tensor._value.recording is recording]


def refuse_leaks(
    made: Sequence[weakref.ref[Tensor]], lines: dict[Node, SourceLine | None], names: dict[int, str]
) -> None:
    """Refuse tensors without a value that somebody outside holds, now that the recording itself holds none.

    Raises:
        RuntimeError: there is one.
    """
    if all(reference() is None for reference in made) or not is_held_outside(_alive(made)):
        return
    for reference in made:
        tensor = reference()
        if tensor is not None and is_held_outside([tensor]):
            raise leaked(tensor, lines.get(tensor._node), names.get(id(tensor)))


def _alive(made: Sequence[weakref.ref[Tensor]]) -> list[Tensor]:
    return [tensor for tensor in (reference() for reference in made) if tensor is not None]


def leaked(tensor: Tensor, line: SourceLine | None, name: str | None) -> RuntimeError:
    """The error of a tensor that stays behind where no program could put it."""
    return RuntimeError(
        f"[jit] a tensor of shape {tensor.shape} from inside jit is still held{f' by {name}' if name else ''} when the "
        "function has returned, but has no value there, wanted only what the function returns, or binds to a variable, "
        "an attribute or a key that is there at each call; return it, or write state.copy_(value)"
        f"{_at(line)}"
    )


def too_many() -> str:
    """The warning about surroundings that are too large to be watched."""
    return (
        f"[jit] the function reaches more than {MOST} names and items, wanted fewer: later changes of those beyond are "
        "not noticed; keep numbers in arrays or tensors instead of lists and dicts of them, or pass what it needs as "
        f"arguments{at_line()}"
    )


def bound_and_lost(binding: Binding) -> RuntimeError:
    """The error of an item that is bound to something else before the list or dict that it is in is replaced."""
    return RuntimeError(
        f"[jit] {binding.name} is bound to something else inside jit, and then what it belongs to is replaced, wanted "
        f"one or the other; replace the whole without writing {binding.name} first{at_line()}"
    )


def plain_in_a_body(binding: Binding, value: Any) -> RuntimeError:
    """The error of a name that the body of a loop, or the side of a branch, binds to another text or flag."""
    return RuntimeError(
        f"[jit] {binding.name} is bound to {value!r} instead of {binding.value!r} inside the body of a loop or a "
        f"branch, which is recorded once, wanted state that is a tensor or a number; bind {binding.name} outside of "
        f"the body, or write a number{at_line()}"
    )


def nest_in_a_body(binding: Binding, value: Any) -> RuntimeError:
    """The error of a name that the body of a loop, or the side of a branch, binds to another tuple, list or dict."""
    return RuntimeError(
        f"[jit] {binding.name} is bound to another {type(value).__name__} inside the body of a loop or a branch, "
        "wanted tensors that are bound one by one, written in place, or carried; carry it through the loop, and "
        f"bind {binding.name} after it{at_line()}"
    )


def bound_in_a_body(binding: Binding, stray: Tensor) -> RuntimeError:
    """The error of a name that the body of a loop or branch, or a function under `vmap`, binds to its own tensor."""
    inside = stray._value.recording.name
    return RuntimeError(
        f"[{inside}] {binding.name} is bound to a tensor inside {inside}, which is recorded once and has no value "
        f"outside, wanted names that stay bound, and state that is written in place; write {binding.name}.copy_(value) "
        f"or {binding.name} += value, or return the value{at_line()}"
    )


def _at(line: SourceLine | None) -> str:
    return at_line() if line is None else f" (at {line})"


def is_held_outside(tensors: list[Tensor]) -> bool:
    """Whether anything but nodes of the list holds one of the tensors, such as the hook of one.

    Upwards from the tensors, every way must end at a node; the variables of a running function cannot be seen. All are
    looked for at once, since each look goes through all objects that there are.
    """
    seen: dict[int, Any] = {id(tensor): tensor for tensor in tensors}
    most = MOST_HOLDERS * len(tensors)
    level: list[Any] | None = tensors
    while level and len(seen) < most:
        level = _next_level(level, seen)
        if level is None:
            return True
        seen |= {id(holder): holder for holder in level}
    return bool(level)


def _next_level(level: list[Any], seen: dict[int, Any]) -> list[Any] | None:
    """Who holds one of these objects, but nodes and what was seen; nothing if one is held from outside."""
    holders = _holders(level, seen)
    if _are_not_all_held(level, holders) or any(isinstance(holder, ModuleType) for holder in holders):
        return None
    return [h for h in holders if not isinstance(h, (Node, GraphNode)) and id(h) not in seen]


def _holders(held: list[Any], seen: dict[int, Any]) -> list[Any]:
    """Who refers to one of the objects, but frames and what this search itself uses."""
    found = gc.get_referrers(*held)
    return [h for h in found if h is not held and h is not seen and not isinstance(h, FrameType)]


def _are_not_all_held(objects: list[Any], holders: list[Any]) -> bool:
    """Whether one of the objects is held by none of the holders: by the variables of a function, or by C."""
    held = {id(one) for holder in holders for one in gc.get_referents(holder)}
    return any(id(one) not in held for one in objects)
