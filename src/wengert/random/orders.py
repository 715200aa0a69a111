"""Draws of orders and of elements: permutations, shuffles and choices, as ``numpy.random.Generator`` has them."""

from __future__ import annotations

import math
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor

from . import standard as s
from .continuous import Size
from .integers import integers_between
from .keys import TWO_WORDS, random_bits, shape_of
from .parameters import Asked, check_sum, probability
from .pieces import in_pieces
from .source import Source


class Orders(Source):
    """The draws of orders and of elements."""

    def permutation(self, x: Any, axis: int = 0) -> Tensor:
        """The numbers below `x` in random order; of an array, its parts along an axis.

        >>> import wengert as wg
        >>> sorted(wg.random.default_rng(0).permutation(4).tolist())
        [0, 1, 2, 3]
        """
        if isinstance(x, int | numpy.integer):
            return self._order(int(x))
        x = np.asarray(x)
        return np.take(x, self._order(x.shape[axis]), axis=axis)

    def _order(self, length: int) -> Tensor:
        return np.argsort(in_pieces(random_bits, self._next_key(), (length,), TWO_WORDS))

    def permuted(self, x: Any, axis: int | None = None) -> Tensor:
        """The elements of an array in random order: all of them, or those of each line along an axis for itself."""
        x = np.asarray(x)
        if axis is None:
            return x.reshape(-1)[self._order(x.size)].reshape(x.shape)
        order = np.argsort(in_pieces(random_bits, self._next_key(), x.shape, TWO_WORDS), axis=axis)
        return np.take_along_axis(x, order, axis=axis)

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Put a tensor, an array or a list in random order, in place.

        >>> import wengert as wg
        >>> cards = list("abc")
        >>> wg.random.default_rng(0).shuffle(cards)
        >>> sorted(cards)
        ['a', 'b', 'c']
        """
        if isinstance(x, Tensor):
            x.copy_(self.permutation(x, axis))
        elif isinstance(x, numpy.ndarray):
            x[...] = numpy.take(x, self._order(x.shape[axis]).numpy(), axis=axis)
        else:
            x[:] = [x[i] for i in self._order(len(x)).tolist()]

    def choice(
        self, a: Any, size: Size = None, replace: bool = True, p: Any = None, axis: int = 0, shuffle: bool = True
    ) -> Tensor:
        """Elements of an array, or of the numbers below `a`.

        Args:
            a: the array, or a number.
            size: how many: an int, a tuple, or ``None`` for a single one.
            replace: whether an element may be drawn again.
            p: the probability of each, of shape (n,); the same for all by default.
            axis: along which the elements are.
            shuffle: without replacement the order is random in any case.

        Raises:
            ValueError: more are asked for than there are, or the probabilities do not add up to 1.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).choice([10.0, 20.0], size=3, p=[0.0, 1.0])
        tensor([20., 20., 20.])
        """
        among = None if isinstance(a, int | numpy.integer) else np.asarray(a)
        length, shape = int(a) if among is None else among.shape[axis], shape_of(size)
        weights = None if p is None else _weights(p, length)
        index = self._places(length, shape, replace, weights)
        return index if among is None else np.take(among, index, axis=axis)

    def _places(self, length: int, shape: tuple[int, ...], replace: bool, weights: Tensor | None) -> Tensor:
        count = math.prod(shape)
        if length == 0 or (not replace and count > length):
            raise ValueError(
                f"[choice] {count} of {length} elements were asked for, wanted at most as many as there are; write "
                "replace=True to draw elements again"
            )
        if replace and weights is None:
            return integers_between(self._next_key(), 0, length, shape, numpy.dtype(numpy.int64), False)
        if replace:
            u = self._standard(s.standard_uniform, Asked(shape, s.DOUBLE, []))
            bounds = np.cumsum(weights)
            return np.minimum(np.searchsorted(bounds, u * bounds[-1], side="right"), length - 1)
        return self._apart(length, weights)[:count].reshape(shape)

    def _apart(self, length: int, weights: Tensor | None) -> Tensor:
        """All places, in the order in which they are drawn: by Gumbel numbers that are moved by log-probabilities.

        Source: J. I. Yellott, "The relationship between Luce's choice axiom, Thurstone's theory of comparative
        judgment, and the double exponential distribution", Journal of Mathematical Psychology 15 (1977).
        """
        if weights is None:
            return self._order(length)
        gumbel = self._standard(s.standard_gumbel, Asked((length,), s.DOUBLE, []))
        is_possible = weights > 0
        return np.argsort(-np.where(is_possible, np.log(np.where(is_possible, weights, 1)) + gumbel, -math.inf))


def _weights(p: Any, length: int) -> Tensor:
    """Probabilities of elements.

    Raises:
        ValueError: there are not as many, or they do not add up to 1.
    """
    p = probability("choice", "p", np.asarray(p).astype(s.DOUBLE))
    if p.shape != (length,):
        raise ValueError(
            f"[choice] p of shape {p.shape} was given for {length} elements, wanted one probability for each; write "
            "p=weights / weights.sum()"
        )
    check_sum("choice", "p", p)
    return p
