"""The examples that read English run in their quick size: they train, and say what they measured."""

from __future__ import annotations

from .test_examples import run


def test_c14_word_embeddings() -> None:
    figures = run("c14_word_embeddings", "quick")
    assert figures["pairs"] >= 10
    assert figures["rank"] < figures["kinds"] / 40
