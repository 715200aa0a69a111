"""Connectionist temporal classification: the loss of a sequence whose alignment with its labels is unknown."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .losses import reduced
from .mixed import singly

__all__ = ["ctc_loss"]


@singly
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> wg.Tensor:
    """-log of the probability of all paths that give the targets when repeated labels and blanks are dropped.

    Args:
        log_probs: log probabilities of shape (T, N, C), or (T, C) for one sequence.
        targets: labels of shape (N, S), or (S,) for one sequence; or those of all sequences one after the other.
        input_lengths: for each sequence how many of the T steps count.
        target_lengths: for each how many labels count.
        blank: the class that stands for no label.
        reduction: ``"mean"`` divides each loss by the number of its labels first; ``"sum"`` or ``"none"``.
        zero_infinity: count a sequence that is too short for its labels as 0 (with derivative 0) instead of infinite.

    >>> import wengert as wg, wengert.numpy as np
    >>> even = np.log(np.full((3, 1, 2), 0.5))
    >>> float(np.exp(-wg.nn.functional.ctc_loss(even, [[1]], [3], [1], reduction="sum")))  # 6 of 8 paths
    0.75

    Source: A. Graves et al., "Connectionist temporal classification" (2006), eq. 6-8.
    """
    log_probs = np.asarray(log_probs)
    if log_probs.ndim == 2:
        one = ctc_loss(
            log_probs[:, None], np.asarray(targets)[None], np.reshape(input_lengths, 1), np.reshape(target_lengths, 1),
            blank, reduction, zero_infinity,
        )  # fmt: skip
        return one[0] if reduction == "none" else one
    lengths = np.asarray(target_lengths)
    labels = _with_blanks(_in_rows(targets, target_lengths), blank)
    losses = -_log_likelihood(log_probs, labels, np.asarray(input_lengths), lengths)
    if zero_infinity:
        losses = np.where(losses == numpy.inf, 0, losses)
    if reduction == "mean":
        losses = losses / np.maximum(lengths, 1).astype(losses.dtype)
    return reduced(losses, reduction, "ctc_loss")


def _in_rows(targets: Any, lengths: Any) -> wg.Tensor:
    """The labels of each sequence in a row of its own."""
    targets = np.asarray(targets)
    if targets.ndim == 2:
        return targets
    counts = numpy.asarray(lengths)
    starts = numpy.cumsum(counts) - counts
    places = starts[:, None] + numpy.arange(counts.max(initial=0))
    return targets[numpy.minimum(places, targets.size - 1)]


def _with_blanks(labels: wg.Tensor, blank: int) -> wg.Tensor:
    """The labels with a blank before, between and after them: shape (N, 2 S + 1)."""
    blanks = np.full(labels.shape, blank, labels.dtype)
    pairs = np.stack([blanks, labels], axis=-1).reshape(labels.shape[0], 2 * labels.shape[1])
    return np.concatenate([pairs, np.full((labels.shape[0], 1), blank, labels.dtype)], axis=1)


def _log_likelihood(
    log_probs: wg.Tensor, labels: wg.Tensor, input_lengths: wg.Tensor, target_lengths: wg.Tensor
) -> wg.Tensor:
    """The log probability of the labels of each sequence, by the forward variables of all its prefixes."""
    steps, count = log_probs.shape[:2]
    emitted = np.take_along_axis(log_probs, np.broadcast_to(labels, (steps, *labels.shape)), axis=2)
    may_skip = np.concatenate(
        [np.zeros((count, min(2, labels.shape[1])), bool), labels[:, 2:] != labels[:, :-2]], axis=1
    ) & (numpy.arange(labels.shape[1]) % 2 == 1)
    first = np.where(numpy.arange(labels.shape[1]) < 2, emitted[0], -numpy.inf)

    def step(before: wg.Tensor, at: Any) -> Any:
        t, emission = at
        reached = np.logaddexp(before, _shifted(before, 1))
        reached = np.where(may_skip, np.logaddexp(reached, _shifted(before, 2)), reached)
        return np.where(np.expand_dims(t < input_lengths, 1), reached + emission, before), None

    last, _ = wg.scan(step, first, (np.arange(1, steps), emitted[1:]))
    ends = np.expand_dims(2 * target_lengths, 1)
    at_blank = np.take_along_axis(last, ends, axis=1)[:, 0]
    at_label = np.take_along_axis(last, np.maximum(ends - 1, 0), axis=1)[:, 0]
    return np.where(target_lengths > 0, np.logaddexp(at_blank, at_label), at_blank)


def _shifted(x: wg.Tensor, by: int) -> wg.Tensor:
    """Rows moved to the right, with log(0) before them."""
    zeros = np.full((x.shape[0], min(by, x.shape[1])), -numpy.inf, x.dtype)
    return np.concatenate([zeros, x[:, :-by]], axis=1)
