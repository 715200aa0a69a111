"""Loops that are recorded as one node: `scan`, `fori_loop`, `while_loop`, `map`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.dtypes.kinds import is_of_numbers
from ..core.lending import as_lent
from ..core.python.source import at_line
from ..core.python.trees import unflatten
from ..core.state import state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.elementwise import add, not_equal
from ..ops.join import stack
from ..ops.operands import is_number
from ..transforms.asked import check_function
from ..transforms.closures import Subgraph, subgraph, united, with_inputs
from ..transforms.recorded import as_tensor
from . import loop_primitives
from .bodies import turns
from .invariant_carry import Fixed
from .structures import (
    Tree,
    fitted,
    handle,
    is_recorded,
    tree,
)
from .subgraphs import (
    parts,
    without_axis,
)
from .written_state import CarriedState, recorded_with_state


@teaches_keywords
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    memory: int | None = None,
) -> tuple[Any, Any]:
    """Carry a value through the turns of a loop, and stack a result of each.

    It is ``for x in xs: carry, y = f(carry, x)``. In a compiled function it is one native loop.

    Args:
        f: from the carry and a slice of `xs` to the next carry and a result ``y`` (``None`` for none).
        init: the first carry: numbers and arrays, nested as you like. Structure, shapes and dtypes stay as they are.
        xs: arrays with a first axis over the turns, nested as you like; ``None`` if there are none.
        length: the number of turns, where `xs` does not say.
        reverse: begin with the last slice; the results stay in the places of their slices.
        memory: keep at most so many carries for the backward walk, and compute the others again in the optimal order
            (see `wengert.control.revolve`). The body is then recorded once, so that it cannot ask for values.

    Returns:
        The last carry, and the results, stacked along a new first axis.

    Raises:
        TypeError: the carry changes its structure, shape or dtype.
        ValueError: the lengths disagree, or there is none.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.scan(lambda total, x: (total + x, total * x), 0.0, np.array([1.0, 2.0, 3.0]))
    (tensor(6.), tensor([0., 2., 9.]))
    """
    check_function(f, "scan")
    carry, slices = tree(init, "scan", "init"), tree(xs, "scan", "xs")
    count = _length(slices, length)
    _check_memory(memory, "scan")

    def turn(leaves: Sequence[Any], x: Sequence[Any]) -> tuple[Any, Any]:
        return _pair(f(carry.whole(leaves), slices.whole(x)))

    if is_recorded() or _is_kept_short(memory):
        return _recorded(turn, carry, slices, count, reverse, memory, "scan")
    if count == 0:
        return carry.whole(carry.handles), _nothing(turn, carry, slices)
    return _plain(turn, carry, slices, turns(count, reverse))


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Apply a function to each slice along the first axis, one after the other, and stack the results.

    Where `vmap` computes all examples at once, this takes the memory of one, and each may take its own branch.
    Compiled, all threads do slices, each in memory of its own.

    Args:
        f: a function of a slice.
        xs: arrays with a common first axis, nested as you like.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.map(lambda x: wg.cond(x > 0, np.sqrt, np.abs, x), np.array([4.0, -3.0]))
    tensor([2., 3.])
    """
    check_function(f, "map")
    return scan(lambda nothing, x: (None, f(x)), None, xs)[1]


@teaches_keywords
def fori_loop(lower: Any, upper: Any, body: Callable[[Any, Any], Any], init: Any, memory: int | None = None) -> Any:
    """Carry a value through the turns ``for i in range(lower, upper): carry = body(i, carry)``.

    Args:
        lower: the first number, an integer.
        upper: the number after the last, an integer.
        body: a function of the number and the carry that returns the next carry.
        init: the first carry: numbers and arrays, nested as you like. Structure, shapes and dtypes stay as they are.
        memory: as for `scan`.

    Raises:
        TypeError: a bound is no integer, or the carry changes its structure, shape or dtype.

    >>> import wengert as wg
    >>> wg.grad(lambda x: wg.fori_loop(0, 3, lambda i, y: y * x, 1.0))(2.0)
    tensor(12.)
    """
    first, last = _bound(lower, "lower"), _bound(upper, "upper")
    check_function(body, "fori_loop", "body")
    if type(first) is int and type(last) is int:
        return _counted_loop(first, last, body, init, memory)
    carry = (as_lent(first), init)
    return while_loop(lambda c: c[0] < last, lambda c: (c[0] + 1, body(*c)), carry, memory)[1]


