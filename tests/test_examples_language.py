"""The examples that read English run in their quick size: they train, and say what they measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from .test_examples import run

GUESSING = math.log2(90)
"""Bits of a character of about that many kinds."""


def test_c14_sequence_models(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("c14_sequence_models", "quick")
    assert 1.4 < figures["5-grams"] < 1.9  # the text is that of the Python that runs
    for name in ("LSTM", "Transformer"):
        assert figures["5-grams"] < figures[name] < GUESSING - 1
    assert "bits per character; it writes:\n" in capsys.readouterr().out


def test_c14_gpt() -> None:
    figures = run("c14_gpt", "quick")
    assert 1.4 < figures["5-grams"] < figures["GPT"] < GUESSING - 1
    assert len(figures["text"]) == 20


def test_c14_text_classification() -> None:
    figures = run("c14_text_classification", "quick")
    assert min(figures.values()) > 0.7


def test_c14_word_embeddings(tmp_path: Path) -> None:
    figures = run("c14_word_embeddings", "quick", 0, tmp_path)
    assert figures["picture"].read_bytes().startswith(b"\x89PNG")
    assert figures["pairs"] >= 10
    assert figures["rank"] < figures["kinds"] / 40
