"""The variables of a statement on their way through a branch or a loop: what they hold there, and what may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_of_numbers, result_type
from ...core.kin import root_of
from ...core.number import NUMBERS, among_arrays
from ...core.python.source import at_line
from ...core.python.trees import flatten, unflatten
from ...core.recording import current
from ...core.state import compilation, state
from ...core.tensor import Tensor
from ...ops.elementwise import astype
from ..state.plain import MISSING
from .jumps import RESULT

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


def places_of(variables: Variables, held: Sequence[Any]) -> list[int]:
    """The positions of attributes and items that hold a tensor, which others may hold as well."""
    if state.recorder is None:
        return []
    every = enumerate(zip(variables.names, held, strict=False))
    return [i for i, (name, value) in every if type(value) is Tensor and is_place(name)]


def is_place(name: str) -> bool:
    """Whether a name is that of an attribute or item, not of a variable."""
    return not name.isidentifier()


# -- values ----------------------------------------------------------------------------------------


def roots_of(leaves: Iterable[Any]) -> dict[int, Tensor]:
    """By identity, the tensors whose elements some leaves share."""
    roots = [root_of(leaf) for leaf in leaves if type(leaf) is Tensor]
    return {id(root): root for root in roots}


def is_older(leaf: Any, begin: int) -> bool:
    """Whether a tensor was there before a statement began (numbers of nodes descend)."""
    if type(leaf) is not Tensor or is_weak(leaf):
        return False
    value, node = compilation().writes.before(leaf) or (leaf._value, leaf._node)
    return node.sequence > begin if type(value) is Abstract else compilation().lasts(leaf)


def is_numeric(value: Any) -> bool:
    """Whether a value is a number, an array, or a nesting of them."""
    if value is MISSING:
        return False
    return all(_is_number_or_array(leaf) for leaf in flatten(value)[0])


def _is_number_or_array(leaf: Any) -> bool:
    if isinstance(leaf, (Tensor, numpy.ndarray, numpy.generic)):
        return is_of_numbers(leaf.dtype)
    return isinstance(leaf, (bool, int, float, complex))


def fresh(value: Any) -> Any:
    """A value in lists and dicts of its own, which a side may change; where nobody notes writes, in tensors as well."""
    if not is_numeric(value):
        return value
    leaves, structure = flatten(value)
    return unflatten(structure, leaves if state.recorder is not None else list(map(_alias, leaves)))


def as_it_is(value: Any) -> Any:
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


def agreement(name: str, one: Any, other: Any, places: Places) -> list[LeafForm]:
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
    dtype = one.dtype if one.dtype == other.dtype else result_type(*dtypes)
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


def fits(value: Any, targets: Sequence[LeafForm]) -> bool:
    every = zip(map(_form, flatten(value)[0]), targets, strict=True)
    return all(form.dtype == target.dtype and form.weak <= target.weak for form, target in every)


def cast_to(targets: Sequence[LeafForm]) -> Callable[[Any], Any]:
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


def in_place_of(absent: Any, wanted: Any) -> Callable[[Any], Any]:
    """Zeros like what is wanted, where there is nothing that matters."""
    leaves, structure = flatten(wanted)
    forms = [_form(leaf) for leaf in leaves]

    def zeros(value: Any) -> Any:
        if value is not absent:
            return value
        return unflatten(structure, [_cast(0, f) if f.weak else Tensor(numpy.zeros(f.shape, f.dtype)) for f in forms])

    return zeros
