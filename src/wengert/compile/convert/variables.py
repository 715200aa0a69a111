"""The variables of a statement on their way through a branch or a loop: what they hold there, and what may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy

from ...control import cond
from ...core.abstract import NUMERIC_KINDS, Abstract
from ...core.kin import root_of
from ...core.node import next_sequence
from ...core.number import NUMBERS, among_arrays
from ...core.recording import current
from ...core.source import at_line
from ...core.state import compilation, state
from ...core.tensor import Tensor
from ...core.trees import flatten, unflatten
from ...ops.elementwise import astype
from ..state.plain import MISSING, is_same
from .jumps import RESULT, RETURNED, is_flag

DTYPE_ROUNDS = 20
"""So many times a statement is recorded anew, because Python numbers take on the dtype of what they meet."""

PYTHON = {"b": bool, "i": int, "u": int, "f": float, "c": complex}
SIZED = (list, tuple, dict)


class Variables(NamedTuple):
    """What a statement binds that matters after it.

    Attributes:
        names: as they are written.
        get: reads them; `MISSING` where there is nothing.
        put: binds them.
    """

    names: Sequence[str]
    get: Callable[[], Sequence[Any]]
    put: Callable[[Sequence[Any]], None]


def read(look: Callable[[], Any]) -> Any:
    """What a name holds; `MISSING` if nothing."""
    try:
        return look()
    except (NameError, AttributeError, KeyError):
        return MISSING


@contextmanager
def restored(variables: Variables) -> Iterator[None]:
    """Within it variables may be bound to what is carried; they are what the statement gives, not what a body binds."""
    before = variables.get()
    try:
        yield
    finally:
        variables.put(before)


class Again(BaseException):
    """A statement has to be recorded anew: a variable needs another form, or none of its own (``change=None``)."""

    def __init__(self, position: int, change: Callable[[Any], Any] | None) -> None:
        self.position = position
        self.change = change


class UndecidedError(TypeError):
    """A statement is no one node, since a name leads to something on some ways through it only: values decide."""


class Forms:
    """What was found about the variables while a statement was recorded.

    Attributes:
        changes: what brings variables into their form, in the order in which it was found.
        in_place: the variables whose tensors are written in place, and stay what they are.
    """

    def __init__(self) -> None:
        self.changes: list[tuple[int, Callable[[Any], Any]]] = []
        self.in_place: set[int] = set()

    def of(self, position: int, value: Any) -> Any:
        """A variable in its form."""
        for changed, change in self.changes:
            value = change(value) if changed == position else value
        return value

    def learn(self, again: Again) -> None:
        if again.change is None:
            self.in_place.add(again.position)
        else:
            self.changes.append((again.position, again.change))


def repeated(record: Callable[[Forms], None]) -> None:
    """Record a statement until each variable has one form."""
    forms = Forms()
    for _ in range(DTYPE_ROUNDS):
        try:
            return record(forms)
        except Again as again:
            forms.learn(again)
    raise RuntimeError(
        "[jit] the variables of a statement take on other dtypes each time that it is recorded, wanted dtypes that "
        f"stay; write x.astype(...) before it{at_line()}"
    )


# -- branches --------------------------------------------------------------------------------------


def branch(
    test: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    variables: Variables,
    results: int,
    statement: Any,
) -> None:
    """``if`` as one node; the first of the variables, so many, matter after it."""
    before = variables.get()

    def record(forms: Forms) -> None:
        sides: list[list[Any]] = []
        begin = next_sequence()

        def side(run: Callable[[], None]) -> list[Any]:
            with restored(variables):
                variables.put([_fresh(value) for value in before])
                run()
                sides.append([forms.of(i, value) for i, value in enumerate(variables.get()[:results])])
                if len(sides) == 2:
                    _check_sides(variables.names[:results], *sides)
                return [_now(value) if is_numeric(value) else None for value in sides[-1]]

        found = cond(test, lambda: side(body), lambda: side(orelse))
        joined = [_joined(*three) for three in zip(found, *sides, strict=True)]
        if state.recorder is not None:
            for name, held, *leads in zip(variables.names, joined, before, *sides, strict=False):
                _note_aliases(name, held, leads, begin, statement)
        variables.put([*joined, *before[results:]])

    repeated(record)


def _note_aliases(name: str, joined: Any, leads: Sequence[Any], begin: int, statement: Any) -> None:
    """Note the older tensors that a variable leads to, or is a view of, after one side only: who writes to these writes
    to it.

    Raises:
        UndecidedError: the variable is an attribute or item, so that others may write to them after the call.
    """
    own, *sides = [flatten(value)[0] if is_numeric(value) else [] for value in leads]
    if not sides[0] or is_same(*leads[1:]):
        return
    kept = {id(leaf) for leaf in own}
    new = [root_of(leaf) for side in sides for leaf in side if id(leaf) not in kept and type(leaf) is Tensor]
    older = [root for root in new if _is_older(root, begin)]
    lasting = any(map(compilation().lasts, older)) or any(map(compilation().has_names, own))
    if lasting and not name.isidentifier():
        raise UndecidedError(
            f"[jit] {name} is bound to a tensor that has another name at times, as values decide, wanted tensors that "
            f"have one name each where values are not known; write {name} = value.clone(){at_line()}"
        )
    if older:
        compilation().note_joined([*older, *flatten(joined)[0]], statement)


def _is_older(leaf: Any, begin: int) -> bool:
    """Whether a tensor was there before a statement began (numbers of nodes descend)."""
    if type(leaf) is not Tensor or is_weak(leaf):
        return False
    return leaf._node.sequence > begin if type(leaf._value) is Abstract else compilation().lasts(leaf)


def _joined(found: Any, one: Any, other: Any) -> Any:
    """What a variable holds after a branch."""
    if not is_numeric(one) or is_same(one, other):
        return one
    return marked(found, one, other)


def _check_sides(names: Sequence[str], one: Sequence[Any], other: Sequence[Any]) -> None:
    """Raise if a variable cannot be the same kind of thing after both sides, or `Again` if it can."""
    for i, name in enumerate(names):
        if is_same(one[i], other[i]):
            continue
        for given, wanted in ((one, other), (other, one)):
            if is_numeric(wanted[i]) and _is_unused(name, given[i], _returned(names, given)):
                raise Again(i, _in_place_of(given[i], wanted[i]))
        targets = _agreement(name, one[i], other[i], SIDES)
        if not (_fits(one[i], targets) and _fits(other[i], targets)):
            raise Again(i, _cast_to(targets))


def _returned(names: Sequence[str], held: Sequence[Any]) -> Any:
    """Whether a side has returned; ``None`` if it cannot, or if values decide."""
    found = held[names.index(RETURNED)] if RETURNED in names else None
    return found if isinstance(found, bool) else None


def _is_unused(name: str, value: Any, returned: bool | None) -> bool:
    """Whether it does not matter what a variable holds: no result yet, or nothing any more."""
    return (returned is False and name == RESULT and value is None) or (returned is True and value is MISSING)


# -- loops -----------------------------------------------------------------------------------------


class LoopRecording:
    """One recording of a loop.

    Attributes:
        before: what the variables hold before it.
        carried: the positions of those that it carries: numbers and arrays.
        first: what it carries first.
        unchanged: whether a variable holds what the user has put there.
        shared: the identities of tensors that the loop itself reads on every turn.
        joined: the positions of variables that may be another name of a tensor after a turn.
        older: the tensors that these may be.
    """

    def __init__(self, variables: Variables, given: Sequence[Any], forms: Forms, shared: frozenset[int]) -> None:
        self.variables = variables
        self.shared = shared
        self.joined: set[int] = set()
        self.older: list[Tensor] = []
        self.before = [forms.of(i, value) for i, value in enumerate(given)]
        self.unchanged = [one is other for one, other in zip(self.before, given, strict=True)]
        self.carried = [i for i, value in enumerate(self.before) if is_numeric(value) and i not in forms.in_place]
        self.first = [self.before[i] for i in self.carried]

    def load(self, carry: Sequence[Any], is_turn: bool = False) -> list[Any]:
        """Bind the variables to what is carried; where a turn begins no flag is set."""
        values = [*self.before]
        for i, value in zip(self.carried, carry, strict=True):
            is_clear = is_turn and is_flag(self.variables.names[i])
            values[i] = False if is_clear else marked(value, self.before[i])
        self.variables.put(values)
        return values

    def turn(self, carry: Sequence[Any], body: Callable[[], None]) -> list[Any]:
        """What is carried after a turn."""
        with restored(self.variables):
            handles = [_handles(value) for value in self.load(carry, is_turn=True)]
            first = {i: _roots(self.before[i]) for i in self.carried}
            begin = next_sequence()
            body()
            after = self.variables.get()
            if state.recorder is not None:
                self._note_names(handles, after, begin)
                self._check_first(first)
            for i in self.carried:
                self._check_writes(i, handles[i], _handles(after[i]))
            fitted = [self._fitted(i, name, after[i]) for i, name in enumerate(self.variables.names)]
            return [fitted[i] for i in self.carried]

    def test(self, carry: Sequence[Any], test: Callable[[], Any]) -> Any:
        """What a test gives for what is carried."""
        with restored(self.variables):
            self.load(carry)
            return test()

    def _note_names(self, handles: Sequence[Held], after: Sequence[Any], begin: int) -> None:
        """Note the variables that are another name of a tensor, or a view of one, after a turn.

        Raises:
            UndecidedError: such a variable is written in place, so that the next turn would write to both.
        """
        roots = [_roots(value) for value in after]
        carried = {key for held in handles for key in held}
        for i in self.carried:
            for key, (root, _) in roots[i].items():
                others = [j for j in self.carried if j != i and key in roots[j]]
                if key not in handles[i] and _is_older(root, begin) and (others or key not in carried):
                    self.joined |= {i, *others}
                    self.older.append(root)
        for i in self.joined:
            if _written(handles[i]):
                raise self._undecided(i, "is written in place and leads to a tensor with another name after a turn")

    def _check_first(self, first: dict[int, Held]) -> None:
        """Raise where a turn writes, by another name, to what a variable holds on the first turn only."""
        for i, roots in first.items():
            if _written(roots):
                raise self._undecided(
                    i, "is bound to another tensor in a turn that writes to its elements by another name"
                )

    def _undecided(self, position: int, why: str) -> UndecidedError:
        name = self.variables.names[position]
        return UndecidedError(
            f"[jit] {name} {why}, wanted tensors that have one name each where values are not known; write "
            f"{name} = {name}.copy() before the loop{at_line()}"
        )

    def _check_writes(self, position: int, before: Held, after: Held) -> None:
        """Raise `Again` if a tensor was written in place that others may hold."""
        written = _written(before)
        own = state.recorder is not None and self.unchanged[position] and _handles(self.before[position])
        if written and own:
            if all(key in after for key in written):
                raise Again(position, None)
            self._check_shared(position, own)

    def _check_shared(self, position: int, own: Held) -> None:
        """Raise where others see what is written to the tensor that a variable holds on the first turn only."""
        if any(key in self.shared or compilation().is_shared(handle) for key, (handle, _) in own.items()):
            name = self.variables.names[position]
            raise UndecidedError(
                f"[jit] {name} is written in place and then bound to another tensor within a turn, and the function "
                f"finds the tensor elsewhere too, wanted one or the other; write {name} = {name}.copy() before the "
                f"loop{at_line()}"
            )

    def _fitted(self, position: int, name: str, after: Any) -> Any:
        before = self.before[position]
        if is_same(before, after) and position not in self.carried:
            return after
        if name == RESULT and before is None and after is not None and is_numeric(after):
            raise Again(position, _in_place_of(None, after))
        targets = _agreement(name, before, after, TURNS)
        if not _fits(before, targets):
            raise Again(position, _cast_to(targets))
        return _cast_to(targets)(after)


Held = dict[int, tuple[Tensor, Any]]
"""By identity, tensors, each with the node that made what it holds."""


def _handles(value: Any) -> Held:
    """The tensors in a value."""
    return _held(_tensors(value))


def _roots(value: Any) -> Held:
    """The tensors whose elements a value holds."""
    return _held(map(root_of, _tensors(value)))


def _tensors(value: Any) -> list[Tensor]:
    leaves = flatten(value)[0] if is_numeric(value) else []
    return [leaf for leaf in leaves if type(leaf) is Tensor]


def _held(tensors: Iterable[Tensor]) -> Held:
    return {id(tensor): (tensor, tensor._node) for tensor in tensors}


def _written(held: Held) -> list[int]:
    """Those that have been written in place since."""
    return [key for key, (tensor, node) in held.items() if tensor._node is not node]


def loop(
    drive: Callable[[LoopRecording], Sequence[Any]], variables: Variables, *read: Tensor, statement: Any = None
) -> None:
    """A loop as one node: `drive` is what runs it, and gives what is carried at the end; it reads tensors itself."""
    before = [_fresh(value) for value in variables.get()]

    def record(forms: Forms) -> None:
        one = LoopRecording(variables, before, forms, frozenset(map(id, read)))
        values = one.load(drive(one))
        if one.joined:
            results = [leaf for i in one.joined for leaf in flatten(values[i])[0]]
            compilation().note_joined([*one.older, *results], statement)

    repeated(record)


# -- values ----------------------------------------------------------------------------------------


def is_numeric(value: Any) -> bool:
    """Whether a value is a number, an array, or a nesting of them."""
    if value is MISSING:
        return False
    return all(_is_number_or_array(leaf) for leaf in flatten(value)[0])


def _is_number_or_array(leaf: Any) -> bool:
    if isinstance(leaf, (Tensor, numpy.ndarray, numpy.generic)):
        return leaf.dtype.kind in NUMERIC_KINDS
    return isinstance(leaf, (bool, int, float, complex))


def _fresh(value: Any) -> Any:
    """A value in lists and dicts of its own, which a side may change; where nobody notes writes, in tensors as well."""
    if not is_numeric(value):
        return value
    leaves, structure = flatten(value)
    return unflatten(structure, leaves if state.recorder is not None else list(map(_alias, leaves)))


def _now(value: Any) -> Any:
    """A value as it is now, whatever is written in place later."""
    leaves, structure = flatten(value)
    return unflatten(structure, list(map(_alias, leaves)))


def _alias(leaf: Any) -> Any:
    if type(leaf) is not Tensor:
        return leaf
    tensor = current(leaf)
    return Tensor(tensor._value, tensor._node)


def is_weak(leaf: Any) -> bool:
    """Whether a number takes on the dtype of what it meets, as those of Python do."""
    if type(leaf) is Tensor:
        return state.recorder is not None and state.recorder.is_number(leaf)
    return type(leaf) in NUMBERS


def mark_number(tensor: Tensor) -> Tensor:
    """Let a tensor stand for a Python number."""
    if state.recorder is not None:
        state.recorder.weak.add(tensor._node)
    return tensor


def marked(value: Any, *likes: Any) -> Any:
    """A value that stands for Python numbers where all others have such."""
    every = [flatten(like)[0] for like in likes]
    for leaf, *others in zip(flatten(value)[0], *every, strict=True):
        if type(leaf) is Tensor and all(map(is_weak, others)):
            mark_number(leaf)
    return value


class LeafForm(NamedTuple):
    """What a leaf must be like."""

    shape: tuple[int, ...]
    dtype: Any
    weak: bool

    def __str__(self) -> str:
        return (
            f"{self.dtype} of shape {self.shape}" if not self.weak else f"a Python {PYTHON[self.dtype.kind].__name__}"
        )


def _form(leaf: Any) -> LeafForm:
    leaf = among_arrays(leaf)
    array = leaf if isinstance(leaf, (Tensor, numpy.ndarray, numpy.generic)) else numpy.asarray(leaf)
    return LeafForm(array.shape, array.dtype, is_weak(leaf))


class Places(NamedTuple):
    """Where the two values were found that must be alike."""

    one: str
    other: str
    advice: str


SIDES = Places("if the test is false", "if it is true", "give it the same on both sides")
TURNS = Places("before the loop", "after a turn", "begin with what it becomes")


def _agreement(name: str, one: Any, other: Any, places: Places) -> list[LeafForm]:
    """The form of each leaf of a variable that holds one thing here and another there.

    Raises:
        TypeError: there is no such form.
    """
    if not (is_numeric(one) and is_numeric(other)):
        raise _disagreement(name, one, other, places)
    (leaves, structure), (others, structure_of_other) = flatten(one), flatten(other)
    if structure != structure_of_other:
        raise _disagreement(name, one, other, places)
    return [_agreed(name, _form(a), _form(b), places) for a, b in zip(leaves, others, strict=True)]


def _agreed(name: str, one: LeafForm, other: LeafForm, places: Places) -> LeafForm:
    dtypes = [
        one.dtype.type(0).item() if one.weak else one.dtype,
        other.dtype.type(0).item() if other.weak else other.dtype,
    ]
    dtype = one.dtype if one.dtype == other.dtype else numpy.result_type(*dtypes)
    changes = [form for form in (one, other) if form.dtype != dtype and not form.weak]
    if one.shape != other.shape or changes:
        raise _disagreement(name, one, other, places)
    return LeafForm(one.shape, dtype, one.weak and other.weak)


def _disagreement(name: str, one: Any, other: Any, places: Places) -> TypeError:
    kind = UndecidedError if one is MISSING or other is MISSING else TypeError
    what = "what the function returns" if name == RESULT else name
    is_growing = isinstance(one, SIZED) and type(one) is type(other) and len(one) != len(other)
    advice = "make an array before, and write into it: out[i] = x" if is_growing else places.advice
    return kind(
        f"[jit] {what} is {_described(one)} {places.one} and {_described(other)} {places.other}, wanted the same "
        f"structure, shape and dtype, as a value decides which it is; {advice}{at_line()}"
    )


def _described(value: Any) -> str:
    if isinstance(value, LeafForm):
        return str(value)
    if value is MISSING or value is None:
        return "nothing" if value is MISSING else "None"
    if not is_numeric(value):
        return repr(value) if isinstance(value, (str, bytes)) else f"a {type(value).__name__}"
    leaves = flatten(value)[0]
    if isinstance(value, SIZED):
        return f"a {type(value).__name__} of {len(value)} item{'' if len(value) == 1 else 's'}"
    return str(_form(leaves[0])) if len(leaves) == 1 else f"a {type(value).__name__}"


def _fits(value: Any, targets: Sequence[LeafForm]) -> bool:
    every = zip(map(_form, flatten(value)[0]), targets, strict=True)
    return all(form.dtype == target.dtype and form.weak <= target.weak for form, target in every)


def _cast_to(targets: Sequence[LeafForm]) -> Callable[[Any], Any]:
    def cast(value: Any) -> Any:
        leaves, structure = flatten(value)
        return unflatten(structure, [_cast(leaf, target) for leaf, target in zip(leaves, targets, strict=True)])

    return cast


def _cast(leaf: Any, target: LeafForm) -> Any:
    leaf = among_arrays(leaf)
    form = _form(leaf)
    if form.dtype == target.dtype and form.weak == target.weak:
        return leaf
    if type(leaf) is Tensor:
        found = leaf if form.dtype == target.dtype and not form.weak else astype(leaf, dtype=target.dtype)
        return mark_number(found) if target.weak else found
    return PYTHON[target.dtype.kind](leaf) if target.weak else Tensor(numpy.asarray(leaf, target.dtype))


def _in_place_of(absent: Any, wanted: Any) -> Callable[[Any], Any]:
    """Zeros like what is wanted, where there is nothing that matters."""
    leaves, structure = flatten(wanted)
    forms = [_form(leaf) for leaf in leaves]

    def zeros(value: Any) -> Any:
        if value is not absent:
            return value
        return unflatten(structure, [_cast(0, f) if f.weak else Tensor(numpy.zeros(f.shape, f.dtype)) for f in forms])

    return zeros
