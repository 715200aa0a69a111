"""Views: tensors that share the elements of another, their root.

A view knows its root and the steps (a basic index, another shape, ...) that lead from there to it; a root knows the
views that are alive, without keeping them alive. A write through a view is a write to the root, which undoes the steps,
the last one first; and after a write to the root the steps are done again for each of its views. So every handle has
the right value, and the right place in the list, whoever records; and reading takes no thought.

Where nobody records, root and views really share memory (see `wengert.numpy.inplace`), as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

import numpy

from .abstract import Abstract
from .recording import unfollowed
from .state import DEFINE_BY_RUN, enable_grad, state
from .tensor import Tensor

Params = dict[str, Any]


class Way(NamedTuple):
    """A kind of step to a view.

    Attributes:
        take: ``take(x, **params)`` gives the elements of the view; differentiable, and fit for raw arrays.
        place: ``place(x, value, **params)`` gives `x` with other elements there; ``None`` where the view shows elements
            more than once, so that it cannot be written to.
        join: ``join(shape, first, second)`` gives the params of one step for two in a row, the first from an array of
            that shape; ``None`` if there is none.
        is_whole: whether the view is all of `x` as it is, but for derivatives.
    """

    take: Callable[..., Any]
    place: Callable[..., Any] | None
    join: Callable[[tuple[int, ...], Params, Params], Params | None] | None = None
    is_whole: bool = False


class Step(NamedTuple):
    """A step of a way, from an array of a shape."""

    way: Way
    params: Params
    shape: tuple[int, ...]

    def take(self, x: Any) -> Any:
        """The elements that the step leads to."""
        return self.way.take(x, **self.params)

    def put(self, x: Any, value: Any) -> Any:
        """`x` with other elements there."""
        assert self.way.place is not None  # what is read-only is refused before
        return self.way.place(x, value, **self.params)


def whole(take: Callable[..., Any]) -> Way:
    """A way that changes nothing but what derivatives follow."""
    return Way(take, lambda x, value: value, lambda shape, first, second: first, is_whole=True)


OFF_THE_GRAPH = whole(unfollowed)
"""A view that was made under ``no_grad()`` of something that ``backward()`` follows."""


class View:
    """What makes a tensor a view.

    Attributes:
        root: the tensor whose elements it shares, itself no view.
        steps: what leads from the root to the view.
        reason: what made it read-only, with advice; empty if it may be written to.
    """

    __slots__ = ("reason", "root", "steps")

    def __init__(self, root: Tensor, steps: tuple[Step, ...], reason: str) -> None:
        self.root = root
        self.steps = steps
        self.reason = reason

    @property
    def places(self) -> list[Step]:
        """The steps that select or arrange elements."""
        return [step for step in self.steps if not step.way.is_whole]


class Views:
    """The views of a root that are alive; nobody else may be left who writes to them, so they are held weakly."""

    __slots__ = ("references",)

    def __init__(self) -> None:
        self.references: list[ReferenceType[Tensor]] = []

    def add(self, view: Tensor) -> None:
        if len(self.references) & (len(self.references) - 1) == 0:  # so often that the list stays short
            self.references = [reference for reference in self.references if reference() is not None]
        self.references.append(ref(view))

    def alive(self) -> list[Tensor]:
        """The views; those of recordings that are over are as good as dead."""
        if not self.references:
            return []
        found = [(reference, view) for reference in self.references if (view := reference()) is not None]
        self.references = [reference for reference, _ in found]
        return [view for _, view in found if not _has_ended(view)]


def _has_ended(x: Tensor) -> bool:
    """Whether a tensor belongs to a recording that is over."""
    value = x._value
    return type(value) is Abstract and value.recording is not None and not value.recording.is_open


def root_of(x: Tensor) -> Tensor:
    """The tensor whose elements a view shares; any other itself."""
    kin = x._kin
    return kin.root if type(kin) is View else x


def views_of(root: Tensor) -> list[Tensor]:
    """The views of a tensor that are alive."""
    kin = root._kin
    return [] if kin is None else kin.alive()


# -- making views ----------------------------------------------------------------------------------


def view(x: Tensor, way: Way, reason: str = "", **params: Any) -> Tensor:
    """What a way leads to, as a view of `x`."""
    return tied(way.take(x, **params), x, way, params, reason)


def tied(made: Tensor, x: Tensor, way: Way, params: Params, reason: str = "") -> Tensor:
    """Let a tensor that has just been taken from `x` be a view of it."""
    kin = x._kin
    if type(kin) is View:
        root, steps, reason = kin.root, kin.steps, kin.reason or reason
    else:
        root, steps = x, ()
    if x._node.watch & DEFINE_BY_RUN & ~state.on:
        steps = _joined(steps, Step(OFF_THE_GRAPH, {}, x._value.shape))
    made._kin = View(root, _joined(steps, Step(way, params, x._value.shape)), reason)
    if root._kin is None:
        root._kin = Views()
    root._kin.add(made)
    return made


def _joined(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """The steps with one more, which is joined with the last where they are of one kind."""
    if steps and steps[-1].way is step.way and step.way.join is not None:
        last = steps[-1]
        params = step.way.join(last.shape, last.params, step.params)
        if params is not None:
            return (*steps[:-1], Step(step.way, params, last.shape))
    return (*steps, step)


def gives_view(x: Tensor, f: Callable[[Any], Any]) -> bool:
    """Whether a function of NumPy that goes by rows gives a view of `x`; what is no view itself is laid out so."""
    kin = x._kin
    if type(kin) is not View:
        return True
    root = numpy.empty(kin.root._value.shape, numpy.bool_)
    given = root
    for step in kin.places:
        given = step.take(given)
    made = f(given)
    return made is root or made.base is root


# -- reading and writing ---------------------------------------------------------------------------


def reached(root: Tensor, steps: Sequence[Step]) -> Tensor:
    """What the steps lead to."""
    found = root
    for step in steps:
        found = step.take(found)
    return found


def followed(x: Tensor) -> Tensor:
    """A view with all derivatives of its elements, those included that steps hide; any other tensor itself."""
    kin = x._kin
    if type(kin) is not View or not any(step.way.is_whole for step in kin.steps):
        return x
    return reached(kin.root, kin.places)


def placed(kin: View, value: Any) -> tuple[Step | None, Any]:
    """The first step from the root (if there is one), and what it should lead to so that the view has this value."""
    steps = kin.places
    for i in reversed(range(1, len(steps))):
        value = steps[i].put(reached(kin.root, steps[:i]), value)
    return steps[0] if steps else None, value


def taken_again(one: Tensor) -> Tensor:
    """What a view is now that its root was written to."""
    kin = one._kin
    with enable_grad():  # a view that was made without says so by a step
        return reached(kin.root, kin.steps)
