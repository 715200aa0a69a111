"""A small GPT, written out: rotary attention, a convolution before it, Muon for the matrices of its blocks.

It reads Python's own `help()` by the character, and is measured in bits per character on text that is held out, beside
a Kneser-Ney model of 5-grams. The whole training step, with both optimizers, is one compiled program.

After A. Radford et al., "Language models are unsupervised multitask learners" (2019); rotary positions of J. Su et al.
(2021), Muon of K. Jordan et al. (2024).
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
from wengert.nn import functional as F

LENGTH, BATCH = 64, 16
WIDTH, HEADS = 128, 4


def rotated(x: Any) -> Any:
    """Pairs of features turned by angles that grow with the place, so that products know distances alone."""
    half = x.shape[-1] // 2
    angles = numpy.arange(x.shape[-2])[:, None] * 1000.0 ** (-numpy.arange(half) / half)
    cosine, sine = numpy.cos(angles).astype("float32"), numpy.sin(angles).astype("float32")
    first, second = x[..., :half], x[..., half:]
    return np.concatenate([first * cosine - second * sine, first * sine + second * cosine], axis=-1)


class Block(nn.Module):
    def __init__(self) -> None:
        self.norm1, self.norm2 = nn.RMSNorm(WIDTH), nn.RMSNorm(WIDTH)
        self.queries, self.keys, self.values, self.out = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x: Any) -> Any:
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x))))

    def attention(self, x: Any) -> Any:
        def in_heads(x: Any) -> Any:
            return np.swapaxes(x.reshape(*x.shape[:2], HEADS, -1), 1, 2)

        q, k, v = in_heads(self.queries(x)), in_heads(self.keys(x)), in_heads(self.values(x))
        taken = F.scaled_dot_product_attention(rotated(q), rotated(k), v, is_causal=True)
        return self.out(np.swapaxes(taken, 1, 2).reshape(x.shape))


class GPT(nn.Module):
    def __init__(self, characters: int, layers: int) -> None:
        self.embedding = nn.Embedding(characters, WIDTH)
        self.convolution = nn.Conv1d(WIDTH, WIDTH, 4, padding=3)
        self.blocks = nn.Sequential(*(Block() for _ in range(layers)))
        self.norm = nn.RMSNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters)

    def forward(self, text: Any) -> Any:
        """The logits of the character after each, of shape (texts, characters so far, kinds of characters)."""
        x = self.embedding(text)
        x = x + np.swapaxes(self.convolution(np.swapaxes(x, 1, 2))[..., : text.shape[1]], 1, 2)  # of the last four
        return self.head(self.norm(self.blocks(x)))


def windows(text: Any, starts: Any) -> Any:
    """Pieces of a text, each of one character more than is read at once."""
    return text[starts[:, None] + numpy.arange(LENGTH + 1)]


def losses(model: nn.Module, pieces: Any) -> Any:
    """-log of the probability of each character but the first, of shape (pieces, LENGTH)."""
    return F.cross_entropy(np.swapaxes(model(pieces[:, :-1]), 1, 2), pieces[:, 1:], reduction="none")


def optimizers(model: GPT, steps: int) -> list[optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for everything else."""
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or not name.startswith("blocks")]
    schedule = optim.schedules.one_cycle
    return [
        optim.Optimizer(matrices, optim.scheduled(optim.muon, lr=schedule(0.02, steps), weight_decay=0.1)),
        optim.Optimizer(others, optim.scheduled(optim.adamw, lr=schedule(0.006, steps))),
    ]


def train(model: GPT, text: Any, steps: int, seed: int) -> None:
    trained_by = optimizers(model, steps)

    @wg.jit
    def step(pieces: Any) -> Any:
        model.zero_grad()
        loss = np.mean(losses(model, pieces))
        loss.backward()
        for optimizer in trained_by:
            optimizer.step()
        return loss

    rng = numpy.random.default_rng(seed)
    for _ in (bar := trange(steps, desc="GPT")):
        loss = step(windows(text, rng.integers(0, len(text) - LENGTH, BATCH)))
        bar.set_postfix_str(f"{loss.item() / math.log(2):.2f} bits", refresh=False)


def bits_per_character(model: GPT, text: Any) -> float:
    """On a text that is gone through in windows that overlap by half, of which the second half counts."""
    half = LENGTH // 2
    starts = numpy.arange(0, len(text) - LENGTH, half)
    with wg.no_grad():
        of_batch = wg.jit(lambda pieces: np.sum(losses(model, pieces)[:, half:]))
        total = sum(of_batch(windows(text, batch)).item() for batch in numpy.array_split(starts, len(starts) // BATCH))
    return total / (len(starts) * half) / math.log(2)


def continued(model: GPT, text: Any, count: int, seed: int) -> Any:
    """A text of at least `LENGTH` characters with more, drawn one after the other."""
    rng = wg.random.default_rng(seed)

    @wg.jit
    def following(text: Any) -> Any:
        logits = model(text)[0, -1] / 0.7
        return np.argmax(logits + rng.gumbel(size=logits.shape))  # a draw from softmax(logits)

    with wg.no_grad():
        for _ in range(count):
            text = numpy.append(text, following(text[None, -LENGTH:]).item())
    return text


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    layers, steps, written = (3, 2000, 600) if size == "full" else (1, 25, 20)
    train_text, test_text = load_topics().split()
    alphabet = sorted({*train_text, *test_text})
    if size == "quick":
        test_text = test_text[:3000]
    code = {character: number for number, character in enumerate(alphabet)}
    numbers, unseen = (numpy.array([code[c] for c in text]) for text in (train_text, test_text))
    model = GPT(len(alphabet), layers)
    print(f"{sum(p.size for p in model.parameters()):,} parameters, {len(numbers):,} characters to learn from")
    train(model, numbers, steps, seed)
    figures = {
        "5-grams": KneserNey(train_text, 5, alphabet).bits_per_character(test_text),
        "GPT": bits_per_character(model, unseen),
    }
    for name, bits in figures.items():
        print(f"{name:8} {bits:.3f} bits per character on {len(unseen):,} that are held out")
    text = "".join(alphabet[number] for number in continued(model, unseen[:LENGTH], written, seed))
    print("it was shown:\n    " + text[:LENGTH].replace("\n", "\n    "))
    print("it goes on:\n    " + text[LENGTH:].replace("\n", "\n    "))
    return {**figures, "text": text[LENGTH:]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
