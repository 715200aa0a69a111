"""Loops and branches, whose graphs come as functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...control.checkpoint_primitive import CHECKPOINT
from ...control.cond_primitive import COND
from ...control.loop_primitives import PULLBACK, SCAN, WHILE
from ...control.subgraphs import chosen, output_forms, parts
from ...core.primitive import Primitive
from ...ops.after import AFTER
from ...ops.printing import PRINT, Layout
from .imported import debug, jnp, lax

PerformedBody = Any
"""A graph as a function: ``body(*arrays)`` gives a list; its graph is ``body.graph``."""


def _scan(
    *operands: Any, body: PerformedBody, captured: int, carried: int, length: int, reverse: bool, memory: int | None
) -> tuple[Any, ...]:
    shared, carry, xs = parts(operands, captured, carried)

    def turn(carry: Any, slices: Any) -> tuple[Any, Any]:
        return _in_two(body(*shared, *carry, *slices), carried)

    carry, ys = lax.scan(turn, tuple(carry), tuple(xs), length=length, reverse=reverse)
    return (*carry, *ys)


def _in_two(values: Sequence[Any], count: int) -> tuple[Any, Any]:
    return tuple(values[:count]), tuple(values[count:])


def _while(
    *operands: Any, test: PerformedBody, body: PerformedBody, captured: int, memory: int | None
) -> tuple[Any, ...]:
    shared, carry = parts(operands, captured)
    goes_on = lambda state: test(*shared, *state[0])[0].astype(bool)
    turn = lambda state: (tuple(body(*shared, *state[0])), state[1] + 1)
    carry, turns = lax.while_loop(goes_on, turn, (tuple(carry), jnp.zeros((), numpy.int64)))
    return (*carry, turns)


def _cond(index: Any, *operands: Any, branches: Sequence[PerformedBody]) -> tuple[Any, ...]:
    side = jnp.clip(jnp.asarray(index).astype(numpy.int64), 0, len(branches) - 1).astype(numpy.int32)
    return tuple(lax.switch(side, [_as_tuple(branch) for branch in branches], *operands))


def _as_tuple(branch: PerformedBody) -> Callable[..., tuple[Any, ...]]:
    return lambda *operands: tuple(branch(*operands))


# -- back through a loop ---------------------------------------------------------------------------

KEPT = 256
"""So many states are kept on each level of a walk back through a loop whose number of turns is not known."""

LEVELS = 2
"""Of such a walk: KEPT^LEVELS turns are gone back through with each turn run three times."""


class _Back:
    """A walk back through a loop; what it carries is (sums, cotangents of the carry, stacks of cotangents)."""

    def __init__(self, turns: Any, operands: Sequence[Any], params: dict[str, Any]) -> None:
        body, captured, carried, moving = (params[name] for name in ("body", "captured", "carried", "moving"))
        self.turns = turns
        self.reverse = params["reverse"]
        self.carried = carried
        self.body, self.back = body, params["back"]
        shared, carry, rest = parts(operands, captured, carried)
        xs, rest = parts(rest, len(body.graph.inputs) - captured - carried)
        self.shared, self.start, self.xs = shared, tuple(carry), tuple(xs)
        cotangents, ys = parts(rest, sum(params["ends"][:carried]))
        self.cotangents, self.ys = tuple(cotangents), tuple(ys)
        self.counts = sum(moving[:captured]), sum(moving[captured : captured + carried])
        sums, _, slices = parts(output_forms(self.back.graph), *self.counts)
        self.sums = tuple(jnp.zeros(form.shape, form.dtype) for form in sums)
        lengths = [x.shape[0] for x in chosen(xs, moving[captured + carried :])]
        self.found = tuple(jnp.zeros((n, *f.shape), f.dtype) for n, f in zip(lengths, slices, strict=True))

    def next(self, carry: Any, slices: Sequence[Any]) -> Any:
        """The carry after a turn."""
        return tuple(self.body(*self.shared, *carry, *slices)[: self.carried])

    def turn(self, state: Any, carry: Any, slices: Any, ends: Any) -> tuple[Any, Any]:
        """The sums and cotangents before a turn, and what each slice gets."""
        sums, cotangents = state
        found = self.back(*self.shared, *carry, *slices, *cotangents, *ends)
        more, cotangents, of_slices = parts(found, *self.counts)
        return (tuple(a + b for a, b in zip(sums, more, strict=True)), tuple(cotangents)), tuple(of_slices)

    def over_stacks(self, length: int) -> tuple[Any, ...]:
        """All states kept: forward once, and back."""
        ahead = lambda carry, slices: (self.next(carry, slices), carry)
        _, carries = lax.scan(ahead, self.start, self.xs, length=length, reverse=self.reverse)
        back = lambda state, given: self.turn(state, *given)
        given = (carries, self.xs, self.ys)
        state, stacks = lax.scan(back, (self.sums, self.cotangents), given, length=length, reverse=not self.reverse)
        return (*state[0], *state[1], *stacks)

    def in_levels(self, kept: int) -> tuple[Any, ...]:
        """At most `kept` states kept on each level; between them turns are run again."""
        state = (self.sums, self.cotangents), self.found
        zero = jnp.zeros((), numpy.int64)
        (sums, cotangents), found = self._level(LEVELS, kept, self.start, zero, self.turns, state)
        return (*sums, *cotangents, *found)

    def _level(self, level: int, kept: int, carry: Any, first: Any, last: Any, state: Any) -> Any:
        """Back from turn `last` to turn `first`, with the carry before that."""
        if level == 0:
            return lax.fori_loop(0, last - first, lambda i, state: self._step(last - 1 - i, carry, first, state), state)
        stride = (last - first + kept - 1) // kept
        begin = lambda i: jnp.minimum(first + i * stride, last)
        _, carries = lax.scan(
            lambda carry, i: (self._advanced(carry, begin(i), begin(i + 1)), carry), carry, jnp.arange(kept)
        )

        def part(i: Any, state: Any) -> Any:
            place = kept - 1 - i
            kept_one = tuple(stack[place] for stack in carries)
            return self._level(level - 1, kept, kept_one, begin(place), begin(place + 1), state)

        return lax.fori_loop(0, kept, part, state)

    def _advanced(self, carry: Any, first: Any, last: Any) -> Any:
        return lax.fori_loop(first, last, lambda t, carry: self.next(carry, self._slices(t)), carry)

    def _slices(self, t: Any) -> list[Any]:
        return [x[self._place(t)] for x in self.xs]

    def _place(self, t: Any) -> Any:
        return self.turns - 1 - t if self.reverse else t

    def _step(self, t: Any, carry: Any, first: Any, state: Any) -> Any:
        place = self._place(t)
        ends = [y[place] for y in self.ys]
        inner, of_slices = self.turn(state[0], self._advanced(carry, first, t), self._slices(t), ends)
        found = tuple(stack.at[place].set(value) for stack, value in zip(state[1], of_slices, strict=True))
        return inner, found


def _pullback(turns: Any, *operands: Any, memory: int | None, length: int | None, **params: Any) -> tuple[Any, ...]:
    back = _Back(jnp.asarray(turns).astype(numpy.int64), operands, params)
    if length is not None and memory is None:
        return back.over_stacks(length)
    return back.in_levels(KEPT if memory is None else max(memory // LEVELS, 1))


# -- order -----------------------------------------------------------------------------------------


def _after(x: Any, event: Any) -> Any:
    return lax.optimization_barrier((x, event))[0]


def _print(count: Any, *values: Any, layout: Layout) -> tuple[Any, ...]:
    def show(*given: Any) -> None:
        print(layout.line([numpy.asarray(value) for value in given]), flush=True)

    debug.callback(show, *values, ordered=True)
    return (count + 1,)


CONTROL_FORMS: dict[Primitive, Callable[..., Any]] = {
    SCAN: _scan,
    WHILE: _while,
    COND: _cond,
    PULLBACK: _pullback,
    CHECKPOINT: lambda *operands, graph: tuple(graph(*operands)),
    AFTER: _after,
    PRINT: _print,
}
"""What runs graphs, or has an order."""
