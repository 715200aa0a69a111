"""`einsum`: one multilinear primitive, whose linear maps are einsums themselves.

Canonical form: ``einsum(*operands, inputs=("ij", "jk"), output="ik")``, one letter an axis. Axes of one
letter have one length; `wengert.numpy.einsum` has spelled out ``...`` and undone broadcasting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from string import ascii_letters
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general, named
from .factors import adjoint, scale
from .linear_maps import Map
from .shape import reshape

SMALL = 4096
"""Up to this many terms NumPy's own loop is quicker than transposing for a matrix product."""


def einsum(*operands: Any, inputs: tuple[str, ...], output: str) -> Any:
    """The sum, over the letters that are not in `output`, of the products of the operands' elements."""
    return einsum_of(len(operands)).operation(*operands, inputs=inputs, output=output)


@cache
def einsum_of(count: int) -> Primitive:
    """The primitive for a number of operands."""
    names = [f"x{i}" for i in range(count)]
    maps = [Map(_replaced(i), _transposed(i), frozenset(range(count)) - {i}) for i in range(count)]
    primitive = Primitive("einsum", _evaluate, names, _shape, maps, batch=_batch)
    primitive.operation = named(bind_general(primitive), primitive)
    return primitive


def is_einsum(primitive: Primitive) -> bool:
    return primitive.evaluate is _evaluate


def _shape(*forms: Any, inputs: tuple[str, ...], output: str) -> Abstract:
    lengths = lengths_of(inputs, [f.shape for f in forms])
    return Abstract(tuple(lengths[x] for x in output), numpy.result_type(*[f.dtype for f in forms]))


