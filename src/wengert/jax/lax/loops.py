"""Loops and branches over trees of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..array import Array, WeakArray, arrays, as_tensor, like, of
from ..tree_util import tree_flatten, tree_leaves, tree_map, tree_unflatten

__all__ = ["associative_scan", "cond", "fori_loop", "map", "scan", "switch", "while_loop"]


# -- what is carried -------------------------------------------------------------------------------


class _FirmerError(Exception):
    """A turn of a loop made of a weak array another one: the loop begins again, with a first carry of its dtype.

    Attributes:
        forms: for each array of the carry its dtype and kind, ``None`` where it stays as it is.
    """

    def __init__(self, forms: Sequence[tuple[Any, type[Array]] | None]) -> None:
        super().__init__()
        self.forms = forms


def _settled(loop: Callable[[Any], Any], start: Any) -> Any:
    """What a loop makes of a first carry; what is weak in it takes on the dtype of what the turns make of it."""
    carry = arrays(start)
    while True:
        try:
            return loop(carry)
        except _FirmerError as found:
            leaves, structure = tree_flatten(carry)
            pairs = zip(leaves, found.forms, strict=True)
            carry = tree_unflatten(structure, [_in_form(*pair) for pair in pairs])


def _in_form(array: Any, form: tuple[Any, type[Array]] | None) -> Any:
    return array if form is None else of(array._tensor.astype(form[0]), form[1])


def _next(carry: Any, made: Any) -> Any:
    """What is carried on.

    Raises:
        _FirmerError: it is of another kind or dtype than what is weak in the carry.
    """
    made = arrays(made)
    leaves, others = tree_leaves(carry), tree_leaves(made)
    if len(leaves) != len(others):
        return made
    forms = [(b.dtype, type(b)) if _is_firmer(a, b) else None for a, b in zip(leaves, others, strict=True)]
    if any(forms):
        raise _FirmerError(forms)
    return like(made, carry)


def _is_firmer(one: Any, other: Any) -> bool:
    if not isinstance(one, WeakArray) or not isinstance(other, Array):
        return False
    return not isinstance(other, WeakArray) or other.dtype != one.dtype


def scan(
    f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, **_: Any
) -> Any:
    """Carry a value through the turns of a loop, and stack a result of each.

    >>> from wengert import jax
    >>> jax.lax.scan(lambda total, x: (total + x, total), 0.0, jax.numpy.ones(3))[1]
    Array([0., 1., 2.], dtype=float32)
    """

    def turn(carry: Any, x: Any) -> Any:
        made, y = f(carry, x)
        return _next(carry, made), arrays(y)

    return _settled(lambda carry: wg.scan(turn, carry, arrays(xs), length, reverse), init)


def while_loop(cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], init_val: Any) -> Any:
    """Carry a value through turns as long as a condition holds."""

    def turn(carry: Any) -> Any:
        return _next(carry, body_fun(carry))

    return _settled(lambda carry: wg.while_loop(lambda value: _tensor(cond_fun(value)), turn, carry), init_val)


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any, **_: Any) -> Any:
    """Carry a value through turns with their numbers."""
    kind = WeakArray if type(lower) is type(upper) is int else Array

    def turn(number: Any, carry: Any) -> Any:
        return _next(carry, body_fun(of(as_tensor(number), kind), carry))

    return _settled(lambda carry: wg.fori_loop(_tensor(lower), _tensor(upper), turn, carry), init_val)


def map(f: Callable[[Any], Any], xs: Any, **_: Any) -> Any:
    """A function of each slice, one after another."""
    return wg.map(lambda x: arrays(f(x)), arrays(xs))


def _tensor(value: Any) -> Any:
    return value._tensor if isinstance(value, Array) else value


# -- branches --------------------------------------------------------------------------------------


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any, **kwargs: Any) -> Any:
    """One function or the other."""
    given = (kwargs["operand"],) if "operand" in kwargs else operands
    return _agreed([true_fun, false_fun], lambda branches: wg.cond(_tensor(pred), *branches, *arrays(given)))


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """One of several functions; an index outside is the nearest within."""
    return _agreed(branches, lambda noted: wg.switch(_tensor(index), noted, *arrays(operands)))


def _agreed(branches: Sequence[Callable[..., Any]], choose: Callable[[list[Any]], Any]) -> Any:
    """The result of the branch that is chosen, weak where the results of all branches are."""
    firm: set[int] = set()

    def noted(branch: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            leaves, structure = tree_flatten(arrays(branch(*args)))
            firm.update(place for place, leaf in enumerate(leaves) if type(leaf) is Array)
            return tree_unflatten(structure, [of(as_tensor(leaf)) for leaf in leaves])

        return call

    leaves, structure = tree_flatten(choose([noted(branch) for branch in branches]))
    kinds = (Array if place in firm else WeakArray for place in range(len(leaves)))
    return tree_unflatten(structure, [of(leaf._tensor, kind) for leaf, kind in zip(leaves, kinds, strict=True)])


# -- running results -------------------------------------------------------------------------------


def associative_scan(fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Running results of an associative function, in pairs of pairs (G. Blelloch, 1990)."""
    given = tree_map(lambda leaf: of(np.moveaxis(as_tensor(leaf), axis, 0)), arrays(elems))
    given = _flipped(given) if reverse else given
    found = _running(lambda one, other: arrays(fn(one, other)), given)
    found = _flipped(found) if reverse else found
    return tree_map(lambda leaf: of(np.moveaxis(leaf._tensor, 0, axis)), found)


def _flipped(tree: Any) -> Any:
    return tree_map(lambda leaf: leaf[::-1], tree)


def _running(combine: Callable[[Any, Any], Any], elems: Any) -> Any:
    count = tree_leaves(elems)[0].shape[0]
    if count < 2:
        return elems
    odd = _running(combine, combine(_part(elems, 0, count - 1, 2), _part(elems, 1, None, 2)))
    later = combine(_part(odd, 0, (count - 1) // 2), _part(elems, 2, None, 2))
    even = tree_map(lambda first, rest: of(np.concatenate([first._tensor[:1], rest._tensor])), elems, later)
    return tree_map(lambda one, other: of(_woven(one._tensor, other._tensor)), even, odd)


def _part(tree: Any, start: int, stop: int | None, step: int = 1) -> Any:
    return tree_map(lambda leaf: leaf[start:stop:step], tree)


def _woven(even: Any, odd: Any) -> Any:
    """What is at even places, and at odd ones."""
    pairs = np.stack([even[: odd.shape[0]], odd], axis=1).reshape((-1, *odd.shape[1:]))
    return pairs if even.shape[0] == odd.shape[0] else np.concatenate([pairs, even[-1:]])
