"""The handwritten digits of E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, CC BY 4.0)."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import numpy


class Digits(NamedTuple):
    """Images of handwritten digits.

    Attributes:
        images: pixels that count from 0 to 16, ``uint8`` of shape (n, 8, 8).
        labels: the digits 0 to 9, ``int64`` of shape (n,).
    """

    images: numpy.ndarray
    labels: numpy.ndarray

    def split(self, test: int = 360, seed: int = 0) -> tuple[Digits, Digits]:
        """A shuffled training set, and a test set of `test` images that are not in it.

        Raises:
            ValueError: there are not more than `test` images.
        """
        count = len(self.labels)
        if not 0 < test < count:
            raise ValueError(f"[split] test={test} of {count} images, wanted 1 to {count - 1}; write test={count // 5}")
        order = numpy.random.default_rng(seed).permutation(count)
        return self._take(order[test:]), self._take(order[:test])

    def _take(self, positions: numpy.ndarray) -> Digits:
        return Digits(self.images[positions], self.labels[positions])


def load_digits() -> Digits:
    """The 1,797 real handwritten digits that are shipped with the package.

    >>> digits = load_digits()
    >>> digits.images.shape, digits.labels[:5].tolist()
    ((1797, 8, 8), [0, 1, 2, 3, 4])

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, doi:10.24432/C50P49, CC BY 4.0.
    """
    with (files("wengert.datasets") / "digits.npz").open("rb") as file, numpy.load(file, allow_pickle=False) as arrays:
        return Digits(arrays["images"], arrays["labels"].astype(numpy.int64))
