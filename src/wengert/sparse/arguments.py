"""Functions of nested arguments as functions of numbers in a row, and what is asked of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np


class Subject(NamedTuple):
    """A function of which derivatives are asked for, at arguments of certain shapes.

    It is a tuple, which stays as it is, so that compiled code does not look at each call whether it does.

    Attributes:
        f: the function; for second derivatives its gradient.
        op: what was called, for errors.
        places: the positions of the arguments in question.
        structure: how these are nested.
        shapes, dtypes: of each leaf of them.
    """

    f: Callable[..., Any]
    op: str
    places: tuple[int, ...]
    structure: Any
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[Any, ...]

    def chosen(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments in question."""
        return _chosen(args, self.places, self.op)

    def check(self, args: Sequence[Any]) -> None:
        """Refuse arguments of other shapes, dtypes or nestings.

        Raises:
            TypeError: they are others.
        """
        given = subject_of(self.f, args, self.places, self.op)
        if given[3:] != self[3:]:
            raise TypeError(
                f"[{self.op}] the arguments have shapes {list(given.shapes)} and dtypes "
                f"{list(map(str, given.dtypes))}, and the plan was made for {list(self.shapes)} and "
                f"{list(map(str, self.dtypes))}, nested alike; write {self.op}(f, x) for another plan"
            )

    def refuse(self, lacking: Any) -> None:
        """Refuse a pattern that lacks elements in these rows.

        Raises:
            RuntimeError: there are some.
        """
        if lacking.any():
            raise RuntimeError(
                f"[{self.op}] in {lacking.sum()} of {lacking.size} rows, row {lacking.argmax()} among them, there are "
                "derivatives that the pattern lacks: it depends on the point, and was found at another one, or is not "
                "that of this function; wanted a pattern that holds at all points where it is used; write "
                f"{self.op}(f, x) without local=True or pattern=, or make another plan at this point"
            )

    @property
    def sizes(self) -> list[int]:
        """How many numbers each leaf has."""
        return list(map(math.prod, self.shapes))

    @property
    def size(self) -> int:
        """How many numbers there are: the columns."""
        return sum(self.sizes)

    def of_chosen(self, args: Sequence[Any]) -> Callable[..., Any]:
        """The function of the arguments in question, whose results are put in a row."""

        def f(*replacing: Any) -> Any:
            replaced = list(args)
            for place, value in zip(self.places, replacing, strict=True):
                replaced[place] = value
            return in_a_row(wg.trees.leaves(self.f(*replaced)))

        return f

    def nested(self, rows: Any) -> tuple[Any, ...]:
        """Numbers in a row, along the last axis, as the arguments are nested; leading axes stay."""
        lead = tuple(rows.shape[:-1])
        ends = numpy.cumsum(self.sizes)[:-1].tolist()
        parts = np.split(rows, ends, axis=-1) if len(self.sizes) > 1 else [rows]
        shaped = zip(parts, self.shapes, self.dtypes, strict=True)
        return wg.trees.unflatten(self.structure, [np.reshape(p, lead + s).astype(d) for p, s, d in shaped])

    def push(self, args: Sequence[Any], tangent: Any) -> Any:
        """The derivative along a direction, given as numbers in a row."""
        return wg.jvp(self.of_chosen(args), self.chosen(args), self.nested(tangent))[1]


def subject_of(f: Callable[..., Any], args: Sequence[Any], argnums: int | Sequence[int], op: str) -> Subject:
    """A function, at arguments like these."""
    if not callable(f):
        raise TypeError(f"[{op}] f is of type {type(f).__name__}, wanted a function; write {op}(f, x)")
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    leaves, structure = wg.trees.flatten(_chosen(args, places, op))
    arrays = [_real(leaf, op) for leaf in leaves]
    return Subject(f, op, places, structure, tuple([tuple(a.shape) for a in arrays]), tuple([a.dtype for a in arrays]))


def _chosen(args: Sequence[Any], places: Sequence[int], op: str) -> tuple[Any, ...]:
    if max(places, default=0) >= len(args):
        raise TypeError(
            f"[{op}] argnums is {places}, wanted positions among the {len(args)} arguments that were given; write "
            f"{op}(f, x, argnums=0)"
        )
    return tuple(args[place] for place in places)


def _real(leaf: Any, op: str) -> Any:
    array = leaf if isinstance(leaf, wg.Tensor) else numpy.asarray(leaf)
    if array.dtype.kind != "f":
        raise TypeError(
            f"[{op}] an argument has dtype {array.dtype}, wanted real floating point; write x.astype(float), or name "
            "the positions of the arguments in question with argnums"
        )
    return array


def in_a_row(leaves: Sequence[Any]) -> Any:
    """The numbers of all leaves, one after the other."""
    rows = [np.ravel(leaf) for leaf in leaves]
    return rows[0] if len(rows) == 1 else np.concatenate(rows)
