"""Alias analysis of views: which arguments, captured tensors and results share memory, and by which steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ...core.kin import View, root_of
from ...core.tensor import Tensor
from ...core.views import ITSELF, retied
from ..state.arrays import BeginsAgain
from ..state.places import Place
from .recorder import Captured


class Related(BeginsAgain):
    """A recording is abandoned: arguments at these positions are written to and overlap captured tensors."""

    def __init__(self, positions: frozenset[int]) -> None:
        super().__init__(positions)
        self.positions = positions


# -- arguments -------------------------------------------------------------------------------------


def siblings(arguments: Sequence[Any]) -> frozenset[int]:
    """The positions of arguments that are views and overlap other arguments."""
    tensors = {id(t): t for t in arguments if type(t) is Tensor}.values()
    count = Counter(id(root_of(t)) for t in tensors)
    return frozenset(i for i, t in enumerate(arguments) if _is_view(t) and count[id(t._kin.root)] > 1)


def relate(arguments: Sequence[Any], handles: Sequence[Tensor], positions: Iterable[int]) -> None:
    """Make the stand-ins of arguments at these positions views of the stand-in of their base.

    That is what stands for the root, where it is given too, or the root itself, which is state then.
    """
    given: dict[int, Tensor] = {id(argument): handle for argument, handle in zip(arguments, handles, strict=True)}
    for i in positions:
        argument = arguments[i]
        if _is_view(argument):
            kin: View = argument._kin
            retied(handles[i], given.setdefault(id(kin.root), kin.root), kin.steps)
        else:
            retied(handles[i], argument, [View(argument, None, ITSELF, {}, argument.shape, "")])


def written_relatives(arguments: Sequence[Any], written: Iterable[int], outside: Iterable[Tensor]) -> frozenset[int]:
    """The positions of arguments that are written to and overlap captured tensors."""
    roots = {id(root_of(t)) for t in outside}
    return frozenset(i for i in written if id(root_of(arguments[i])) in roots)


def _is_view(argument: Any) -> bool:
    return type(argument) is Tensor and type(argument._kin) is View


def aliases_of(leaves: Sequence[Any], handles: Mapping[int, Tensor]) -> tuple[Any, ...]:
    """The alias class of each tensor argument: the captured tensor that it is, or the first argument that is the same.

    With views that share elements with others goes, which these are, and by what steps.
    """
    first: dict[int, int] = {}
    tensors: list[Tensor] = []
    own: list[int] = []
    has_kin = False
    for leaf in leaves:
        if type(leaf) is Tensor:
            own.append(id(leaf) if id(leaf) in handles else first.setdefault(id(leaf), len(own)))
            tensors.append(leaf)
            if leaf._kin:
                has_kin = True
    return _with_kin(tuple(own), tensors, handles) if has_kin else tuple(own)


def _with_kin(own: tuple[int, ...], tensors: Sequence[Tensor], handles: Mapping[int, Tensor]) -> tuple[Any, ...]:
    """The alias classes, extended by which tensors a view overlaps."""
    outside = {id(root_of(t)) for t in handles.values()}
    roots = [id(root_of(t)) for t in tensors]
    related = [r in outside or roots.count(r) > 1 for r in roots]
    if not any(related):
        return own
    ways = [_way(t) if is_related else None for t, is_related in zip(tensors, related, strict=True)]
    return *own, *(r if r in outside else roots.index(r) for r in roots), *ways


def _way(t: Tensor) -> Any:
    """The steps to a view, as a hashable key."""
    return [(step.way, step.params) for step in t._kin.steps] if type(t._kin) is View else None


# -- results ---------------------------------------------------------------------------------------

Finder = Callable[[Sequence[Any], Sequence[Any]], Any]
"""A function that picks a tensor from the outputs and arguments of a call, or from outside."""


class Tie(NamedTuple):
    """A result that aliases another tensor.

    Attributes:
        output: which one.
        root: finds what it is a view of.
        steps: those from there to it.
    """

    output: int
    root: Finder
    steps: list[View]


def ties_of(outputs: Sequence[Tensor], arguments: Sequence[Tensor], captured: Sequence[Captured]) -> list[Tie]:
    """The outputs of a recording that are views of other outputs, of arguments, or of captured tensors.

    They are none any more after that, and so keep nothing alive.
    """
    numbers = {id(t): i for i, t in enumerate(outputs)}
    finders: dict[int, Finder] = {id(t): partial(_argument, i) for i, t in enumerate(arguments)}
    for c in captured:
        is_output = id(c.current) in numbers
        found = partial(_output, numbers[id(c.current)]) if is_output else partial(_outside, c.found)
        finders[id(c.place.tensor)] = found  # type: ignore[union-attr]
    finders |= {key: partial(_output, i) for key, i in numbers.items()}
    views = [(i, output._kin) for i, output in enumerate(outputs) if type(output._kin) is View]
    for i, _ in views:
        outputs[i]._kin = None
    found = [(i, kin, finders.get(id(kin.root))) for i, kin in views if _is_constant(kin)]
    return [Tie(i, root, [step.from_nowhere() for step in kin.steps]) for i, kin, root in found if root is not None]


def _output(number: int, outputs: Sequence[Any], leaves: Sequence[Any]) -> Any:
    return outputs[number]


def _argument(number: int, outputs: Sequence[Any], leaves: Sequence[Any]) -> Any:
    return leaves[number]


def _outside(place: Place, outputs: Sequence[Any], leaves: Sequence[Any]) -> Any:
    return place.read()


def _is_constant(kin: View) -> bool:
    """Whether all indices of the steps are constants."""
    indices = [step.params.get("index", ()) for step in kin.steps]
    return not any(type(entry) is Tensor for index in indices for entry in index)


def tie(ties: Sequence[Tie], outputs: Sequence[Any], leaves: Sequence[Any]) -> None:
    """Re-establish, among the outputs of a call, the aliases that they had when recorded."""
    for found in ties:
        root = found.root(outputs, leaves)
        if type(root) is Tensor:
            retied(outputs[found.output], root, found.steps)
