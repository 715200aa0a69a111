"""Losses: what is between what a model gives and what was wanted, under PyTorch's names.

All take ``reduction``: ``"mean"`` or ``"sum"`` over everything, or ``"none"``. Inputs come first, targets second.
"""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..errors import wrong
from .mixed import singly

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity",
    "cross_entropy", "gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss",
    "margin_ranking_loss", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
    "nll_loss", "pairwise_distance", "pdist", "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss",
    "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip


def reduced(values: wg.Tensor, reduction: str, op: str) -> wg.Tensor:
    """The values, or their mean or sum.

    Raises:
        ValueError: the reduction is called otherwise.
    """
    if reduction == "mean":
        return np.mean(values)
    if reduction == "sum":
        return np.sum(values)
    if reduction == "none":
        return values
    raise wrong(op, f"reduction={reduction!r}", '"mean", "sum" or "none"', 'write reduction="mean"')


def _pair(input: Any, target: Any, op: str) -> tuple[wg.Tensor, wg.Tensor]:
    """Two arrays of one shape; the targets in the dtype of the inputs.

    Raises:
        ValueError: the shapes differ.
    """
    input, target = np.asarray(input), np.asarray(target)
    if input.shape != target.shape:
        raise wrong(
            op,
            f"an input of shape {input.shape} and a target of shape {target.shape}",
            "the same shape for both",
            "write target.reshape(input.shape) if they belong together",
        )
    return input, target.astype(input.dtype) if np.isdtype(input.dtype, "real floating") else target


# -- of numbers ------------------------------------------------------------------------------------


@singly
def mse_loss(input: Any, target: Any, reduction: str = "mean") -> wg.Tensor:
    """(input - target)^2.

    >>> import wengert as wg
    >>> wg.nn.functional.mse_loss([1.0, 2.0], [1.0, 4.0])
    tensor(2.)
    """
    input, target = _pair(input, target, "mse_loss")
    return reduced(np.square(input - target), reduction, "mse_loss")


@singly
def l1_loss(input: Any, target: Any, reduction: str = "mean") -> wg.Tensor:
    """abs(input - target)."""
    input, target = _pair(input, target, "l1_loss")
    return reduced(np.abs(input - target), reduction, "l1_loss")


@singly
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> wg.Tensor:
    """Half the square of the difference up to `delta`, linear beyond (P. J. Huber, 1964)."""
    input, target = _pair(input, target, "huber_loss")
    distance = np.abs(input - target)
    values = np.where(distance <= delta, 0.5 * distance**2, delta * (distance - 0.5 * delta))
    return reduced(values, reduction, "huber_loss")


@singly
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> wg.Tensor:
    """`huber_loss` divided by ``beta``, which is its ``delta``; `l1_loss` for ``beta=0``."""
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


@singly
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> wg.Tensor:
    """-log of the Poisson probability of the target.

    Args:
        input: the rate, or its logarithm if `log_input`.
        target: counts.
        log_input: see `input`.
        full: add Stirling's approximation of log(target!) where the target is above 1.
        eps: what is added to a rate before the logarithm.
        reduction: see above.
    """
    input, target = _pair(input, target, "poisson_nll_loss")
    values = np.exp(input) - target * input if log_input else input - target * np.log(input + eps)
    if full:
        stirling = special.xlogy(target, target) - target + 0.5 * np.log(2 * pi * np.maximum(target, 1))
        values = values + np.where(target > 1, stirling, 0)
    return reduced(values, reduction, "poisson_nll_loss")


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> wg.Tensor:
    """-log of the normal density of the target, with mean `input` and variance `var`.

    Args:
        input: means.
        target: what was observed.
        var: variances: of the same shape, or with a last axis of length 1 or none.
        full: add the constant log(2 pi) / 2.
        eps: the least variance; below it the variance has no derivative.
        reduction: see above.
    """
    input, target = _pair(input, target, "gaussian_nll_loss")
    var = np.asarray(var)
    if var.ndim == input.ndim - 1:
        var = var[..., None]
    var = var + wg.stop_gradient(np.maximum(eps - var, 0))
    values = 0.5 * (np.log(var) + np.square(input - target) / var)
    return reduced(values + 0.5 * log(2 * pi) if full else values, reduction, "gaussian_nll_loss")


# -- of probabilities ------------------------------------------------------------------------------


