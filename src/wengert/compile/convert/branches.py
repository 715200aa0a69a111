"""Branches that are recorded as one node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...control import cond
from ...core.node import next_sequence
from ...core.python.source import at_line
from ...core.python.trees import flatten
from ...core.state import compilation, state
from ...core.tensor import Tensor
from ..state.plain import MISSING, is_same
from .jumps import RESULT, RETURNED
from .variables import (
    SIDES,
    Again,
    Forms,
    UndecidedError,
    Variables,
    agreement,
    as_it_is,
    cast_to,
    fits,
    fresh,
    in_place_of,
    is_numeric,
    is_older,
    is_place,
    marked,
    places_of,
    repeated,
    restored,
    roots_of,
)


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
    places = places_of(variables, before[:results])

    def record(forms: Forms) -> None:
        sides: list[list[Any]] = []
        begin = next_sequence()

        def side(run: Callable[[], None]) -> list[Any]:
            with restored(variables):
                variables.put([fresh(value) for value in before])
                run()
                sides.append([forms.of(i, value) for i, value in enumerate(variables.get()[:results])])
                if len(sides) == 2:
                    _check_sides(variables.names[:results], *sides)
                    _check_places(variables.names[:results], before, sides, begin)
                kept = [compilation().joined.is_kept(sides[-1][i], before[i]) for i in places]
                return [*(as_it_is(value) if is_numeric(value) else None for value in sides[-1]), *kept]

        found = cond(test, lambda: side(body), lambda: side(orelse))
        joined = [_joined(*three) for three in zip(found[:results], *sides, strict=True)]
        if state.recorder is not None:
            for held, *leads in zip(joined, *sides, strict=True):
                _note_joined(held, leads, statement)
            for i, flag in zip(places, found[results:], strict=True):
                if not is_same(sides[0][i], sides[1][i]):
                    compilation().joined.keep(joined[i], before[i], flag)
        variables.put([*joined, *before[results:]])

    repeated(record)


def _note_joined(joined: Any, leads: Sequence[Any], statement: Any) -> None:
    """Note the tensors that a variable leads to, or is a view of, after one side: who writes to these writes to it."""
    sides = _leaves_of_sides(leads)
    if sides:
        for result, *ends in zip(flatten(joined)[0], *sides, strict=True):
            if type(result) is Tensor:
                compilation().joined.note(roots_of(ends).values(), result, statement)
                compilation().joined.note_layout(ends, result, statement)


def _leaves_of_sides(leads: Sequence[Any]) -> list[list[Any]]:
    """The leaves of what a variable holds after each side; none if they are no numbers, or the same."""
    return [] if is_same(*leads) or not is_numeric(leads[0]) else [flatten(value)[0] for value in leads]


def _check_places(names: Sequence[str], before: Sequence[Any], sides: Sequence[Sequence[Any]], begin: int) -> None:
    """See that attributes and items lead to tensors that have no other names after the call, whatever values decide.

    Raises:
        UndecidedError: one does.
    """
    if state.recorder is None:
        return
    places = [i for i, name in enumerate(names) if is_place(name)]
    leads = {i: _leaves_of_sides([side[i] for side in sides]) for i in places}
    roots = {i: [root for side in leads[i] for root in roots_of(side).values()] for i in places}
    for i in places:
        others = [root for j in places if j != i for root in roots[j]]
        own = flatten(before[i])[0] if leads[i] and is_numeric(before[i]) else []
        if any(root is one for root in roots[i] for one in others) or _outlives(own, leads[i], begin):
            raise UndecidedError(
                f"[jit] {names[i]} is bound to a tensor that has another name at times, as values decide, wanted "
                f"tensors that have one name each where values are not known; write {names[i]} = value.clone()"
                f"{at_line()}"
            )


def _outlives(own: Sequence[Any], sides: Sequence[Sequence[Any]], begin: int) -> bool:
    """Whether a variable leads, at times, to another tensor that is found outside, or from one with two names."""
    kept = set(map(id, own))
    others = roots_of(leaf for side in sides for leaf in side if id(leaf) not in kept).values()
    older = [root for root in others if is_older(root, begin)]
    return any(map(compilation().lasts, older)) or any(map(compilation().has_names, own))


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
                raise Again(i, in_place_of(given[i], wanted[i]))
        targets = agreement(name, one[i], other[i], SIDES)
        if not (fits(one[i], targets) and fits(other[i], targets)):
            raise Again(i, cast_to(targets))


def _returned(names: Sequence[str], held: Sequence[Any]) -> Any:
    """Whether a side has returned; ``None`` if it cannot, or if values decide."""
    found = held[names.index(RETURNED)] if RETURNED in names else None
    return found if isinstance(found, bool) else None


def _is_unused(name: str, value: Any, returned: bool | None) -> bool:
    """Whether it does not matter what a variable holds: no result yet, or nothing any more."""
    return (returned is False and name == RESULT and value is None) or (returned is True and value is MISSING)
