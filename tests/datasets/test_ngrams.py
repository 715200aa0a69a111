"""Kneser-Ney models are distributions, by hand where that is short, and know more the longer they look back."""

import math

import pytest

from wengert.datasets import KneserNey

TEXT = "the cat sat on the mat and the rat sat on the cat "


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("context", ["", "t", "he ", "zzz", "on the "])
def test_probabilities_sum_to_one(order: int, context: str) -> None:
    model = KneserNey(TEXT, order, alphabet={*TEXT, "z"})
    assert sum(model.probability(c, context) for c in model.alphabet) == pytest.approx(1, rel=1e-12)
    assert min(model.probability(c, context) for c in model.alphabet) > 0
    assert model.probability("!", context) == 0


def test_bigrams_by_hand() -> None:
    """Of "aabab": aa once, ab twice, ba once; so n1 = 2, n2 = 1, and the discount is 2 / 4."""
    model = KneserNey("aabab", order=2)
    # of one character: "a" follows two characters, "b" one; n1 = n2 = 1, and the discount is 1 / 3
    one_a = (2 - 1 / 3) / 3 + 1 / 3 * 2 / 3 * 1 / 2
    assert model.probability("a", "a") == pytest.approx((1 - 0.5) / 3 + 0.5 * 2 / 3 * one_a, rel=1e-12)
    assert model.probability("a", "b") == pytest.approx((1 - 0.5) / 1 + 0.5 * 1 / 1 * one_a, rel=1e-12)


def test_bits_are_those_of_each_character_after_those_before() -> None:
    model = KneserNey(TEXT, order=3)
    probabilities = [model.probability(c, "the hat"[:i]) for i, c in enumerate("the hat")]
    assert model.bits_per_character("the hat") == pytest.approx(-sum(map(math.log2, probabilities)) / 7, rel=1e-12)


def test_longer_contexts_know_more() -> None:
    bits = [KneserNey(TEXT * 3, order).bits_per_character(TEXT) for order in (1, 2, 3, 5)]
    assert bits == sorted(bits, reverse=True)