@singly
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> wg.Tensor:
    """-target log(input) - (1 - target) log(1 - input), of probabilities; the logarithms are not below -100.

    What is no probability gives NaN: logits are for `binary_cross_entropy_with_logits`.
    """
    input, target = _pair(input, target, "binary_cross_entropy")
    values = -target * _bounded_log(input) - (1 - target) * _bounded_log(1 - input)
    return reduced(values if weight is None else values * weight, reduction, "binary_cross_entropy")


LOWEST_LOG = -100.0


def _bounded_log(p: wg.Tensor) -> wg.Tensor:
    least = numpy.exp(numpy.float64(LOWEST_LOG)).astype(p.dtype)
    lowest = np.where(p < 0, numpy.nan, LOWEST_LOG)
    return np.where(p > least, np.log(np.where(p > least, p, 1)), lowest.astype(p.dtype))


@singly
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> wg.Tensor:
    """`binary_cross_entropy` of sigmoid(input), without overflow.

    Args:
        input: logits.
        target: probabilities of the same shape.
        weight: of each element.
        reduction: see above.
        pos_weight: of the positive class, for each column.
    """
    op = "binary_cross_entropy_with_logits"
    input, target = _pair(input, target, op)
    positive = target if pos_weight is None else target * np.asarray(pos_weight, input.dtype)
    values = -positive * special.log_expit(input) - (1 - target) * special.log_expit(-input)
    return reduced(values if weight is None else values * weight, reduction, op)


@singly
def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> wg.Tensor:
    """target (log(target) - input), where `input` holds log probabilities.

    Args:
        input: log probabilities.
        target: probabilities, or their logarithms if `log_target`.
        reduction: see above, or ``"batchmean"``: the sum, divided by the length of the first axis.
        log_target: see `target`.
    """
    input, target = _pair(input, target, "kl_div")
    values = np.exp(target) * (target - input) if log_target else special.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return np.sum(values) / input.shape[0]
    return reduced(values, reduction, "kl_div")


@singly
def nll_loss(
    input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> wg.Tensor:
    """-log probability of the target class, where `input` holds log probabilities.

    Args:
        input: of shape (N, C, ...), or (C,).
        target: classes from 0 to C - 1, of shape (N, ...), or ().
        weight: of each class, of shape (C,).
        ignore_index: a target that does not count.
        reduction: ``"mean"`` is weighted.

    Raises:
        IndexError: a target is no class.
        ValueError: the shapes do not fit.
    """
    return _negative_log_likelihood(np.asarray(input), target, weight, ignore_index, reduction, "nll_loss")


def _negative_log_likelihood(
    input: wg.Tensor, target: Any, weight: Any, ignore_index: int, reduction: str, op: str
) -> wg.Tensor:
    target = _classes(input, target, op)
    counts = target != ignore_index
    weights = _weights(target, weight, ignore_index, input.dtype)
    values = np.where(counts, -_of_class(input, np.where(counts, target, 0), op), 0)
    values = values if weight is None else values * weights
    return _weighted_mean(values, weights) if reduction == "mean" else reduced(values, reduction, op)


def _weighted_mean(values: wg.Tensor, weights: wg.Tensor) -> wg.Tensor:
    """The sum of weighted values over the sum of their weights, in the dtype of the values."""
    return (np.sum(values) / np.sum(weights)).astype(values.dtype)


def _weights(target: wg.Tensor, weight: Any, ignore_index: int, dtype: Any) -> wg.Tensor:
    """How much each target counts."""
    counts = np.not_equal(target, ignore_index)
    return counts if weight is None else np.where(counts, np.asarray(weight, dtype)[np.where(counts, target, 0)], 0)


def _classes(input: wg.Tensor, target: Any, op: str) -> wg.Tensor:
    """The targets, which must be integers of the shape of the input without its classes."""
    target = np.asarray(target)
    wanted = input.shape[:1] * (input.ndim > 1) + input.shape[2:]
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"[{op}] the targets have dtype {target.dtype}, wanted integers: the number of a class each; write "
            "target.astype(int)"
        )
    if target.shape != wanted:
        raise wrong(
            op,
            f"targets of shape {target.shape} for an input of shape {input.shape}",
            f"shape {wanted}: the number of a class each, where the input has its axis of classes",
            "write target.reshape(...), or np.argmax(target, axis=1) for what is one-hot",
        )
    return target


def _of_class(input: wg.Tensor, target: wg.Tensor, op: str) -> wg.Tensor:
    """What the input holds for the class of each target."""
    axis = min(input.ndim - 1, 1)
    count = input.shape[axis]
    index = np.expand_dims(np.where(target < 0, count, target), axis)  # a negative one is not to count from the end
    try:
        return np.squeeze(np.take_along_axis(input, index, axis), axis)
    except IndexError as error:
        raise IndexError(
            f"[{op}] the targets reach from {np.min(target).item()} to {np.max(target).item()}, wanted classes from 0 "
            f"to {count - 1}, of which the input has {count}; write ignore_index= for a number that stands for none"
        ) from error


