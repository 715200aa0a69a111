"""Arrays prepared for learning: standardised, one-hot, augmented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np


class Standardizer:
    """Columns with mean 0 and standard deviation 1, by the statistics of the training data.

    Args:
        x: the training data; the statistics are along its first axis, or along `axis`.
        axis: the axis, or axes, that are averaged over.

    Attributes:
        mean: of the training data.
        std: its standard deviation; 1 where it would be 0.

    >>> import wengert as wg, wengert.numpy as np
    >>> standardize = wg.data.Standardizer(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> standardize(np.array([[3.0, 6.0]]))
    tensor([[1., 1.]])
    >>> standardize.inverse(np.array([[1.0, 1.0]]))
    tensor([[3., 6.]])
    """

    def __init__(self, x: Any, axis: int | tuple[int, ...] = 0) -> None:
        x = np.asarray(x)
        if not np.all(np.isfinite(x)):
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            raise ValueError(
                f"[Standardizer] the data are {float(x[place])} at {place}, wanted finite numbers; write "
                "x = x[np.isfinite(x).all(axis=1)] to leave such rows out"
            )
        self.mean: Any = np.mean(x, axis=axis, keepdims=True)
        std = np.std(x, axis=axis, keepdims=True)
        self.std: Any = np.where(std > 0, std, 1.0).astype(std.dtype)

    def __call__(self, x: Any) -> Any:
        """The standardised data."""
        return (np.asarray(x) - self.mean) / self.std

    def inverse(self, x: Any) -> Any:
        """The data of standardised ones."""
        return np.asarray(x) * self.std + self.mean


def one_hot(labels: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """A last axis with a 1 at each label, and 0 elsewhere.

    Args:
        labels: whole numbers from 0 on, of any shape.
        num_classes: the length of the new axis; one more than the largest label by default.
        dtype: of the result.

    >>> import wengert as wg
    >>> wg.data.one_hot([1, 0], 3)
    tensor([[0., 1., 0.],
            [1., 0., 0.]], dtype=float32)
    """
    values = np.asarray(labels)
    if values.dtype.kind not in "iu":
        raise TypeError(
            f"[one_hot] the labels have dtype {values.dtype}, wanted whole numbers; write labels.astype(int)"
        )
    count = int(np.max(values)) + 1 if num_classes is None else num_classes
    if values.size and not bool(np.all((values >= 0) & (values < count))):
        raise ValueError(
            f"[one_hot] the labels go from {int(np.min(values))} to {int(np.max(values))}, wanted 0 to {count - 1} for "
            f"{count} classes; write num_classes={int(np.max(values)) + 1}, or labels - labels.min()"
        )
    return np.equal(values[..., None], np.arange(count)).astype(dtype)


Augmentation = Callable[[Any, numpy.random.Generator], Any]
"""From a batch of images, of shape (batch, ..., height, width), and a generator to such a batch."""


def random_flip(axis: int = -1, p: float = 0.5) -> Augmentation:
    """Mirror each image of a batch along an axis, with a probability.

    >>> import wengert as wg, wengert.numpy as np, numpy
    >>> wg.data.random_flip(p=1.0)(np.array([[[1.0, 2.0]]]), numpy.random.default_rng(0))
    tensor([[[2., 1.]]])
    """

    def flip(images: Any, generator: numpy.random.Generator) -> Any:
        images = np.asarray(images)
        chosen = generator.random(images.shape[0]) < p
        return np.where(chosen.reshape((-1, *[1] * (images.ndim - 1))), np.flip(images, axis), images)

    return flip


def random_shift(most: int) -> Augmentation:
    """Shift each image of a batch by up to so many pixels along its last two axes; zeros come in at the edges.

    >>> import wengert as wg, wengert.numpy as np, numpy
    >>> wg.data.random_shift(1)(np.ones((1, 2, 2)), numpy.random.default_rng(0)).shape
    (1, 2, 2)
    """

    def shift(images: Any, generator: numpy.random.Generator) -> Any:
        images = np.asarray(images)
        edges = [(0, 0)] * (images.ndim - 2) + [(most, most)] * 2
        padded, (height, width) = np.pad(images, edges), images.shape[-2:]
        corners = generator.integers(0, 2 * most + 1, (images.shape[0], 2)).tolist()
        return np.stack([padded[i, ..., a : a + height, b : b + width] for i, (a, b) in enumerate(corners)])

    return shift


def on_inputs(*augmentations: Augmentation) -> Callable[[Any, numpy.random.Generator], Any]:
    """The transform of a `DataLoader` that augments the first part of each batch, by one after another.

    >>> import wengert as wg, wengert.numpy as np
    >>> dataset = wg.data.TensorDataset(np.ones((4, 1, 8, 8)), np.arange(4))
    >>> augment = wg.data.on_inputs(wg.data.random_flip(), wg.data.random_shift(2))
    >>> loader = wg.data.DataLoader(dataset, batch_size=4, transform=augment, seed=0)
    >>> [x.shape for x, y in loader]
    [(4, 1, 8, 8)]
    """

    def transform(batch: Any, generator: numpy.random.Generator) -> Any:
        inputs, *rest = batch
        for augmentation in augmentations:
            inputs = augmentation(inputs, generator)
        return (inputs, *rest)

    return transform


__all__ = ["Augmentation", "Standardizer", "on_inputs", "one_hot", "random_flip", "random_shift"]
