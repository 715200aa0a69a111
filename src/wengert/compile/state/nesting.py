"""What a name is bound to and may be replaced as a whole: a tensor, or a nesting of tensors and plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...core.number import Number
from ...core.python.trees import accessors, containers, flatten, unflatten
from ...core.tensor import Tensor
from .bindings import Binding
from .places import BindingPlace, ItemPlace, Place
from .plain import is_plain, is_same
from .written_out import WrittenOut

STATE = frozenset({Tensor, Number})
"""Types of what a recording follows."""


def leaves_of(value: Any) -> tuple[list[Any], Any]:
    """The leaves of a nesting, and its structure; one tensor or number has the structure ``None``."""
    return ([value], None) if type(value) in STATE else flatten(value)


def taken_apart(value: Any) -> tuple[list[Any], Any]:
    """The same of a nesting of tensors and plain values; there are no leaves if there is no tensor in it."""
    leaves, structure = leaves_of(value)
    kinds = [type(leaf) in STATE or is_plain(leaf) for leaf in leaves]
    return (leaves, structure) if all(kinds) and any(type(leaf) in STATE for leaf in leaves) else ([], structure)


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors of a nesting of tensors and plain values."""
    return [leaf for leaf in taken_apart(value)[0] if type(leaf) is Tensor]


def numbers_in(value: Any) -> list[Number]:
    """The numbers of a nesting that a recording follows."""
    return [leaf for leaf in taken_apart(value)[0] if type(leaf) is Number]


def as_recorded(value: Any) -> Any:
    """A nesting with the numbers that it holds while it is recorded, instead of what stands for them."""
    leaves, structure = flatten(value)
    return unflatten(structure, [leaf.value if type(leaf) is Number else leaf for leaf in leaves])


def places_in(binding: Binding) -> list[tuple[Tensor, Place]]:
    """The tensors that a name leads to, and where each is found from now on."""
    leaves, structure = taken_apart(binding.value)
    if structure is None:
        return [(leaf, BindingPlace(binding)) for leaf in leaves if type(leaf) is Tensor]
    pairs = zip(leaves, accessors(structure), strict=True) if leaves else ()
    return [(leaf, ItemPlace(binding, accessor)) for leaf, accessor in pairs if type(leaf) is Tensor]


def insides(values: Iterable[Any]) -> set[int]:
    """The identities of the containers that nestings of tensors consist of."""
    nests = [value for value in values if type(value) is not Tensor and tensors_in(value)]
    return {id(container) for nest in nests for container in containers(nest)}


class InnerBinding(Binding):
    """An item or attribute within a nesting that a name leads to, which may be another nesting at each call.

    Attributes:
        outer: the name.
        way: what finds the owner in the nesting.
        is_attribute: whether it is an attribute of the owner, in its dict, not an item or a slot.
    """

    __slots__ = ("is_attribute", "outer", "way")

    def __init__(self, inner: Binding, outer: Binding, way: Callable[[Any], Any]) -> None:
        self.key: Any = inner.key
        self.name: str = inner.name
        self.value: Any = inner.value
        self.outer: Binding = outer
        self.way: Callable[[Any], Any] = way
        self.is_attribute: bool = inner.holder is not inner.owner

    @property
    def owner(self) -> Any:  # type: ignore[override]
        """What has the name now."""
        return self.way(self.outer.read())

    @property
    def holder(self) -> Any:  # type: ignore[override]
        """What holds it now."""
        return vars(self.owner) if self.is_attribute else self.owner


def followed_binding(binding: Binding, changing: Iterable[Binding]) -> Binding:
    """A name that is bound at each call, found anew if it is within what other names lead to that are changing."""
    for outer in changing:
        leaves, structure = taken_apart(outer.value)
        for accessor in accessors(structure) if leaves and structure is not None else ():
            for length in range(len(accessor)):
                way = accessor[:length]
                if way(outer.value) is binding.owner and outer is not binding:
                    return InnerBinding(binding, outer, way)
    return binding


class NestForm:
    """What must be found again under a name whose tensors are replaced: everything but the tensors themselves.

    Attributes:
        binding: the name.
        structure: how the leaves are nested.
        fixed: by position, the leaves that are no tensors, and the tensors that are not replaced.
        firsts: for each leaf where it is found first (one tensor may be there twice).
    """

    def __init__(self, binding: Binding, fixed: Sequence[Tensor]) -> None:
        self.binding = binding
        leaves, self.structure = flatten(binding.value)
        kept = {id(tensor) for tensor in fixed}
        self.fixed: dict[int, Any | Tensor] = {
            i: leaf for i, leaf in enumerate(leaves) if type(leaf) is not Tensor or id(leaf) in kept
        }
        self.firsts: list[int] = _firsts(leaves)

    def is_found(self) -> bool:
        """Whether the name leads to the like."""
        leaves, structure = flatten(self.binding.read())
        if structure != self.structure or _firsts(leaves) != self.firsts:
            return False
        found = zip(range(len(leaves)), leaves, strict=True)
        return all(is_same(leaf, self.fixed[i]) if i in self.fixed else type(leaf) is Tensor for i, leaf in found)

    def write_out(self, written: WrittenOut) -> dict[Any, str]:
        """Have that asked by code; the names that its leaves have there, by the way to each.

        Raises:
            LookupError: it cannot be.
        """
        tensors = [i for i, leaf in enumerate(self.firsts) if i not in self.fixed or type(self.fixed[i]) is Tensor]
        if type(self.binding) is not Binding or self.firsts != list(range(len(self.firsts))):
            raise LookupError
        names = written.leaves(written.reading(self.binding), self.structure)
        written.objects |= {"is_same": is_same, "Tensor": Tensor}
        for i, name in enumerate(names):
            fixed = f"is_same({name}, {written.name(self.fixed[i])})" if i in self.fixed else f"type({name}) is Tensor"
            written.lines.append(f"if not {fixed}: return None")
        different = ", ".join(f"id({names[i]})" for i in tensors)
        written.lines.append(f"if len({{{different}}}) != {len(tensors)}: return None")
        return dict(zip(accessors(self.structure), names, strict=True))


def _firsts(leaves: Sequence[Any]) -> list[int]:
    first: dict[int, int] = {}
    return [first.setdefault(id(leaf), i) if type(leaf) is Tensor else i for i, leaf in enumerate(leaves)]