@singly
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> wg.Tensor:
    """-log of the probability that `softmax` gives to the target.

    Args:
        input: logits of shape (N, C, ...), or (C,).
        target: classes of shape (N, ...), or (); or probabilities of the shape of the input.
        weight: of each class, of shape (C,).
        ignore_index: a class that does not count.
        reduction: ``"mean"`` is weighted.
        label_smoothing: the part of a target that is spread over all classes (C. Szegedy et al., 2016).

    Raises:
        IndexError: a target is no class.
        ValueError: the shapes do not fit.

    >>> import wengert as wg
    >>> wg.nn.functional.cross_entropy([[0.0, 0.0]], [1])
    tensor(0.69314718)
    """
    input = np.asarray(input)
    scores = special.log_softmax(input, axis=min(input.ndim - 1, 1))
    target = np.asarray(target)
    if np.isdtype(target.dtype, "real floating") and target.shape == input.shape:
        return _cross_entropy_of_probabilities(scores, target, weight, reduction, label_smoothing)
    loss = _negative_log_likelihood(scores, target, weight, ignore_index, reduction, "cross_entropy")
    if label_smoothing == 0:
        return loss
    spread = _spread(scores, _classes(scores, target, "cross_entropy"), weight, ignore_index, reduction)
    return (1 - label_smoothing) * loss + label_smoothing * spread


def _along_classes(weight: Any, scores: wg.Tensor) -> wg.Tensor:
    weight = np.asarray(weight, scores.dtype)
    return weight.reshape(-1, *(1,) * (scores.ndim - 2))


def _spread(scores: wg.Tensor, target: wg.Tensor, weight: Any, ignore_index: int, reduction: str) -> wg.Tensor:
    """The loss if all classes were wanted alike."""
    axis = min(scores.ndim - 1, 1)
    counts = target != ignore_index
    weighted = scores if weight is None else scores * _along_classes(weight, scores)
    values = np.where(counts, -np.mean(weighted, axis=axis), 0)
    if reduction != "mean":
        return reduced(values, reduction, "cross_entropy")
    return _weighted_mean(values, _weights(target, weight, ignore_index, scores.dtype))


def _cross_entropy_of_probabilities(
    scores: wg.Tensor, target: wg.Tensor, weight: Any, reduction: str, label_smoothing: float
) -> wg.Tensor:
    axis = min(scores.ndim - 1, 1)
    target = target.astype(scores.dtype)
    if label_smoothing:
        target = (1 - label_smoothing) * target + label_smoothing / scores.shape[axis]
    if weight is not None:
        target = target * _along_classes(weight, scores)
    values = -np.sum(target * scores, axis=axis)
    return reduced(values, reduction, "cross_entropy")


# -- with margins ----------------------------------------------------------------------------------


def _hinge(x: Any) -> wg.Tensor:
    return np.where(x > 0, x, 0)


@singly
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """max(0, margin - target (input1 - input2)), where the target is 1 if the first should rank higher, or -1."""
    ahead, target = np.asarray(input1) - np.asarray(input2), np.asarray(target)
    signs = target.astype(ahead.dtype) if np.isdtype(ahead.dtype, "real floating") else target
    return reduced(_hinge(margin - signs * ahead), reduction, "margin_ranking_loss")


@singly
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> wg.Tensor:
    """The input where the target is 1, max(0, margin - input) where it is -1."""
    input, target = _pair(input, target, "hinge_embedding_loss")
    return reduced(np.where(target == 1, input, _hinge(margin - input)), reduction, "hinge_embedding_loss")


@singly
def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> wg.Tensor:
    """log(1 + exp(-target input)), with targets 1 and -1."""
    input, target = _pair(input, target, "soft_margin_loss")
    return reduced(special.softplus(-target * input), reduction, "soft_margin_loss")


@singly
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> wg.Tensor:
    """`binary_cross_entropy_with_logits`, averaged over the classes (the last axis)."""
    values = binary_cross_entropy_with_logits(input, target, weight, "none")
    return reduced(np.mean(values, axis=-1), reduction, "multilabel_soft_margin_loss")


