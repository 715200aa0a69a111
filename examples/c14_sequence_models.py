"""Language models of characters: an LSTM and a small Transformer, against counting 5-grams.

They read the English of Python's own `help()`, each paragraph of which is there once, and are measured in bits per
character on text that is held out: how long a perfect code for it would be. The baseline is an interpolated
Kneser-Ney model of 5-grams (`wengert.datasets.KneserNey`).
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim
from wengert.datasets import KneserNey, load_topics
from wengert.nn.functional import cross_entropy

LENGTH, BATCH = 64, 16


class Recurrent(nn.Module):
    def __init__(self, characters: int, width: int = 256) -> None:
        self.embedding = nn.Embedding(characters, 64)
        self.lstm = nn.LSTM(64, width, batch_first=True)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(width, characters)

    def forward(self, text: Any) -> Any:
        """The logits of the character after each, of shape (texts, characters so far, kinds of characters)."""
        hidden, _ = self.lstm(self.embedding(text))
        return self.head(self.dropout(hidden))


class Transformer(nn.Module):
    """Its places are told apart by a convolution over each character and the three before it."""

    def __init__(self, characters: int, width: int = 128, layers: int = 2) -> None:
        self.embedding = nn.Embedding(characters, width)
        self.convolution = nn.Conv1d(width, width, 4, padding=3)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width))
        self.head = nn.Linear(width, characters)

    def forward(self, text: Any) -> Any:
        x = self.embedding(text)
        x = x + np.swapaxes(self.convolution(np.swapaxes(x, 1, 2))[..., : text.shape[1]], 1, 2)
        return self.head(self.layers(x, is_causal=True))


def windows(text: Any, starts: Any) -> Any:
    """Pieces of a text, each of one character more than is read at once."""
    return text[starts[:, None] + numpy.arange(LENGTH + 1)]


def losses(model: nn.Module, pieces: Any) -> Any:
    """-log of the probability of each character but the first, of shape (pieces, LENGTH)."""
    logits = model(pieces[:, :-1])
    return cross_entropy(np.swapaxes(logits, 1, 2), pieces[:, 1:], reduction="none")


def train(model: nn.Module, text: Any, steps: int, rate: float, seed: int) -> None:
    rule = optim.scheduled(optim.adamw, lr=optim.schedules.one_cycle(rate, steps))
    optimizer = optim.Optimizer(model.parameters(), optim.chain(optim.clip_by_norm(1.0), rule))

    @wg.jit
    def step(pieces: Any) -> Any:
        optimizer.zero_grad()
        loss = np.mean(losses(model, pieces))
        loss.backward()
        optimizer.step()
        return loss

    rng = numpy.random.default_rng(seed)
    for _ in (bar := trange(steps, desc=type(model).__name__)):
        loss = step(windows(text, rng.integers(0, len(text) - LENGTH, BATCH)))
        bar.set_postfix_str(f"{loss.item() / math.log(2):.2f} bits", refresh=False)
    model.eval()


def bits_per_character(model: nn.Module, text: Any) -> float:
    """On a text that is gone through in windows that overlap by half, of which the second half counts."""
    half = LENGTH // 2
    starts = numpy.arange(0, len(text) - LENGTH, half)
    batches = numpy.array_split(starts, math.ceil(len(starts) / BATCH))
    with wg.no_grad():
        of_batch = wg.jit(lambda pieces: np.sum(losses(model, pieces)[:, half:]))
        total = sum(of_batch(windows(text, batch)).item() for batch in batches)
    return total / (len(starts) * half) / math.log(2)


def continued(model: nn.Module, text: Any, count: int, seed: int) -> Any:
    """A text of at least `LENGTH` characters with more, drawn one after the other."""
    rng = wg.random.default_rng(seed)

    @wg.jit
    def following(text: Any) -> Any:
        logits = model(text)[0, -1] / 0.8
        return np.argmax(logits + rng.gumbel(size=logits.shape))  # a draw from softmax(logits)

    with wg.no_grad():
        for _ in range(count):
            text = numpy.append(text, following(text[None, -LENGTH:]).item())
    return text


MODELS = {"LSTM": (Recurrent, 5e-3), "Transformer": (Transformer, 3e-3)}
"""For each its class and its largest learning rate."""


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    steps, written = (3000, 400) if size == "full" else (25, 20)
    train_text, test_text = load_topics().split()
    alphabet = sorted({*train_text, *test_text})
    if size == "quick":
        test_text = test_text[:3000]
    code = {character: number for number, character in enumerate(alphabet)}
    numbers, unseen = (numpy.array([code[c] for c in text]) for text in (train_text, test_text))
    figures = {"5-grams": KneserNey(train_text, 5, alphabet).bits_per_character(test_text)}
    print(f"{len(train_text):,} characters to learn from, {len(test_text):,} held out")
    print(f"{'5-grams':12} {figures['5-grams']:.3f} bits per character")
    for name, (make, rate) in MODELS.items():
        wg.random.seed(seed)
        model = make(len(alphabet))
        train(model, numbers, steps, rate, seed)
        figures[name] = bits_per_character(model, unseen)
        text = "".join(alphabet[number] for number in continued(model, unseen[:LENGTH], written, seed))
        print(f"{name:12} {figures[name]:.3f} bits per character; it writes:")
        print("    " + text[LENGTH:].replace("\n", "\n    "))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
