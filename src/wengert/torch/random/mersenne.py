"""PyTorch's random numbers on a CPU: the Mersenne twister, and what is made of its words.

The generator is MT19937 seeded with one word (M. Matsumoto, T. Nishimura, 1998, ``init_genrand``). A float32 is made of
24 bits of a word, shorter ones of a float32, a float64 of 53 bits of two words. Normal numbers are by Box and Muller
(1958), in blocks of 16 where there are as many. Numbers drawn in another order are other numbers, so every function
here draws as many words as PyTorch.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

__all__ = ["Generator", "default_generator", "initial_seed", "manual_seed", "seed", "source"]

BLOCK = 16
"""So many normal numbers are made at once."""


class Generator:
    """A source of random numbers with a state of its own.

    >>> from wengert import torch
    >>> torch.rand(2, generator=torch.Generator().manual_seed(0))
    tensor([0.4963, 0.7682])
    """

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Begin again from a seed; the generator itself."""
        self._seed = int(seed)
        self._words = numpy.random.RandomState(self._seed & 0xFFFFFFFF)._bit_generator
        self._next_normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The seed that it began from."""
        return self._seed

    def seed(self) -> int:
        """Begin again from a seed that nobody knows, which is given back."""
        drawn = int(numpy.random.SeedSequence().generate_state(1, numpy.uint64)[0])
        self.manual_seed(drawn)
        return drawn

    def get_state(self) -> Any:
        """What it is about to draw, as something that `set_state` takes."""
        return {"words": self._words.state, "next_normal": self._next_normal, "seed": self._seed}

    def set_state(self, new_state: Any) -> None:
        """Draw again what it drew from a state on."""
        self._words.state, self._next_normal = new_state["words"], new_state["next_normal"]
        self._seed = new_state["seed"]

    # -- draws -------------------------------------------------------------------------------------

    def words(self, count: int) -> Any:
        """Words of 32 bits."""
        return self._words.random_raw(count).astype(numpy.uint32)

    def double_words(self, count: int) -> Any:
        """Words of 64 bits, each of two."""
        high, low = self.words(2 * count).astype(numpy.uint64).reshape(count, 2).T
        return (high << numpy.uint64(32)) | low

    def uniform(self, count: int, dtype: Any) -> Any:
        """Numbers from 0 to before 1, in the precision in which they are drawn: at least float32."""
        if dtype == numpy.float64:
            return (self.double_words(count) & numpy.uint64((1 << 53) - 1)) * 2.0**-53
        return ((self.words(count) & numpy.uint32((1 << 24) - 1)) * 2.0**-24).astype(numpy.float32)

    def normal(self, count: int, dtype: Any) -> Any:
        """Standard normal numbers, in the precision in which they are drawn: at least float32."""
        if count < BLOCK:
            return self.normal_one_by_one(count)
        whole = count - count % BLOCK
        drawn = self.uniform(whole if dtype.itemsize < 4 else count, dtype)
        found = numpy.empty(count, drawn.dtype)
        found[:whole] = _box_muller(drawn[:whole])
        if whole < count:
            found[-BLOCK:] = _box_muller(self.uniform(BLOCK, dtype))
        return found

    def normal_one_by_one(self, count: int) -> Any:
        """Standard normal numbers in double precision, of which none is made in blocks."""
        return numpy.array([self.one_normal() for _ in range(count)], numpy.float64)

    def one_normal(self) -> float:
        """One normal number; they are made in pairs, the second of which waits for the next call."""
        if self._next_normal is not None:
            kept, self._next_normal = self._next_normal, None
            return kept
        angle, distance = self.uniform(2, numpy.float64)
        radius, angle = numpy.sqrt(-2.0 * numpy.log1p(-distance)), 2.0 * numpy.pi * angle
        self._next_normal = float(radius * numpy.sin(angle))
        return float(radius * numpy.cos(angle))

    def one_uniform(self) -> float:
        """One number from 0 to before 1."""
        return float(self.uniform(1, numpy.float64)[0])

    def exponential(self, count: int) -> Any:
        """Exponential numbers of mean 1."""
        return -numpy.log1p(-self.uniform(count, numpy.float64))

    def integers(self, low: int, high: int, count: int) -> Any:
        """Integers from `low` to before `high`."""
        span = high - low
        drawn = self.double_words(count) if span >= 1 << 28 else self.words(count).astype(numpy.uint64)
        return (drawn % numpy.uint64(span)).astype(numpy.int64) + low

    def permutation(self, count: int) -> Any:
        """The numbers from 0 to before `count` in any order."""
        order = numpy.arange(count)
        steps = self.words(max(count - 1, 0)) % (count - numpy.arange(count - 1)).astype(numpy.uint32)
        for place, step in enumerate(steps.tolist()):
            order[place], order[place + step] = order[place + step], order[place]
        return order


def _box_muller(drawn: Any) -> Any:
    """Normal numbers from uniform ones: in each block those of the first half with those of the second."""
    blocks = drawn.reshape(-1, 2, BLOCK // 2)
    radius = numpy.sqrt(-2 * numpy.log(1 - blocks[:, 0]))
    angle = drawn.dtype.type(2 * numpy.pi) * blocks[:, 1]
    return numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1).reshape(-1)


default_generator: Final = Generator()
"""What is drawn from where no generator is given."""


def source(generator: Generator | None) -> Generator:
    """The generator that is drawn from."""
    return default_generator if generator is None else generator


def manual_seed(seed: int) -> Generator:
    """Begin again from a seed, in all that is drawn without a generator.

    >>> from wengert import torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Begin again from a seed that nobody knows, which is given back."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that was last begun from."""
    return default_generator.initial_seed()
