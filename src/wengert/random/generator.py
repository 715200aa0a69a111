"""Generators: keys one after the other, as state."""

from __future__ import annotations

import threading
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from ..core.rerun import once
from ..core.state import state
from ..names import OF_RANDOM
from .continuous import Continuous
from .discrete import Discrete
from .keys import as_key, fold_in, key as key_of, keys_at
from .orders import Orders
from .pieces import compiled_for

_ONE_AT_A_TIME = threading.Lock()
_SPLIT = (
    "[vmap] the two words of a generator's key were taken for two examples, wanted a key for each; write in_axes=None "
    "for a generator that all examples share, or wg.random.Generator(wg.random.split(key, n)) for one each"
)


class Generator(Continuous, Discrete, Orders):
    """Draws random numbers, under the names of ``numpy.random.Generator``; made by `default_rng`.

    Its state is a key, a tensor: `jit`, loops and branches carry it along as any tensor that is read and written, and
    a function that is run again by `checkpoint` draws the same. In a function that is mapped by `vmap` each example has
    draws of its own, that do not depend on how many there are.

    As an argument, alone or in a tree, it is a node of which the key is the leaf: compiled functions and
    ``in_axes=None`` write the key back, `scan` and other loops carry it. ``Generator(wg.random.split(key, n))`` holds
    n keys, of which `vmap` gives each example its own; where those go on is known inside only.

    >>> import wengert as wg
    >>> rng = wg.random.default_rng(7)
    >>> draw = wg.jit(lambda: rng.normal(size=2))
    >>> bool((draw() == draw()).any())
    False

    >>> draw = wg.jit(lambda rng: rng.normal())
    >>> float(draw(rng)) == float(draw(rng))
    False
    """

    _within = 0
    """The watches of calls of `vmap` of whose example it is, though its key may be a loop's."""

    def __init__(self, key: Any) -> None:
        self._key = np.array(as_key(key, "Generator"))

    def _next_key(self) -> Tensor:
        """A key of its own for each draw; within `vmap`, for each example."""
        return self._key_of_example() if state.examples else once(self._advance, self._key)

    def _key_of_example(self) -> Tensor:
        """A key of the examples that the generator is shared by; it is its own where it is not.

        Raises:
            TypeError: `vmap` took the words of the key for examples.
        """
        if self._key.ndim == 0:
            raise TypeError(_SPLIT)
        own = _watches_of_example(self)
        key = once(self._advance, self._key)
        for bit, example in state.examples.items():
            if not own & bit:
                key = fold_in(key, example())
        return key

    def _advance(self) -> Tensor:
        """The key of a draw; from here on the state is another one."""
        with _ONE_AT_A_TIME:
            following, drawn = compiled_for(_following)(self._key)
            self._key.copy_(following)
        return drawn

    @property
    def state(self) -> Tensor:
        """The key that the next draws come from; set it to draw them again.

        >>> import wengert as wg
        >>> rng = wg.random.default_rng(7)
        >>> state, first = rng.state, rng.random()
        >>> rng.state = state
        >>> rng.random() == first
        tensor(True)
        """
        return np.array(self._key)

    @state.setter
    def state(self, key: Any) -> None:
        self._key.copy_(as_key(key, "Generator.state"))

    def __getattr__(self, name: str) -> Any:
        """Say what to write for a method of other libraries.

        Raises:
            AttributeError: always.
        """
        advice = f", which is another library's name; write {OF_RANDOM[name]}" if name in OF_RANDOM else ""
        raise AttributeError(f"[Generator] there is no {name}{advice}", name=name, obj=self)

    def spawn(self, n_children: int) -> list[Generator]:
        """Independent generators.

        >>> import wengert as wg
        >>> [child.integers(1000).shape for child in wg.random.default_rng(0).spawn(2)]
        [(), ()]
        """
        return [Generator(key) for key in self._next_keys(n_children)]

    def __repr__(self) -> str:
        return f"Generator({self._key!r})"


def generator_holding(key: Tensor) -> Generator:
    """A generator whose state is this very tensor."""
    made = Generator.__new__(Generator)
    made._key = key
    return made


def _watches_of_example(rng: Generator) -> int:
    """The watches of open calls of `vmap` for which a generator is that of one example, and not shared."""
    depends = rng._within | rng._key._node.watch
    return sum([bit for bit in state.examples if depends & bit])


def _rebuilt(within: int, keys: Any) -> Generator:
    (key,) = keys
    made = generator_holding(key)
    made._within = within & sum(state.examples)
    return made


wg.trees.register(Generator, lambda rng: ((rng._key,), _watches_of_example(rng), ("state",)), _rebuilt)


def _following(key: Tensor) -> tuple[Tensor, Tensor]:
    following, drawn = keys_at(key, (2,))
    return following, drawn


class Keyed(Continuous, Discrete, Orders):
    """Draws with one key, each time the same."""

    def __init__(self, key: Any) -> None:
        self._key = as_key(key, "key")

    def _next_key(self) -> Tensor:
        return self._key


def default_rng(seed: Any = None) -> Generator:
    """A generator.

    Args:
        seed: as for `key`; a generator is given back as it is.

    Raises:
        TypeError: it is no integer.

    >>> import wengert as wg
    >>> wg.random.default_rng(0).normal(size=(2, 3)).shape
    (2, 3)
    """
    return seed if isinstance(seed, Generator) else Generator(key_of(seed))