def _counted_loop(first: int, last: int, body: Callable[[Any, Any], Any], init: Any, memory: int | None) -> Any:
    carry = tree(init, "fori_loop", "init")
    _check_memory(memory, "fori_loop")
    count = max(last - first, 0)
    if not is_recorded() and not _is_kept_short(memory):
        leaves = carry.handles
        for i in range(first, first + count):
            leaves = fitted(body(i, carry.whole(leaves)), carry, "fori_loop", "the carry that the body returned")
        return carry.whole(leaves)

    def turn(leaves: Sequence[Any], x: Sequence[Any]) -> tuple[Any, Any]:
        i, *rest = leaves
        _make_weak(i)
        after = fitted(body(i, carry.whole(rest)), carry, "fori_loop", "the carry that the body returned")
        return [add(i, numpy.int64(1)), *after], None

    counter = Tensor(numpy.asarray(first, numpy.int64))
    everything = tree([counter, *carry.leaves], "fori_loop", "init")
    after, _ = _recorded(turn, everything, tree(None, "fori_loop", "xs"), count, False, memory, "fori_loop")
    return carry.whole(after[1:])


@teaches_keywords
def while_loop(test: Callable[[Any], Any], body: Callable[[Any], Any], init: Any, memory: int | None = None) -> Any:
    """Carry a value through the turns ``while test(carry): carry = body(carry)``.

    It differentiates in both modes, also compiled: the pullback runs the loop again, and keeps the carry of each turn
    (or of at most `memory` of them). Under `vmap` each example makes its own turns; compiled, threads share the
    examples, and small ones are done side by side in vectors.

    Args:
        test: a function of the carry that returns a scalar, true to go on.
        body: a function of the carry that returns the next carry.
        init: the first carry: numbers and arrays, nested as you like. Structure, shapes and dtypes stay as they are.
        memory: as for `scan`.

    Raises:
        TypeError: the test returns no scalar, or the carry changes its structure, shape or dtype.

    >>> import wengert as wg, wengert.numpy as np
    >>> def root(a):
    ...     return wg.while_loop(lambda x: np.abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a)
    >>> wg.value_and_grad(root)(4.0)
    (tensor(2.), tensor(0.25))
    """
    check_function(test, "while_loop", "test")
    check_function(body, "while_loop", "body")
    carry = tree(init, "while_loop", "init")
    _check_memory(memory, "while_loop")
    returned = "the carry that the body returned"
    if is_recorded(*carry.leaves) or state.recordings or _is_kept_short(memory):
        return _recorded_while(test, lambda c: fitted(body(c), carry, "while_loop", returned), carry, memory)
    leaves = carry.handles
    while bool(_truth(test(carry.whole(leaves)))):
        leaves = fitted(body(carry.whole(leaves)), carry, "while_loop", returned)
    return carry.whole(leaves)


def _recorded_while(
    test: Callable[[Any], Any], body: Callable[[Any], list[Tensor]], carry: Tree, memory: int | None
) -> Any:
    count = len(carry.leaves)

    def record(carried: CarriedState) -> Subgraph:
        def turn(*leaves: Any) -> list[Any]:
            carried.put(leaves[count:])
            return [*body(carry.whole(leaves[:count])), *carried.held()]

        return subgraph("while_loop", turn, [*carry.forms, *carried.forms])

    def record_test(_: CarriedState) -> Subgraph:
        def goes_on(*leaves: Any) -> list[Any]:
            carried.put(leaves[count:])
            return [_truth(test(carry.whole(leaves[:count])))]

        return subgraph("while_loop", goes_on, [*carry.forms, *carried.forms])

    whole, carried = recorded_with_state("while_loop", record)
    if carried.cells and state.batches:
        raise RuntimeError(
            "[while_loop] the body writes to a tensor outside (x += 1, or draws by a generator, whose key moves on) "
            "within vmap, where each example may have turns of its own and there is one such tensor for all; wanted it "
            "among what the loop carries; write key, own = wg.random.split(key) and wg.random.normal(key=own) for draws"
            f"{at_line()}"
        )
    whole_test, _ = recorded_with_state("while_loop", record_test)
    fixed = Fixed(whole, [*carry.leaves, *carried.first], turns=False)
    turn = fixed.captured_by("while_loop", whole)
    goes_on = fixed.captured_by("while_loop", whole_test, is_body=False)
    captured = united([goes_on, turn])
    found = loop_primitives.while_loop(
        *captured,
        *fixed.first,
        test=with_inputs(goes_on, captured),
        body=with_inputs(turn, captured),
        captured=len(captured),
        memory=memory,
    )
    own, held = parts(fixed.after(found[:-1]), count)
    carried.put(held)
    return carry.whole(own)


def _is_kept_short(memory: int | None) -> bool:
    """Whether a loop is recorded for the sake of its memory, where nobody follows its operations."""
    return memory is not None and not state.followers


def _truth(value: Any) -> Tensor:
    """What a test returned, as a truth value."""
    tensor = as_tensor(value)
    if tensor.shape != () or not is_of_numbers(tensor.dtype):
        raise TypeError(
            f"[while_loop] the test returned {tensor.dtype} of shape {tensor.shape}, wanted a scalar, true to go on; "
            f"write np.all(...) or np.any(...) around it{at_line()}"
        )
    return tensor if tensor.dtype.kind == "b" else not_equal(tensor, 0)


# -- counted loops ---------------------------------------------------------------------------------


TurnBody = Callable[[Sequence[Any], Sequence[Any]], tuple[Any, Any]]
"""From the leaves of the carry and of the slices to the next carry and a result, nested as the user has them."""


