"""Views: tensors that share the elements of another, their root.

A view knows its root and the steps (a basic index, another shape, ...) that lead from there to it (a `View`); a root
knows its views (a dict of weak references, which lose themselves). A write through a view is a write to the root, which
undoes the steps, the last one first; and after a write to the root the steps are done again for each of its views. So
every handle has the right value, and the right place in the list, whoever records; and reading takes no thought.

Where nobody records, root and views really share memory (see `wengert.numpy.methods.elements`), as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import ref

import numpy

from .kin import Params, View, Way, root_of
from .recording import current, unfollowed
from .state import DEFINE_BY_RUN, enable_grad, records, state
from .tensor import Tensor

new: Final = object.__new__


def whole(take: Callable[..., Any]) -> Way:
    """A way that changes nothing but what derivatives follow."""
    return Way(take, lambda x, value: value, lambda shape, first, second: first, is_whole=True)


ITSELF = whole(current)
"""Another handle on the same elements."""

OFF_THE_GRAPH = whole(unfollowed)
"""A view that was made under ``no_grad()`` of something that ``backward()`` follows."""


# -- making views ----------------------------------------------------------------------------------


def view(x: Tensor, way: Way, reason: str = "", **params: Any) -> Tensor:
    """What a way leads to, as a view of `x`."""
    return tied(way.take(x, **params), x, way, params, reason)


def tied(made: Tensor, x: Tensor, way: Way, params: Params, reason: str = "") -> Tensor:
    """Let a tensor that has just been taken from `x` be a view of it.

    Most views are of a root; it makes the step as ``View(...)`` would, without the detour through the class.
    """
    kin = x._kin
    watch = x._node.watch
    if type(kin) is View or (watch & DEFINE_BY_RUN and not records() & DEFINE_BY_RUN):
        return _tied_on(made, x, way, params, reason)
    step = new(View)
    step.root = x
    step.before = None
    step.way = way
    step.params = params
    step.shape = x._value.shape
    step.reason = reason
    made._kin = step
    if kin is None:
        kin = x._kin = {}
    kin[ref(made, kin.__delitem__)] = None
    return made


def _tied_on(made: Tensor, x: Tensor, way: Way, params: Params, reason: str) -> Tensor:
    """The same of a view, or of something that ``no_grad()`` hides."""
    kin = x._kin
    shape = x._value.shape
    if type(kin) is View:
        root, before, reason = kin.root, kin, kin.reason or reason
    else:
        root, before = x, None
    if x._node.watch & DEFINE_BY_RUN & ~records():
        before = View(root, before, OFF_THE_GRAPH, {}, shape, reason)
    if before is not None and before.way is way and way.join is not None:
        joint = way.join(before.shape, before.params, params)
        if joint is not None:
            params, shape, before = joint, before.shape, before.before
    return _be_view(made, View(root, before, way, params, shape, reason))


def _be_view(made: Tensor, kin: View) -> Tensor:
    made._kin = kin
    views = kin.root._kin
    if views is None:
        views = kin.root._kin = {}
    views[ref(made, views.__delitem__)] = None
    return made


def retied(made: Tensor, x: Tensor, steps: Sequence[View]) -> None:
    """Let a tensor be a view of `x` by steps that led elsewhere to one like it."""
    root = root_of(x)
    kin: View | None = x._kin if root is not x else None
    for step in steps:
        kin = View(root, kin, step.way, step.params, step.shape, step.reason)
    if kin is not None:
        _be_view(made, kin)


def gives_view(x: Tensor, f: Callable[[Any], Any]) -> bool:
    """Whether a function of NumPy that goes by rows gives a view of `x`; what is no view itself is laid out so."""
    if type(x._kin) is not View:
        return True
    if state.recorder is not None:
        state.recorder.joined.check_layout(root_of(x))
    return _shows(x, f)


def _shows(x: Tensor, f: Callable[[Any], Any]) -> bool:
    given = laid_out(x)
    made = f(given)
    root = given if given.base is None else given.base
    return made is root or made.base is root


def lies_by_rows(x: Tensor) -> bool:
    """Whether the elements of a tensor are in memory row by row, so that any other shape is a view of it."""
    return type(x._kin) is not View or _shows(x, numpy.ravel)


def laid_out(x: Tensor) -> Any:
    """An array with other elements that lies in memory as `x` does; what is no view itself lies by rows."""
    kin = x._kin
    given = numpy.empty(root_of(x)._value.shape, numpy.bool_)
    for step in kin.places if type(kin) is View else ():
        given = step.way.take(given, **_anywhere(step.params))
    return given


def _anywhere(params: Params) -> Params:
    """The parameters with 0 for each index that is a tensor: where it leads to does not matter."""
    index = params.get("index", ())
    if not any(type(entry) is Tensor for entry in index):
        return params
    return {**params, "index": tuple(0 if type(entry) is Tensor else entry for entry in index)}


# -- reading and writing ---------------------------------------------------------------------------


def reached(root: Tensor, steps: Sequence[View]) -> Tensor:
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


def placed(kin: View, value: Any) -> tuple[View | None, Any]:
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
