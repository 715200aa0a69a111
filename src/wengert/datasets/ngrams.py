"""What counting alone knows of a text: the baseline of every language model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log2
from typing import NamedTuple


class _Level(NamedTuple):
    """What was counted of contexts of one length.

    Attributes:
        counts: how often each context was followed by each character.
        totals: how often each context was there.
        kinds: how many characters followed each context.
        discount: what is taken from each count, for what was not seen.
    """

    counts: Counter[str]
    totals: Counter[str]
    kinds: Counter[str]
    discount: float


class KneserNey:
    """A language model of characters that counts n-grams, with interpolated Kneser-Ney smoothing.

    Where a context was seen, its counts less a discount are mixed with what shorter contexts say; those count in how
    many different contexts a character followed, not how often.

    Args:
        text: what is counted.
        order: the longest n-gram: the character and the `order` - 1 before it.
        alphabet: all characters that there may be; those of the text by default.

    >>> model = KneserNey("abracadabra" * 10, order=3)
    >>> round(model.bits_per_character("abracadabra"), 2) < 1 < model.bits_per_character("cdcdcdcdcd")
    True
    >>> round(sum(model.probability(character, "ab") for character in "abcdr"), 12)
    1.0

    Source: S. Chen, J. Goodman, "An empirical study of smoothing techniques for language modeling" (1999), section 2.7
    and eq. 27; discounts as in eq. 12.
    """

    def __init__(self, text: str, order: int = 5, alphabet: Iterable[str] = ()) -> None:
        self.order = order
        self.alphabet: frozenset[str] = frozenset(alphabet or text)
        self.levels: list[_Level] = [_level(counts) for counts in _counts(text, order)]

    def probability(self, character: str, context: str) -> float:
        """Of a character after others, of which the last `order` - 1 count; 0 of one that is not in the alphabet."""
        probability = 1 / len(self.alphabet) if character in self.alphabet else 0.0
        for length, level in enumerate(self.levels[: len(context) + 1]):
            before = context[len(context) - length :]
            if before not in level.totals:
                break
            kept = max(level.counts[before + character] - level.discount, 0.0)
            probability = (kept + level.discount * level.kinds[before] * probability) / level.totals[before]
        return probability

    def bits_per_character(self, text: str) -> float:
        """The mean of -log2 of the probability of each character."""
        bits = (-log2(self.probability(c, text[max(0, i - self.order + 1) : i])) for i, c in enumerate(text))
        return sum(bits) / len(text)


def _counts(text: str, order: int) -> list[Counter[str]]:
    """Of n-grams from 1 to `order`: how often the longest are there, and how many characters precede the others."""
    longest = Counter(text[i : i + order] for i in range(len(text) - order + 1))
    levels = [longest]
    for _ in range(order - 1):
        levels.append(Counter(gram[1:] for gram in levels[-1]))
    return levels[::-1]


def _level(counts: Counter[str]) -> _Level:
    totals: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    seen = Counter(counts.values())
    return _Level(counts, totals, kinds, seen[1] / (seen[1] + 2 * seen[2]) if seen[1] else 0.5)
