"""State that Python reads before a call by a door, and writes after it, in two functions that are written out for it.

Machine code finds tensors and gradients that stay where they are. Names that lead to another tensor at each call,
numbers, which are Python's, and what can only be compared by Python are read here, and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...core.tensor import Tensor
from ..interpreter.layouts import WORD
from ..record.recorded import Rebinding, Results
from ..state.nesting import NestForm
from ..state.numbers import ERRORS
from ..state.places import BindingPlace, ItemPlace, Place
from ..state.written_out import WrittenOut
from .tables import PythonWords
from .word_table import WordTable

if TYPE_CHECKING:
    from ..programs.program import Program


class PythonState(WordTable):
    """What Python does around a call: a function that reads, one that writes, and slots for what is read.

    Attributes:
        numbers: the addresses of the slots of all numbers.
        inputs: those of the numbers that are inputs of the program, with their types.
        tensors: those of tensors, by the identity of their places.
    """

    __slots__ = ("inputs", "numbers", "tensors")

    def __init__(self, program: Program, places: Sequence[Place], rest: Sequence[Any]) -> None:
        """For a program that reads tensors in these places, and the rest of the facts."""
        super().__init__(len(PythonWords))
        numbers = program.numbers
        count, inputs = (len(numbers.start), zip(numbers.inputs, numbers.types, strict=True)) if numbers else (0, ())
        first = self._row([0] * (count + len(places)))
        words = [first + WORD * i for i in range(count + len(places))]
        self.numbers = words[:count]
        self.inputs = [(words[i], kind) for i, kind in inputs]
        self.tensors = dict(zip(map(id, places), words[count:], strict=True))
        self.table[PythonWords.SLOTS], self.table[PythonWords.SLOT] = len(words), first
        is_told = bool(program.recording.bound or program.recording.stored)
        if words or rest or is_told:
            self.table[PythonWords.READ] = self._keep(_reading(program, places, rest))
        if is_told:
            self.table[PythonWords.WRITE] = self._keep(_writing(program))

    @property
    def is_told(self) -> bool:
        """Whether Python writes anything."""
        return bool(self.table[PythonWords.WRITE])

    def tell(self, outputs: int) -> None:
        """Give the address of the word of the tuple of all tensors that the program makes."""
        self.table[PythonWords.OUTPUTS] = outputs


def _reading(program: Program, places: Sequence[Place], rest: Sequence[Any]) -> Callable[[], tuple[Any, ...] | None]:
    """The function that gives all numbers, and the tensors in places; ``None`` if a call misses the program."""
    written = WrittenOut()
    written.objects["Tensor"] = Tensor
    leaves = {way: name for fact in rest for way, name in _ask(written, fact).items()}
    for i, place in enumerate(places):
        how = _found(written, place, leaves)
        written.lines += [f"t{i} = {how}", f"if type(t{i}) is not Tensor: return None"]
    tensors = "".join(f"t{i}, " for i in range(len(places)))
    numbers = "" if program.numbers is None else program.numbers.compute(written)
    return written.function("", f"({numbers}{tensors})", ERRORS)


def _ask(written: WrittenOut, fact: Any) -> dict[Any, str]:
    """Have it asked whether a fact holds; the names of the leaves of a nesting, by its place and the ways to them."""
    before = list(written.lines)
    try:
        if isinstance(fact, NestForm):
            return {(fact.binding.place, way): name for way, name in fact.write_out(written).items()}
    except LookupError:
        written.lines = before
    written.lines.append(f"if not {written.name(fact.is_found)}(): return None")
    return {}


def _found(written: WrittenOut, place: Place, leaves: Mapping[Any, str]) -> str:
    """The expression for the tensor in a place."""
    if isinstance(place, BindingPlace):
        return written.reading(place.binding)
    name = leaves.get((place.binding.place, place.accessor)) if isinstance(place, ItemPlace) else None
    return name or f"{written.name(place.read)}()"


def _writing(program: Program) -> Callable[[tuple[Tensor, ...], tuple[Any, ...]], None]:
    """The function of all outputs, and of what was read, that binds names."""
    written, bound = WrittenOut(), program.recording.bound
    written.lines = [f"v{i} = {_value(written, rebinding.results)}" for i, rebinding in enumerate(bound)]
    written.lines += [_bind(written, rebinding, f"v{i}") for i, rebinding in enumerate(bound)]
    for binding, value in program.recording.stored:
        written.bind(binding, value)
    return written.function("outputs, found", "None")


def _value(written: WrittenOut, results: Results) -> str:
    """The expression for what a name is bound to."""
    if results.structure is None and results.steps:
        return f"found[{results.steps[0]}]"
    if results.structure is None and results.numbers[0] is not None and not results.types:
        return f"outputs[{results.numbers[0]}]"
    return f"{written.name(results.rebuilt)}(outputs, found)"


def _bind(written: WrittenOut, rebinding: Rebinding, value: str) -> str:
    """The statement that binds a name, if it does not stay as it is."""
    statement = written.binding(rebinding.binding, value)
    return statement if rebinding.kept is None else f"if not outputs[{rebinding.kept}]._value: {statement}"
