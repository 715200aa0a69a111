"""Text classification: is a passage of Python's `help()` about statements or about types?

A small network of words, trained on nothing but these passages, against naive Bayes on the bag of their n-grams (single
words, pairs and triples). The network averages the vectors of the words and the largest responses of a convolution
over three neighbours. All passages are tested: blocks of neighbouring ones are held out in turn, in five folds.

After Y. Kim, "Convolutional neural networks for sentence classification" (2014).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from math import log
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim
from wengert.datasets import load_topics
from wengert.nn.functional import cross_entropy

STATEMENTS = [
    "assert", "assignment", "async", "augassign", "await", "break", "class", "compound", "context-managers",
    "continue", "conversions", "del", "dynamic-features", "exceptions", "execmodel", "exprlists", "for", "function",
    "global", "if", "import", "lambda", "naming", "nonlocal", "pass", "raise", "return", "try", "while", "with",
    "yield",
]  # fmt: skip
TYPES = [
    "attribute-access", "bltin-code-objects", "customization", "numeric-types", "objects", "sequence-types",
    "specialattrs", "specialnames", "string-methods", "truth", "types", "typesfunctions", "typesmapping",
    "typesmethods", "typesmodules", "typesseq",
]  # fmt: skip
"""Topics of the language reference that are about one and about the other."""

FOLDS, LENGTH, BATCH = 5, 80, 32


def passages() -> tuple[list[list[str]], Any]:
    """The words and signs of paragraphs of eight words or more, and whether each is about types."""
    topics = load_topics()
    known = {**dict.fromkeys(STATEMENTS, 0), **dict.fromkeys(TYPES, 1)}
    rows = [(p, known[topic]) for p, topic in zip(*topics, strict=True) if topic in known and len(p.split()) >= 8]
    return [re.findall(r"\w+|[^\w\s]", p.lower()) for p, _ in rows], numpy.array([label for _, label in rows])


# -- the baseline ----------------------------------------------------------------------------------


def grams(words: list[str]) -> list[str]:
    return [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]


def naive_bayes(texts: list[list[str]], labels: Any, unseen: list[list[str]]) -> Any:
    """The classes that multinomial naive Bayes gives, each n-gram counted once more than it was seen."""
    counts: list[Counter[str]] = [Counter(), Counter()]
    for text, label in zip(texts, labels, strict=True):
        counts[label].update(grams(text))
    kinds = len(counts[0] | counts[1])
    odds = {g: log((counts[1][g] + 1) / (counts[0][g] + 1)) for g in counts[0] | counts[1]}
    of_no_gram = log((counts[0].total() + kinds) / (counts[1].total() + kinds))
    prior = log(labels.mean() / (1 - labels.mean()))
    return numpy.array([prior + sum(odds.get(g, 0.0) + of_no_gram for g in grams(text)) > 0 for text in unseen], int)


# -- the network -----------------------------------------------------------------------------------


class Network(nn.Module):
    def __init__(self, words: int, width: int = 96) -> None:
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.convolution = nn.Conv1d(width, width, 3, padding=1)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(2 * width, 2)

    def forward(self, numbers: Any) -> Any:
        """The logits of both classes; number 0 stands for no word."""
        there = (numbers > 0)[:, None]
        x = np.swapaxes(self.embedding(numbers), 1, 2)
        mean = np.sum(x, axis=2) / np.sqrt(np.sum(there, axis=2)).astype(x.dtype)
        largest = np.max(np.where(there, nn.functional.relu(self.convolution(self.dropout(x))), 0), axis=2)
        return self.head(self.dropout(np.concatenate([mean, largest], axis=1)))


def numbered(texts: list[list[str]], vocabulary: dict[str, int]) -> Any:
    """The first words of texts as numbers, filled up with 0; words that are not known are 1."""
    result = numpy.zeros((len(texts), LENGTH), int)
    for row, text in zip(result, texts, strict=True):
        row[: len(text)] = [vocabulary.get(word, 1) for word in text[:LENGTH]]
    return result


def by_network(texts: list[list[str]], labels: Any, unseen: list[list[str]], epochs: int, seed: int) -> Any:
    """The classes that a network gives after it was trained."""
    counts = Counter(word for text in texts for word in set(text))
    vocabulary = {word: i for i, word in enumerate((w for w, count in counts.items() if count > 1), start=2)}
    model = Network(len(vocabulary) + 2)
    train(model, numbered(texts, vocabulary), labels, epochs, seed)
    with wg.no_grad():
        return np.argmax(model(numbered(unseen, vocabulary)), axis=1).numpy()


def train(model: nn.Module, numbers: Any, labels: Any, epochs: int, seed: int) -> None:
    data = wg.data.TensorDataset(numbers, labels)
    loader = wg.data.DataLoader(data, batch_size=BATCH, shuffle=True, drop_last=True, seed=seed)
    optimizer = optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1)

    @wg.jit
    def step(numbers: Any, labels: Any) -> None:
        optimizer.zero_grad()
        cross_entropy(model(numbers), labels).backward()
        optimizer.step()

    for _ in range(epochs):
        for batch in loader:
            step(*batch)
    model.eval()


# -- side by side ----------------------------------------------------------------------------------


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    texts, labels = passages()
    fold_of = numpy.arange(len(texts)) // 20 % FOLDS
    right: dict[str, list[bool]] = {"naive Bayes": [], "network": []}
    for fold in trange(FOLDS if size == "full" else 1, unit="fold"):
        seen = [text for text, its in zip(texts, fold_of, strict=True) if its != fold]
        unseen = [text for text, its in zip(texts, fold_of, strict=True) if its == fold]
        known, wanted = labels[fold_of != fold], labels[fold_of == fold]
        right["naive Bayes"] += list(naive_bayes(seen, known, unseen) == wanted)
        right["network"] += list(by_network(seen, known, unseen, 20 if size == "full" else 8, seed) == wanted)
    figures = {name: float(numpy.mean(found)) for name, found in right.items()}
    print(f"{len(right['network'])} passages, of which {numpy.mean(labels):.1%} are about types")
    for name, accuracy in figures.items():
        print(f"{name:12} {accuracy:.1%} are told rightly")
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
