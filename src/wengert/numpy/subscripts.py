"""Reading the subscripts of `einsum`: from what users write to one letter an axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple

from ..ops.einsum import unused_letters

Shape = tuple[int, ...]


class Terms(NamedTuple):
    """The canonical form of an einsum.

    Attributes:
        inputs: the letters of each operand.
        output: the letters of the result.
        shapes: that of each operand, without the axes of length 1 that were broadcast.
    """

    inputs: tuple[str, ...]
    output: str
    shapes: tuple[Shape, ...]


@lru_cache(maxsize=1024)
def read(subscripts: str, shapes: tuple[Shape, ...]) -> Terms:
    """The canonical form of `subscripts` for operands of these shapes.

    Raises:
        ValueError: the subscripts make no sense, or do not fit the shapes.
    """
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise _error(text, f"has {len(terms)} terms for {len(shapes)} operands", "one term, after a comma, for each")
    _check_characters(text, [*terms, right])
    given = [_rank_of_ellipsis(text, term, shape) for term, shape in zip(terms, shapes, strict=True)]
    spread = unused_letters([left, right], max(given))
    inputs = [term.replace("...", spread[len(spread) - rank :]) for term, rank in zip(terms, given, strict=True)]
    output = _explicit(text, right, spread, inputs) if arrow else _implicit(spread, inputs)
    return _without_broadcasting(text, inputs, output, shapes)


def _error(text: str, given: str, wanted: str) -> ValueError:
    return ValueError(
        f"[einsum] the subscripts {text!r} {given}, wanted {wanted}; write for example 'ij,jk->ik' for a matrix product"
    )


def _check_characters(text: str, terms: Sequence[str]) -> None:
    for term in terms:
        letters = term.replace("...", "", 1)
        if any(letter not in ascii_letters for letter in letters):
            raise _error(text, f"have the term {term!r}", "letters, with '...' at most once in a term")


def _rank_of_ellipsis(text: str, term: str, shape: Shape) -> int:
    rank = len(shape) - len(term.replace("...", ""))
    if rank < 0 or (rank > 0 and "..." not in term):
        raise _error(text, f"have the term {term!r} for an operand of shape {shape}", "one letter for each axis")
    return rank


def _explicit(text: str, right: str, spread: str, inputs: Sequence[str]) -> str:
    if spread and "..." not in right:
        raise _error(text, "drop the axes of '...'", "'...' in the result too")
    output = right.replace("...", spread)
    for letter, count in Counter(output).items():
        if count > 1 or not any(letter in term for term in inputs):
            raise _error(text, f"have {letter!r} {count} times in the result", "each letter once, and from an operand")
    return output


def _implicit(spread: str, inputs: Sequence[str]) -> str:
    """The axes of ``...``, then in alphabetical order every letter that occurs once."""
    counts = Counter("".join(inputs))
    return spread + "".join(sorted(x for x, n in counts.items() if n == 1 and x not in spread))


def _without_broadcasting(text: str, inputs: Sequence[str], output: str, shapes: Sequence[Shape]) -> Terms:
    """Drop axes of length 1 where the same letter is longer elsewhere."""
    lengths: dict[str, int] = {}
    for term, shape in zip(inputs, shapes, strict=True):
        for letter, length in zip(term, shape, strict=True):
            known = lengths.setdefault(letter, length)
            if known == 1:
                lengths[letter] = length
            elif length not in (1, known):
                raise _error(text, f"have {letter!r} for axes of length {known} and {length}", "one length a letter")
    kept = [
        [(x, n) for x, n in zip(term, shape, strict=True) if n == lengths[x]]
        for term, shape in zip(inputs, shapes, strict=True)
    ]
    for term, pairs in zip(inputs, kept, strict=True):
        if any(0 < [x for x, _ in pairs].count(letter) < term.count(letter) for letter in term):
            raise _error(text, f"have the term {term!r} for a diagonal of axes of lengths 1 and more", "equal lengths")
    return Terms(
        tuple("".join(x for x, _ in pairs) for pairs in kept),
        output,
        tuple(tuple(n for _, n in pairs) for pairs in kept),
    )


def from_lists(arguments: Sequence[Any]) -> tuple[str, list[Any]]:
    """The calling form ``einsum(x, [0, 1], y, [1, 2], [0, 2])`` as subscripts and operands."""
    operands = list(arguments[: len(arguments) // 2 * 2 : 2])
    terms = ",".join(_term(labels) for labels in arguments[1::2])
    if len(arguments) % 2:
        terms += "->" + _term(arguments[-1])
    return terms, operands


def _term(labels: Sequence[Any]) -> str:
    """Axis labels, which NumPy orders as upper case before lower, as letters."""
    letters = ascii_uppercase + ascii_lowercase
    if any(label is not Ellipsis and not 0 <= label < len(letters) for label in labels):
        raise ValueError(
            f"[einsum] the labels are {list(labels)}, wanted numbers from 0 to {len(letters) - 1}; write 0 for "
            "a first axis"
        )
    return "".join("..." if label is Ellipsis else letters[label] for label in labels)
