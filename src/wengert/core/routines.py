"""Routines in machine code for operations on raw arrays: the compiler offers them, and operations ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import ndarray

from .primitive import Primitive

ArrayRoutine = Callable[..., Any]

WORTH_A_ROUTINE = 1 << 14
"""Elements from which operations `by_size` ask for machine code: for fewer NumPy is quick enough."""

_OFFERED: dict[Primitive, Callable[[], ArrayRoutine | None]] = {}
_BY_SIZE: list[Callable[[Primitive], ArrayRoutine | None]] = []
_LOADED: dict[Primitive, ArrayRoutine | None] = {}


def offer(primitive: Primitive, load: Callable[[], ArrayRoutine | None]) -> None:
    """Offer a routine, which takes what `primitive.evaluate` takes; `load` gives it when it is first asked for."""
    _OFFERED[primitive] = load
    _LOADED.pop(primitive, None)


def offer_by_size(load: Callable[[Primitive], ArrayRoutine | None]) -> None:
    """Offer routines for all operations that are evaluated `by_size`.

    A routine takes what `primitive.evaluate` takes, and gives ``None`` for operands that it does not know.
    """
    _BY_SIZE[:] = [load]


def routine_of(primitive: Primitive) -> ArrayRoutine | None:
    """The routine of an operation; ``None`` if there is none."""
    if primitive not in _LOADED:
        _LOADED[primitive] = _OFFERED[primitive]() if primitive in _OFFERED else None
    return _LOADED[primitive]


def routine_by_size(primitive: Primitive, size: int) -> ArrayRoutine | None:
    """The routine of an operation that is evaluated by size, for so many elements; ``None`` if there is none."""
    if size < WORTH_A_ROUTINE:
        return None
    if primitive not in _LOADED:
        _LOADED[primitive] = next((load(primitive) for load in _BY_SIZE), None)
    return _LOADED[primitive]


def by_size(primitive: Primitive) -> Callable[..., Any]:
    """What evaluates an operation: machine code for arrays of many elements, where it is offered."""
    evaluate = primitive.evaluate

    def evaluate_by_size(*operands: Any, **params: Any) -> Any:
        for operand in operands:
            if type(operand) is ndarray and operand.size >= WORTH_A_ROUTINE:
                found = _by_routine(primitive, operands, params)
                return evaluate(*operands, **params) if found is None else found
        return evaluate(*operands, **params)

    return evaluate_by_size


def _by_routine(primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    routine = routine_by_size(primitive, WORTH_A_ROUTINE)
    return None if routine is None else routine(*operands, **params)
