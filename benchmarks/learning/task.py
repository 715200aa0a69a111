"""A network to train: written once for Wengert and PyTorch, whose layers have the same names, and once for JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

Arrays = tuple[numpy.ndarray, ...]


@dataclass(frozen=True)
class Task:
    """What is trained, on which batch.

    Attributes:
        name: as the table has it.
        model: makes the network of the layers of a library, ``wengert`` or ``torch``.
        loss: of the library, its network and the arrays of a batch.
        jax_model: the output, of layers (`jax_layers.Layers`) and the first array of a batch.
        jax_loss: of layers and the arrays of a batch.
        batch: the arrays of a batch; inference is of the first example of the first of them.
    """

    name: str
    model: Callable[[Any], Any]
    loss: Callable[..., Any]
    jax_model: Callable[..., Any]
    jax_loss: Callable[..., Any]
    batch: Arrays


def normal(seed: int, *shape: int) -> numpy.ndarray:
    """Normal numbers in single precision."""
    return numpy.random.default_rng(seed).standard_normal(shape).astype(numpy.float32)


def integers(seed: int, below: int, *shape: int) -> numpy.ndarray:
    """Labels or places."""
    return numpy.random.default_rng(seed).integers(0, below, shape)


def classified(library: Any, model: Any, inputs: Any, labels: Any) -> Any:
    """The cross-entropy of the scores that a network gives."""
    return library.nn.functional.cross_entropy(model(inputs), labels)


def classified_in_jax(model: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a network in JAX."""
    from .jax_layers import cross_entropy

    return lambda layers, inputs, labels: cross_entropy(model(layers, inputs), labels)
