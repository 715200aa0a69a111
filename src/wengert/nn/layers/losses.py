"""Losses as layers, called as loss(input, target): the functions of `wengert.nn.functional`."""

from __future__ import annotations

from typing import Final

from .. import functional as F
from .of_function import OfFunction

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CosineEmbeddingLoss", "CosineSimilarity", "CrossEntropyLoss",
    "GaussianNLLLoss", "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss", "MarginRankingLoss",
    "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "PairwiseDistance",
    "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss",
]  # fmt: skip


class _Loss(OfFunction):
    takes = 2


class BCELoss(_Loss):
    """`wengert.nn.functional.binary_cross_entropy`."""

    function: Final = F.binary_cross_entropy


class BCEWithLogitsLoss(_Loss):
    """`wengert.nn.functional.binary_cross_entropy_with_logits`."""

    function: Final = F.binary_cross_entropy_with_logits


class CrossEntropyLoss(_Loss):
    """`wengert.nn.functional.cross_entropy`.

    >>> import wengert as wg
    >>> wg.nn.CrossEntropyLoss(label_smoothing=0.1)([[0.0, 0.0]], [1])
    tensor(0.69314718)
    """

    function: Final = F.cross_entropy


class GaussianNLLLoss(_Loss):
    """`wengert.nn.functional.gaussian_nll_loss`, called with input, target and variance."""

    function: Final = F.gaussian_nll_loss
    takes = 3


class HingeEmbeddingLoss(_Loss):
    """`wengert.nn.functional.hinge_embedding_loss`."""

    function: Final = F.hinge_embedding_loss


class HuberLoss(_Loss):
    """`wengert.nn.functional.huber_loss`."""

    function: Final = F.huber_loss


class KLDivLoss(_Loss):
    """`wengert.nn.functional.kl_div`."""

    function: Final = F.kl_div


class L1Loss(_Loss):
    """`wengert.nn.functional.l1_loss`."""

    function: Final = F.l1_loss


class MSELoss(_Loss):
    """`wengert.nn.functional.mse_loss`."""

    function: Final = F.mse_loss


class MultiLabelMarginLoss(_Loss):
    """`wengert.nn.functional.multilabel_margin_loss`."""

    function: Final = F.multilabel_margin_loss


class MultiLabelSoftMarginLoss(_Loss):
    """`wengert.nn.functional.multilabel_soft_margin_loss`."""

    function: Final = F.multilabel_soft_margin_loss


class MultiMarginLoss(_Loss):
    """`wengert.nn.functional.multi_margin_loss`."""

    function: Final = F.multi_margin_loss


class NLLLoss(_Loss):
    """`wengert.nn.functional.nll_loss`."""

    function: Final = F.nll_loss


class PoissonNLLLoss(_Loss):
    """`wengert.nn.functional.poisson_nll_loss`."""

    function: Final = F.poisson_nll_loss


class SmoothL1Loss(_Loss):
    """`wengert.nn.functional.smooth_l1_loss`."""

    function: Final = F.smooth_l1_loss


class SoftMarginLoss(_Loss):
    """`wengert.nn.functional.soft_margin_loss`."""

    function: Final = F.soft_margin_loss


class CosineEmbeddingLoss(_Loss):
    """`wengert.nn.functional.cosine_embedding_loss`, called with two inputs and the target."""

    function: Final = F.cosine_embedding_loss
    takes = 3


class MarginRankingLoss(_Loss):
    """`wengert.nn.functional.margin_ranking_loss`, called with two inputs and the target."""

    function: Final = F.margin_ranking_loss
    takes = 3


class TripletMarginLoss(_Loss):
    """`wengert.nn.functional.triplet_margin_loss`, called with anchor, positive and negative."""

    function: Final = F.triplet_margin_loss
    takes = 3


class TripletMarginWithDistanceLoss(_Loss):
    """`wengert.nn.functional.triplet_margin_with_distance_loss`, called with anchor, positive and negative."""

    function: Final = F.triplet_margin_with_distance_loss
    takes = 3


class CTCLoss(_Loss):
    """`wengert.nn.functional.ctc_loss`, called with log probabilities, targets and the lengths of both."""

    function: Final = F.ctc_loss
    takes = 4


class CosineSimilarity(OfFunction):
    """`wengert.nn.functional.cosine_similarity` of two arrays."""

    function: Final = F.cosine_similarity
    takes = 2


class PairwiseDistance(OfFunction):
    """`wengert.nn.functional.pairwise_distance` of two arrays."""

    function: Final = F.pairwise_distance
    takes = 2