def _plain(turn: TurnBody, carry: Tree, slices: Tree, order: range) -> tuple[Any, Any]:
    """The loop as plain Python."""
    leaves = carry.handles
    first: Tree | None = None
    rows: list[list[Tensor]] = [[] for _ in order]
    for t in order:
        after, result = turn(leaves, [handle(x[t]) for x in slices.leaves])
        leaves = fitted(after, carry, "scan", "the carry that the function returned")
        if first is None:
            first = tree(result, "scan", "the result")
        rows[t] = fitted(result, first, "scan", "the result")
    assert first is not None
    return carry.whole(leaves), first.whole([stack(*column, axis=0) for column in zip(*rows, strict=True)])


def _nothing(turn: TurnBody, carry: Tree, slices: Tree) -> Any:
    """The results of no turns: empty stacks, of the form that a turn would give."""
    return _recorded(turn, carry, slices, 0, False, None, "scan")[1]


def _recorded(
    turn: TurnBody, carry: Tree, slices: Tree, count: int, reverse: bool, memory: int | None, op: str
) -> tuple[Any, Any]:
    """The loop as one node."""
    structures: list[Any] = []
    first = len(carry.leaves)

    def record(carried: CarriedState) -> Subgraph:
        def body(*leaves: Any) -> list[Any]:
            own, held, xs = parts(leaves, first, len(carried.cells))
            carried.put(held)
            after, result = turn(own, xs)
            rest = tree(result, op, "the result")
            structures.append(rest.structure)
            kept = fitted(after, carry, op, "the carry that the function returned")
            return [*kept, *carried.held(), *rest.leaves]

        return subgraph(op, body, [*carry.forms, *carried.forms, *(without_axis(form) for form in slices.forms)])

    whole, carried = recorded_with_state(op, record)
    fixed = Fixed(whole, [*carry.leaves, *carried.first], turns=count > 0)
    recorded = fixed.captured_by(op, whole)
    found = loop_primitives.scan(
        *recorded.captured,
        *fixed.first,
        *slices.leaves,
        body=with_inputs(recorded, recorded.captured),
        captured=len(recorded.captured),
        carried=len(fixed.first),
        length=count,
        reverse=reverse,
        memory=memory,
    )
    ends, stacks = parts(found, len(fixed.first))
    own, held = parts(fixed.after(ends), first)
    carried.put(held)
    return carry.whole(own), unflatten(structures[-1], stacks)


def _make_weak(i: Tensor) -> None:
    """Let the number of a turn take on the dtype of what it meets, as the Python number that it is elsewhere."""
    if state.recorder is not None:
        state.recorder.weak.add(i._node)


def _pair(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"[scan] the function returned a {type(result).__name__}, wanted a pair of the next carry and a result; "
            f"write `return carry, None` where there is no result{at_line()}"
        )
    return result


def _length(slices: Tree, length: int | None) -> int:
    """The number of turns.

    Raises:
        ValueError: there is none, or more than one.
    """
    for form in slices.forms:
        if form.shape == ():
            raise ValueError(
                "[scan] xs has a scalar in it, wanted arrays with a first axis over the turns; write np.array([...]) "
                f"for a list of numbers, or let the function read the scalar from outside{at_line()}"
            )
    lengths = {form.shape[0] for form in slices.forms} | ({length} if length is not None else set())
    if len(lengths) != 1:
        given = ", ".join(str(n) for n in sorted(lengths)) or "none"
        raise ValueError(
            f"[scan] the number of turns is given by the first axes of xs and by length: {given}, wanted one number; "
            f"pass length= where there are no xs, and arrays of one length otherwise{at_line()}"
        )
    return lengths.pop()


def _bound(value: Any, name: str) -> Any:
    """A bound of a loop: a Python integer where its value is known, otherwise a tensor.

    Raises:
        TypeError: it is no integer.
    """
    if type(value) is int:
        return value
    if callable(value) or not (type(value) is Tensor or is_number(value)):
        raise TypeError(
            f"[fori_loop] {name} is a {type(value).__name__}, wanted an integer; write "
            f"fori_loop(lower, upper, body, init) in this order{at_line()}"
        )
    tensor = as_tensor(value)
    if tensor.dtype.kind not in "iu" or tensor.shape != ():
        raise TypeError(
            f"[fori_loop] {name} is {tensor.dtype} of shape {tensor.shape}, wanted an integer; write int(...), or "
            f"x.astype(int) for a tensor{at_line()}"
        )
    if type(value) is not Tensor or not (is_recorded(value) or state.recordings):
        return int(tensor._value)
    return tensor.astype(numpy.int64)


def _check_memory(memory: int | None, op: str) -> None:
    if memory is not None and (not isinstance(memory, int) or memory < 1):
        raise ValueError(
            f"[{op}] memory={memory!r}, wanted the number of carries to keep, at least 1, or None to keep all; write "
            f"memory=10{at_line()}"
        )
