"""What a compilation in progress answers to those who run while it records: operations, writes, and Python."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .abstract import Recording
    from .node import Leaf, Node
    from .primitive import Primitive
    from .python.source import SourceLine
    from .tensor import Tensor


class StateCell(Protocol):
    """Something that a recorded function can write to: a tensor, a ``.grad``, or a name.

    Attributes:
        key: what tells it from others.
    """

    @property
    def key(self) -> tuple[Any, ...]: ...

    def get(self) -> Tensor | None:
        """What it holds."""
        ...


class WrittenCell(Protocol):
    """A cell that a part of a recorded function has written.

    Attributes:
        cell: which.
        after: what it held at the end of the part; ``None`` is nothing.
        is_older: whether it was there before the part began.
    """

    @property
    def cell(self) -> StateCell: ...
    @property
    def after(self) -> Tensor | None: ...
    @property
    def is_older(self) -> bool: ...


class PartWrites(Protocol):
    """What parts of a recorded function write: bodies of loops, and sides of branches."""

    def begin(self, part: Callable[[], Any]) -> None:
        """A part begins."""
        ...

    def end(self) -> Sequence[WrittenCell]:
        """What the part that began last has written, which is undone."""
        ...

    def put(self, cell: Any, tensor: Tensor) -> None:
        """Let a cell hold another tensor."""
        ...

    def before(self, tensor: Tensor) -> tuple[Any, Any] | None:
        """What a tensor held before the innermost part wrote to it; ``None`` if it did not."""
        ...


class FollowedNumbers(Protocol):
    """The numbers of Python that a compilation follows."""

    def element(self, tensor: Tensor, kind: type | None = None) -> Any:
        """The only element of a tensor, as a number that is followed; ``None`` if it cannot be."""
        ...

    def following(self, value: Any) -> Any:
        """What stands for a constant number, if it is one."""
        ...


class PossibleNames(Protocol):
    """The tensors that are, or are not, one and the same, as values decide."""

    def note(self, ends: Iterable[Tensor], result: Tensor, statement: Any) -> None:
        """Note that a result is one of some tensors, or of those that these may be, after a statement."""
        ...

    def note_row(self, row: Tensor, items: Tensor) -> None:
        """Note that a tensor of its own stands for a row of another, which is a view of it."""
        ...

    def source_of(self, root: Tensor) -> Tensor:
        """The tensor whose elements another shares: of what is a row, or may be, that which it is a row of."""
        ...

    def note_layout(self, ends: Iterable[Any], result: Tensor, statement: Any) -> None:
        """Note that a result lies in memory as one of some tensors does, after a statement."""
        ...

    def check_layout(self, root: Tensor) -> None:
        """Begin again where a view is asked how it lies in memory, and that of its root is not known."""
        ...

    def statement_of(self, tensor: Tensor) -> Any:
        """What decides whether a write to a tensor is one to another as well; ``None`` if nothing does."""
        ...

    def is_named(self, tensor: Tensor) -> bool:
        """Whether a name of the user's leads to a tensor or a view of it."""
        ...

    def keep(self, result: Tensor, before: Tensor, flag: Any) -> None:
        """Note that a result stands for the tensor that a place held before a statement where a flag is set."""
        ...

    def is_kept(self, tensor: Any, before: Tensor) -> Any:
        """Whether a place that held a tensor before still holds it, and not `tensor`: a flag, as values may decide."""
        ...


class Compilation(Protocol):
    """The compilation in progress in a thread.

    Attributes:
        bit: its watch.
        recording: its recording, to which its abstract values belong.
        consumed: results from which ``backward()`` went, so that they cannot be walked again.
        weak: what stands for Python numbers, whose dtype gives way to that of arrays.
        writes: what parts of the function write.
        numbers: the Python numbers that are followed.
        joined: the tensors that may be one and the same, as values decide.
        lines: where the user wrote what has been recorded.
        undecided: the statements of Python that are not recorded as one node.
    """

    bit: int
    recording: Recording
    consumed: set[Node]
    weak: set[Node]
    undecided: Container[Any]
    lines: dict[Node, SourceLine | None]

    @property
    def writes(self) -> PartWrites: ...
    @property
    def numbers(self) -> FollowedNumbers: ...
    @property
    def joined(self) -> PossibleNames: ...

    def admit(self, tensor: Tensor) -> Tensor:
        """The tensor that stands for an operand: itself, or what stands for the state or argument that it is."""
        ...

    def admit_all(self, primitive: Primitive, operands: Sequence[Any]) -> list[Any]:
        """What stands for the operands of an operation."""
        ...

    def admit_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters of an operation, with numbers for tensors in slices."""
        ...

    def as_tensor(self, tensor: Tensor) -> Tensor:
        """The tensor; one of its own for what stands for an array outside."""
        ...

    def constant(self, node: Node) -> Any:
        """The raw value of what the function has computed of tensors that it has made itself."""
        ...

    def decide(self, tensor: Tensor, op: str) -> Any:
        """The raw value of a tensor for Python, which decides by it; ``None`` if there is none."""
        ...

    def has_names(self, tensor: Any) -> bool:
        """Whether a tensor was found outside under more than one name."""
        ...

    def is_number(self, tensor: Tensor) -> bool:
        """Whether a tensor stands for a Python number, which cannot be written to."""
        ...

    def is_outside(self, tensor: Tensor) -> bool:
        """Whether a tensor with a value was there before the recording began."""
        ...

    def is_shared(self, tensor: Tensor) -> bool:
        """Whether a tensor is an argument, or state, which is found outside as well."""
        ...

    def lasts(self, tensor: Tensor) -> bool:
        """Whether a tensor is found outside as well, or was there before the recording began."""
        ...

    def reads_outside(self, node: Node, own: int = 0) -> bool:
        """Whether a result depends on state from outside, or on an argument that is not watched by `own`."""
        ...

    def read_gradient(self, leaf: Leaf) -> Tensor | None:
        """What ``.grad`` of a leaf holds at this point of the recording."""
        ...

    def refuse_outside(self, output: Tensor) -> None:
        """Refuse ``backward()`` from an output where a part of the gradients would belong outside."""
        ...

    def show(self, tensor: Tensor) -> None:
        """A tensor is about to become a text."""
        ...

    def write(self, tensor: Tensor, result: Tensor) -> None:
        """Note that the handle is about to hold the result."""
        ...

    def write_gradient(self, leaf: Leaf, gradient: Tensor | None) -> None:
        """Note that ``.grad`` of a leaf is about to hold something else."""
        ...
