"""Word embeddings by skip-grams with negative sampling, and the nearest neighbours of some words.

A word is known by the company it keeps: its vector is trained to have a large product with those of words that stand
near it in the English of Python's own `help()`, and a small one with those of words that are drawn at random. Words
that are used alike come to lie near one another.

After T. Mikolov et al., "Distributed representations of words and phrases and their compositionality" (2013).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim
from wengert.datasets import load_topics
from wengert.nn.functional import logsigmoid

WINDOW, NEGATIVES, WIDTH, BATCH = 5, 8, 64, 1024
RARE = 8
"""Words that are there less often are left out."""

ALIKE = [
    ("list", "tuple"), ("integer", "float"), ("getattr", "setattr"), ("left", "right"), ("mutable", "immutable"),
    ("true", "false"), ("keys", "values"), ("lower", "upper"), ("class", "instance"), ("try", "except"),
    ("start", "end"), ("bytes", "bytearray"), ("argument", "parameter"), ("float", "complex"), ("equal", "unequal"),
]  # fmt: skip
"""Words that anyone would expect to be used alike."""

SHOWN = """list tuple sequence dictionary set keys values integer float complex numbers decimal string bytes bytearray
    upper lower characters class instance metaclass subclass method function argument parameter exception raise try
    except handler finally import module package attribute getattr setattr left right operand align width"""
"""Words that are drawn."""


def read() -> tuple[list[str], Any]:
    """The words, the most frequent first, and the text as their numbers."""
    words = [word for p in load_topics().paragraphs for word in re.findall(r"[a-z]+", p.lower()) if len(word) > 1]
    vocabulary = [word for word, count in Counter(words).most_common() if count >= RARE]
    number = {word: i for i, word in enumerate(vocabulary)}
    return vocabulary, numpy.array([number[word] for word in words if word in number])


def thinned(text: Any, rng: Any) -> Any:
    """The text with most of its frequent words left out, which say little (section 2.3 of the paper)."""
    share = numpy.bincount(text)[text] / len(text)
    return text[rng.uniform(size=len(text)) < numpy.sqrt(1e-3 / share)]


def pairs(text: Any, rng: Any) -> Any:
    """Each word with each that stands near it, of shape (pairs, 2), in random order."""
    ahead = [numpy.stack([text[:-distance], text[distance:]], axis=1) for distance in range(1, WINDOW + 1)]
    found = numpy.concatenate(ahead)
    return rng.permutation(numpy.concatenate([found, found[:, ::-1]]))


class SkipGrams(nn.Module):
    def __init__(self, words: int) -> None:
        self.words, self.near = nn.Embedding(words, WIDTH), nn.Embedding(words, WIDTH)
        with wg.no_grad():
            self.words.weight.copy_(self.words.weight / WIDTH)
            self.near.weight.copy_(np.zeros_like(self.near.weight))

    def forward(self, words: Any, near: Any, others: Any) -> Any:
        """-log of the probability of telling words near each from others (equation 4 of the paper)."""
        vectors = self.words(words)[:, None]
        right = np.sum(vectors * self.near(near)[:, None], axis=-1)
        wrong = np.sum(vectors * self.near(others), axis=-1)
        return -np.mean(np.sum(logsigmoid(right), axis=1) + np.sum(logsigmoid(-wrong), axis=1))


def train(model: SkipGrams, text: Any, epochs: int, seed: int) -> None:
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    rng = numpy.random.default_rng(seed)
    frequencies = numpy.bincount(text) ** 0.75

    @wg.jit
    def step(batch: Any, others: Any) -> Any:
        optimizer.zero_grad()
        loss = model(batch[:, 0], batch[:, 1], others)
        loss.backward()
        optimizer.step()
        return loss

    for _ in (bar := trange(epochs, unit="epoch")):
        batches = pairs(thinned(text, rng), rng)
        batches = batches[: len(batches) // BATCH * BATCH].reshape(-1, BATCH, 2)
        shape = (len(batches), BATCH, NEGATIVES)
        others = rng.choice(len(frequencies), shape, p=frequencies / frequencies.sum())
        losses = [step(batch, wrong) for batch, wrong in zip(batches, others, strict=True)]
        bar.set_postfix(loss=f"{np.mean(np.stack(losses)).item():.3f}")


def directions(model: SkipGrams) -> Any:
    """The vectors of all words, of length 1."""
    vectors = model.words.weight.detach().numpy()
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def ranks(similar: Any, vocabulary: list[str]) -> list[int]:
    """For each pair of words that are alike, the how-manyth neighbour the second is of the first."""
    number = {word: i for i, word in enumerate(vocabulary)}
    known = [(number[a], number[b]) for a, b in ALIKE if a in number and b in number]
    return [int((similar[a] > similar[a, b]).sum()) for a, b in known]


def save_picture(path: Path, vectors: Any, vocabulary: list[str]) -> None:
    """Some words in the plane in which they are farthest apart (principal components)."""
    from matplotlib.figure import Figure

    shown = [word for word in SHOWN.split() if word in vocabulary]
    of_shown = vectors[[vocabulary.index(word) for word in shown]]
    centred = of_shown - of_shown.mean(axis=0)
    plane = centred @ numpy.linalg.svd(centred)[2][:2].T
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    axes.scatter(*plane.T, s=8, color="#2f855a")
    for word, place in zip(shown, plane, strict=True):
        axes.annotate(word, place, textcoords="offset points", xytext=(4, 2), fontsize=8)
    axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    vocabulary, text = read()
    model = SkipGrams(len(vocabulary))
    train(model, text, 15 if size == "full" else 3, seed)
    vectors = directions(model)
    similar = vectors @ vectors.T
    for word in ("list", "integer", "class", "exception", "left", "statement", "keys"):
        nearest = numpy.argsort(-similar[vocabulary.index(word)])[1:7]
        print(f"{word:12} {', '.join(vocabulary[i] for i in nearest)}")
    found = ranks(similar, vocabulary)
    print(f"{len(text):,} words of {len(vocabulary):,} kinds; of pairs that are alike the second is in the median the")
    print(f"neighbour {numpy.median(found):g} of the first, where by chance it would be {len(vocabulary) / 2:g}")
    picture = folder / "c14_word_embeddings.png"
    save_picture(picture, vectors, vocabulary)
    print(f"saved {picture}")
    return {"picture": picture, "rank": float(numpy.median(found)), "kinds": len(vocabulary), "pairs": len(found)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
