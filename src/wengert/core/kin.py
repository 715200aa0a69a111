"""What a tensor shares its elements with: a view has a `View`, a root a dict of weak references to its views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .abstract import Abstract
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


class View:
    """A step to a view, and what leads to where it begins.

    Attributes:
        root: the tensor whose elements the view shares, itself no view (``None`` of a step alone).
        before: the steps from the root to where this one begins.
        way: the kind of the step, and `params` its parameters.
        shape: that of what the step is taken from.
        reason: what made the view read-only, with advice; empty if it may be written to.
    """

    __slots__ = ("before", "params", "reason", "root", "shape", "way")

    def __init__(
        self, root: Any, before: View | None, way: Way, params: Params, shape: tuple[int, ...], reason: str
    ) -> None:
        self.root: Any = root
        self.before: View | None = before
        self.way: Way = way
        self.params: Params = params
        self.shape: tuple[int, ...] = shape
        self.reason: str = reason

    def take(self, x: Any) -> Any:
        """The elements that the step leads to from `x`."""
        return self.way.take(x, **self.params)

    def put(self, x: Any, value: Any) -> Any:
        """`x` with other elements there."""
        assert self.way.place is not None  # what is read-only is refused before
        return self.way.place(x, value, **self.params)

    def from_nowhere(self) -> View:
        """The step alone, which keeps no tensor alive."""
        return View(None, None, self.way, self.params, self.shape, self.reason)

    @property
    def steps(self) -> list[View]:
        """All steps from the root."""
        found: list[View] = []
        step: View | None = self
        while step is not None:
            found.append(step)
            step = step.before
        return found[::-1]

    @property
    def places(self) -> list[View]:
        """The steps that select or arrange elements."""
        return [step for step in self.steps if not step.way.is_whole]


class Lent(dict[Any, None]):
    """The views of a root whose memory is the caller's."""

    __slots__ = ()


def root_of(x: Tensor) -> Tensor:
    """The tensor whose elements a view shares; any other itself."""
    kin = x._kin
    return kin.root if type(kin) is View else x


def views_of(root: Tensor) -> list[Tensor]:
    """The views of a tensor that are alive, in the order in which they were made."""
    kin = root._kin
    if not kin:
        return []
    found = [reference() for reference in list(kin)]
    return [one for one in found if one is not None and not _has_ended(one)]


def _has_ended(x: Tensor) -> bool:
    """Whether a tensor belongs to a recording that is over."""
    value = x._value
    return type(value) is Abstract and value.recording is not None and not value.recording.is_open