@singly
def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> wg.Tensor:
    """The mean over the other classes of max(0, margin - input of the target class + input)^p.

    Args:
        input: of shape (N, C), or (C,).
        target: classes, of shape (N,), or ().
        p: 1 or 2.
        margin: see above.
        weight: of each class.
        reduction: see above.
    """
    input = np.asarray(input)
    target = _classes(input, target, "multi_margin_loss")
    own = np.expand_dims(_of_class(input, target, "multi_margin_loss"), -1)
    terms = _hinge(margin - own + input) ** p
    if weight is not None:
        terms = terms * np.expand_dims(np.asarray(weight, input.dtype)[target], -1)
    others = numpy.arange(input.shape[-1]) != np.expand_dims(target, -1)
    values = np.sum(np.where(others, terms, 0), axis=-1) / input.shape[-1]
    return reduced(values, reduction, "multi_margin_loss")


@singly
def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> wg.Tensor:
    """The mean of max(0, 1 - input of a target class + input of another class) over all such pairs.

    Args:
        input: of shape (N, C), or (C,).
        target: for each example the classes it has, followed by -1 and anything, of the shape of the input.
        reduction: see above.
    """
    input, target = np.asarray(input), np.asarray(target)
    count = input.shape[-1]
    listed = np.cumprod(target >= 0, axis=-1).astype(bool)
    chosen = np.where(listed, target, 0)
    classes = numpy.arange(count)
    is_target = np.any((np.expand_dims(chosen, -1) == classes) & np.expand_dims(listed, -1), axis=-2)
    own = np.expand_dims(np.take_along_axis(input, chosen, -1), -1)
    terms = _hinge(1 - own + np.expand_dims(input, -2))
    pairs = np.expand_dims(listed, -1) & ~np.expand_dims(is_target, -2)
    values = np.sum(np.where(pairs, terms, 0), axis=(-2, -1)) / count
    return reduced(values, reduction, "multilabel_margin_loss")


# -- of embeddings ---------------------------------------------------------------------------------


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> wg.Tensor:
    """The cosine of the angle between vectors along an axis; norms below `eps` count as `eps`."""
    x1, x2 = np.asarray(x1), np.asarray(x2)
    norms = [np.maximum(np.linalg.norm(x, axis=dim), eps) for x in (x1, x2)]
    return np.sum(x1 * x2, axis=dim) / (norms[0] * norms[1])


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> wg.Tensor:
    """The p-norm of ``x1 - x2 + eps`` along the last axis."""
    difference = np.asarray(x1) - np.asarray(x2) + eps
    return np.linalg.norm(difference, ord=p, axis=-1, keepdims=keepdim)


def pdist(x: Any, p: float = 2.0) -> wg.Tensor:
    """The p-norms of the differences of all pairs of rows, those of the first row first.

    >>> import wengert as wg
    >>> wg.nn.functional.pdist([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]).round(3)
    tensor([5.   , 1.   , 4.243])

    Raises:
        ValueError: it is no matrix.
    """
    x = np.asarray(x)
    if x.ndim != 2:
        raise wrong("pdist", f"x of shape {x.shape}", "rows, of shape (N, M)", "write x.reshape(len(x), -1)")
    one, other = numpy.triu_indices(len(x), 1)
    return np.linalg.norm(x[one] - x[other], ord=p, axis=-1)


@singly
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> wg.Tensor:
    """1 - cosine where the target is 1, max(0, cosine - margin) where it is -1."""
    cosine = cosine_similarity(input1, input2, dim=-1)
    values = np.where(np.asarray(target) == 1, 1 - cosine, _hinge(cosine - margin))
    return reduced(values, reduction, "cosine_embedding_loss")


@singly
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> wg.Tensor:
    """max(0, distance to the positive - distance to the negative + margin), along the last axis.

    Args:
        anchor: of shape (N, D), as `positive` and `negative`.
        positive: what should be near.
        negative: what should be far.
        margin: see above.
        p: the order of the norm of the distance.
        eps: what is added to differences.
        swap: count the distance from the positive to the negative if that is less (V. Balntas et al., 2016).
        reduction: see above.
    """

    def distance(x: Any, y: Any) -> wg.Tensor:
        return pairwise_distance(x, y, p, eps)

    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap, reduction=reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Any = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> wg.Tensor:
    """`triplet_margin_loss` with a distance of one's own: a function of two arrays; `pairwise_distance` by default."""
    distance = distance_function or pairwise_distance
    far = distance(anchor, negative)
    if swap:
        far = np.minimum(far, distance(positive, negative))
    values = _hinge(distance(anchor, positive) - far + margin)
    return reduced(values, reduction, "triplet_margin_with_distance_loss")
