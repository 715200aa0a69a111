"""A softmax over very many classes, of which some are frequent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from .. import functional as F
from ..errors import check_features, wrong
from ..module import Module
from .containers import ModuleList, Sequential
from .linear import Linear

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class Scored(NamedTuple):
    """The log probability of each target, and the mean of their negatives."""

    output: wg.Tensor
    loss: wg.Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log probabilities of classes that are sorted from frequent to rare, the rare ones in clusters of smaller rank.

    Args:
        in_features: the length of the last axis of the input.
        n_classes: how many classes there are.
        cutoffs: where clusters of rare classes begin, ascending.
        div_value: by how much the rank of each cluster is smaller than that of the one before it.
        head_bias: learn shifts for the frequent classes and the clusters.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer = wg.nn.AdaptiveLogSoftmaxWithLoss(8, 100, cutoffs=[10, 50])
    >>> layer.log_prob(np.ones((3, 8))).shape, layer(np.ones((3, 8)), [0, 20, 99]).output.shape
    ((3, 100), (3,))

    Source: E. Grave et al., "Efficient softmax approximation for GPUs" (2017).
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        dtype: Any = "float32",
    ) -> None:
        bounds = list(cutoffs)
        if not bounds or bounds != sorted(set(bounds)) or not 0 < bounds[0] <= bounds[-1] < n_classes:
            raise wrong(
                "AdaptiveLogSoftmaxWithLoss",
                f"cutoffs={bounds} for {n_classes} classes",
                "ascending numbers of classes",
                f"write cutoffs=[{max(n_classes // 10, 1)}]",
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs: list[int] = [*bounds, n_classes]
        self.head: Any = Linear(in_features, bounds[0] + len(bounds), head_bias, dtype)
        self.tail: Any = ModuleList()
        for i, (low, high) in enumerate(zip(bounds, self.cutoffs[1:], strict=True)):
            rank = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(Linear(in_features, rank, False, dtype), Linear(rank, high - low, False, dtype))
            )

    def log_prob(self, input: Any) -> wg.Tensor:
        """The log probabilities of all classes, of shape (N, n_classes)."""
        x = F.as_input(input, self.head.weight)
        check_features(self, x, self.in_features, "in_features")
        of_head = F.log_softmax(self.head(x), -1)
        frequent = self.cutoffs[0]
        parts = [of_head[:, :frequent]]
        for i, cluster in enumerate(self.tail):
            parts.append(F.log_softmax(cluster(x), -1) + of_head[:, frequent + i, None])
        return np.concatenate(parts, axis=1)

    def forward(self, input: Any, target: Any) -> Scored:
        output = -F.nll_loss(self.log_prob(input), target, reduction="none")
        return Scored(output, -np.mean(output))

    def predict(self, input: Any) -> wg.Tensor:
        """The class of the largest probability, for each example."""
        return np.argmax(self.log_prob(input), axis=1)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.n_classes}, cutoffs={self.cutoffs[:-1]}"