def lengths_of(inputs: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The length of the axis that each letter names."""
    return {x: n for letters, shape in zip(inputs, shapes, strict=True) for x, n in zip(letters, shape, strict=True)}


def unused_letters(used: Sequence[str], count: int) -> str:
    """Letters that none of the terms has."""
    if not count:
        return ""
    free = [x for x in ascii_letters if not any(x in term for term in used)]
    if len(free) < count:
        raise ValueError(
            f"[einsum] the terms {', '.join(used)} leave {len(free)} of 52 letters, wanted {count} more (for a batch, "
            "or for a derivative); write it as two products"
        )
    return "".join(free[:count])


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    inputs, output = node.params["inputs"], node.params["output"]
    letter = unused_letters(inputs, 1)
    terms = tuple(letter + term if is_batched else term for term, is_batched in zip(inputs, batched, strict=True))
    return einsum(*operands, inputs=terms, output=letter + output)


# -- the linear maps -------------------------------------------------------------------------------


def _replaced(position: int) -> Callable[..., Any]:
    """The map of one operand: the tangent in its place."""

    def apply(tangent: Any, residuals: Sequence[Any], node: Any) -> Any:
        operands = [*residuals[:position], tangent, *residuals[position + 1 : -1]]
        return einsum(*operands, **node.params)

    return apply


def _transposed(position: int) -> Callable[..., Any]:
    """Its transpose: the cotangent times the conjugates of the others, summed to the operand's letters.

    A letter that only this operand has was summed away: ones spread the cotangent along it. A letter that
    it has twice named a diagonal: an identity matrix puts the cotangent there.
    """

    def transpose(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
        inputs, output = node.params["inputs"], node.params["output"]
        others = [i for i in range(len(inputs)) if i != position]
        terms = [output, *(inputs[i] for i in others)]
        own, spreaders = _spreaders(inputs[position], node.forms[position].shape, terms, ct.dtype)
        operands = [ct, *(adjoint(residuals[i]) for i in others), *(array for _, array in spreaders)]
        terms += [letters for letters, _ in spreaders]
        if set(output) <= set(own):  # nothing of the cotangent is summed: it scales the rest, guarded
            if len(operands) == 1:
                return _spread(ct, output, own)
            rest = "".join(x for x in own if x in "".join(terms[1:]))
            factor = einsum(*operands[1:], inputs=tuple(terms[1:]), output=rest)
            return scale(_spread(ct, output, own), _spread(factor, rest, own))
        return einsum(*operands, inputs=tuple(terms), output=own)

    return transpose


def _spread(x: Any, term: str, own: str) -> Any:
    """The axes in the order of `own`, with length 1 for a letter that `term` lacks."""
    if term == own or not term:
        return x
    ordered = "".join(a for a in own if a in term)
    x = x if term == ordered else einsum(x, inputs=(term,), output=ordered)
    lengths = dict(zip(ordered, x.shape, strict=True))
    return reshape(x, shape=tuple(lengths.get(a, 1) for a in own))


def _spreaders(
    term: str, shape: tuple[int, ...], known: Sequence[str], dtype: Any
) -> tuple[str, list[tuple[str, Any]]]:
    """The term with each letter once, and the constant factors that bring in those that are not known."""
    if len(set(term)) == len(term) and not set(term).difference(*known):
        return term, []
    fresh = iter(unused_letters([*known, term], len(term) - len(set(term))))
    own, spreaders = "", []
    for letter, length in zip(term, shape, strict=True):
        if letter in own:
            copy = next(fresh)
            spreaders.append((letter + copy, numpy.eye(length, dtype=dtype)))
            own += copy
        else:
            if not any(letter in other for other in known):
                spreaders.append((letter, numpy.ones(length, dtype)))
            own += letter
    return own, spreaders


# -- evaluation ------------------------------------------------------------------------------------


def _evaluate(*operands: Any, inputs: tuple[str, ...], output: str) -> Any:
    """The raw value: by NumPy's loop if it is short, or pair by pair as matrix products."""
    shapes = tuple([x.shape for x in operands])
    terms = math.prod(lengths_of(inputs, shapes).values())
    if len(operands) == 1 or terms <= SMALL:
        return numpy.einsum(f"{','.join(inputs)}->{output}", *operands)
    left = list(zip(operands, inputs, strict=True))
    for first, second in _order(inputs, output, shapes):
        (y, y_term), (x, x_term) = left.pop(max(first, second)), left.pop(min(first, second))
        wanted = output + "".join(term for _, term in left)
        left.append(_contract_pair(x, x_term, y, y_term, wanted))
    return numpy.einsum(f"{left[0][1]}->{output}", left[0][0])


@lru_cache(maxsize=1024)
def _order(inputs: tuple[str, ...], output: str, shapes: tuple[tuple[int, ...], ...]) -> Sequence[tuple[int, int]]:
    """Which two operands to multiply at each step; a product goes to the end of the row."""
    if len(inputs) == 2:
        return [(0, 1)]
    samples = [numpy.broadcast_to(0.0, shape) for shape in shapes]
    _, *steps = numpy.einsum_path(f"{','.join(inputs)}->{output}", *samples, optimize="greedy")[0]
    return [pair for step in steps for pair in _pairs(step)]


def _pairs(step: Sequence[int]) -> list[tuple[int, int]]:
    """A step on two operands stays; one that takes all that are left goes pair by pair."""
    if len(step) == 2:
        return [(step[0], step[1])]
    return [(0, count - 1) for count in range(len(step), 1, -1)]


def _contract_pair(x: Any, x_term: str, y: Any, y_term: str, wanted: str) -> tuple[Any, str]:
    """The product of two operands as one stack of matrix products, and its letters."""
    x, x_term = _summed_alone(x, x_term, y_term + wanted)
    y, y_term = _summed_alone(y, y_term, x_term + wanted)
    stack, summed, rows, columns = _roles(x_term, y_term, wanted)
    lengths = lengths_of((x_term, y_term), (x.shape, y.shape))
    left = _as_matrices(x, x_term, (stack, rows, summed))
    right = _as_matrices(y, y_term, (stack, summed, columns))
    term = stack + rows + columns
    return numpy.matmul(left, right).reshape([lengths[letter] for letter in term]), term


@lru_cache(maxsize=1024)
def _roles(x_term: str, y_term: str, wanted: str) -> tuple[str, str, str, str]:
    """Letters of the stack, those summed, and those of the rows and the columns."""
    both = [letter for letter in x_term if letter in y_term]
    return (
        "".join(letter for letter in both if letter in wanted),
        "".join(letter for letter in both if letter not in wanted),
        "".join(letter for letter in x_term if letter not in y_term),
        "".join(letter for letter in y_term if letter not in x_term),
    )


def _summed_alone(x: Any, term: str, wanted: str) -> tuple[Any, str]:
    """Take diagonals, and sum over the letters that nobody else wants."""
    kept = "".join(dict.fromkeys(letter for letter in term if letter in wanted))
    return (x, term) if kept == term else (numpy.einsum(f"{term}->{kept}", x), kept)


def _as_matrices(x: Any, term: str, groups: tuple[str, str, str]) -> Any:
    """A stack of matrices, from letters grouped as stack, rows and columns."""
    ordered = x.transpose([term.index(letter) for group in groups for letter in group])
    ends = [len(groups[0]), len(groups[0]) + len(groups[1])]
    shape = ordered.shape
    parts = shape[: ends[0]], shape[ends[0] : ends[1]], shape[ends[1] :]
    return ordered.reshape([math.prod(part) for part in parts])
