"""Layers and losses with inputs, written so that one text makes them of `wengert.nn` and of ``torch.nn``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

Array = numpy.ndarray


class Case(NamedTuple):
    """Something that is called with arrays.

    Attributes:
        make: from a package of layers to a layer or function.
        inputs: from a generator of random numbers to arrays; the floating ones are differentiated.
        mode: how the module is used.
    """

    make: Callable[[Any], Any]
    inputs: Callable[[numpy.random.Generator], tuple[Any, ...]]
    training: bool = True


def normal(*shapes: tuple[int, ...]) -> Callable[[numpy.random.Generator], tuple[Any, ...]]:
    return lambda r: tuple(r.normal(size=shape) for shape in shapes)


def classes(*shape: int, count: int) -> Callable[[numpy.random.Generator], tuple[Any, ...]]:
    """Scores of some classes, and targets."""
    return lambda r: (r.normal(size=(shape[0], count, *shape[1:])), r.integers(0, count, size=shape))


def signs(*shapes: tuple[int, ...]) -> Callable[[numpy.random.Generator], tuple[Any, ...]]:
    """Arrays, and targets 1 and -1 of the shape of the last."""
    return lambda r: (*(r.normal(size=s) for s in shapes), r.choice([-1, 1], size=shapes[-1][:1]))


def log_probabilities(r: numpy.random.Generator, *shape: int) -> Array:
    x = r.normal(size=shape)
    return x - numpy.log(numpy.exp(x).sum(-1, keepdims=True))


def probabilities(r: numpy.random.Generator, *shape: int) -> Array:
    return numpy.exp(log_probabilities(r, *shape))


def as_array(package: Any, values: Any) -> Any:
    """An array of a package, for settings that are arrays."""
    return package.Parameter(package_array(package, values)).detach()


def package_array(package: Any, values: Any) -> Any:
    if package.__name__.startswith("torch"):
        import torch

        return torch.tensor(values, dtype=torch.float64)
    return numpy.array(values, numpy.float64)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "CELU": lambda nn: nn.CELU(0.5),
    "ELU": lambda nn: nn.ELU(1.3),
    "GELU": lambda nn: nn.GELU(),
    "GELU tanh": lambda nn: nn.GELU(approximate="tanh"),
    "GLU": lambda nn: nn.GLU(),
    "Hardshrink": lambda nn: nn.Hardshrink(0.4),
    "Hardsigmoid": lambda nn: nn.Hardsigmoid(),
    "Hardswish": lambda nn: nn.Hardswish(),
    "Hardtanh": lambda nn: nn.Hardtanh(-0.5, 0.8),
    "LeakyReLU": lambda nn: nn.LeakyReLU(0.2),
    "LogSigmoid": lambda nn: nn.LogSigmoid(),
    "LogSoftmax": lambda nn: nn.LogSoftmax(dim=1),
    "Mish": lambda nn: nn.Mish(),
    "PReLU": lambda nn: nn.PReLU(),
    "PReLU of channels": lambda nn: nn.PReLU(6),
    "ReLU": lambda nn: nn.ReLU(inplace=False),
    "ReLU6": lambda nn: nn.ReLU6(),
    "RReLU in use": lambda nn: nn.RReLU().eval(),
    "SELU": lambda nn: nn.SELU(),
    "Sigmoid": lambda nn: nn.Sigmoid(),
    "SiLU": lambda nn: nn.SiLU(),
    "Softmax": lambda nn: nn.Softmax(dim=-1),
    "Softmin": lambda nn: nn.Softmin(dim=0),
    "Softplus": lambda nn: nn.Softplus(2.0, 3.0),
    "Softshrink": lambda nn: nn.Softshrink(0.3),
    "Softsign": lambda nn: nn.Softsign(),
    "Tanh": lambda nn: nn.Tanh(),
    "Tanhshrink": lambda nn: nn.Tanhshrink(),
    "Threshold": lambda nn: nn.Threshold(0.1, -2.0),
    "normalize": lambda nn: nn.functional.normalize,
}

CASES: dict[str, Case] = {
    **{
        name: Case(make, lambda r: (3 * r.normal(size=(5, 6)),), "in use" not in name)
        for name, make in ACTIVATIONS.items()
    },
    "Softmax2d": Case(lambda nn: nn.Softmax2d(), normal((2, 3, 2, 2))),
    "Linear": Case(lambda nn: nn.Linear(3, 4), normal((5, 3))),
    "Linear without bias, more axes": Case(lambda nn: nn.Linear(3, 4, bias=False), normal((2, 5, 3))),
    "Bilinear": Case(lambda nn: nn.Bilinear(3, 4, 2), normal((5, 3), (5, 4))),
    "Sequential": Case(lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), normal((5, 3))),
    "Flatten": Case(lambda nn: nn.Flatten(1, 2), normal((2, 3, 4, 2))),
    "Unflatten": Case(lambda nn: nn.Unflatten(-1, (2, 3)), normal((2, 6))),
    # losses
    "MSELoss": Case(lambda nn: nn.MSELoss(), normal((4, 3), (4, 3))),
    "MSELoss none": Case(lambda nn: nn.MSELoss(reduction="none"), normal((4, 3), (4, 3))),
    "L1Loss sum": Case(lambda nn: nn.L1Loss(reduction="sum"), normal((4, 3), (4, 3))),
    "HuberLoss": Case(lambda nn: nn.HuberLoss(delta=0.7), normal((4, 3), (4, 3))),
    "SmoothL1Loss": Case(lambda nn: nn.SmoothL1Loss(beta=0.7), normal((4, 3), (4, 3))),
    "CrossEntropyLoss": Case(lambda nn: nn.CrossEntropyLoss(), classes(6, count=4)),
    "CrossEntropyLoss of images": Case(lambda nn: nn.CrossEntropyLoss(reduction="none"), classes(2, 3, 2, count=4)),
    "CrossEntropyLoss of one": Case(lambda nn: nn.CrossEntropyLoss(), lambda r: (r.normal(size=4), numpy.array(2))),
    "CrossEntropyLoss weighted, smoothed, ignoring": Case(
        lambda nn: nn.CrossEntropyLoss(
            weight=as_array(nn, [0.5, 1.0, 2.0, 0.1]), ignore_index=1, label_smoothing=0.2
        ),
        classes(6, 2, count=4),
    ),
    "CrossEntropyLoss smoothed sum": Case(
        lambda nn: nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.1), classes(6, count=4)
    ),
    "CrossEntropyLoss of probabilities": Case(
        lambda nn: nn.CrossEntropyLoss(weight=as_array(nn, [0.5, 1.0, 2.0]), label_smoothing=0.1),
        lambda r: (r.normal(size=(5, 3)), probabilities(r, 5, 3)),
    ),
    "NLLLoss weighted": Case(
        lambda nn: nn.NLLLoss(weight=as_array(nn, [0.5, 1.0, 2.0]), ignore_index=2),
        lambda r: (log_probabilities(r, 6, 3), r.integers(0, 3, size=6)),
    ),
    "BCELoss": Case(lambda nn: nn.BCELoss(), lambda r: (r.uniform(0.05, 0.95, (4, 3)), r.uniform(size=(4, 3)))),
    "BCEWithLogitsLoss": Case(
        lambda nn: nn.BCEWithLogitsLoss(pos_weight=as_array(nn, [0.5, 2.0, 1.0])),
        lambda r: (r.normal(size=(4, 3)), r.uniform(size=(4, 3))),
    ),
    "KLDivLoss batchmean": Case(
        lambda nn: nn.KLDivLoss(reduction="batchmean"),
        lambda r: (log_probabilities(r, 4, 3), probabilities(r, 4, 3)),
    ),
    "KLDivLoss of logarithms": Case(
        lambda nn: nn.KLDivLoss(reduction="sum", log_target=True),
        lambda r: (log_probabilities(r, 4, 3), log_probabilities(r, 4, 3)),
    ),
    "PoissonNLLLoss": Case(
        lambda nn: nn.PoissonNLLLoss(full=True), lambda r: (r.normal(size=5), numpy.array([0, 1, 2, 5, 3]))
    ),
    "PoissonNLLLoss of rates": Case(
        lambda nn: nn.PoissonNLLLoss(log_input=False), lambda r: (r.uniform(1, 2, 5), r.uniform(0, 3, 5))
    ),
    "GaussianNLLLoss": Case(
        lambda nn: nn.GaussianNLLLoss(full=True),
        lambda r: (r.normal(size=(4, 3)), r.normal(size=(4, 3)), r.uniform(0.5, 2, (4, 1))),
    ),
    "MarginRankingLoss": Case(lambda nn: nn.MarginRankingLoss(margin=0.3), signs((6,), (6,))),
    "HingeEmbeddingLoss": Case(lambda nn: nn.HingeEmbeddingLoss(margin=0.8), signs((6,))),
    "SoftMarginLoss": Case(lambda nn: nn.SoftMarginLoss(), signs((6,))),
    "MultiLabelMarginLoss": Case(
        lambda nn: nn.MultiLabelMarginLoss(),
        lambda r: (r.normal(size=(2, 4)), numpy.array([[3, 0, -1, 1], [2, -1, 0, 0]])),
    ),
    "MultiLabelSoftMarginLoss": Case(
        lambda nn: nn.MultiLabelSoftMarginLoss(),
        lambda r: (r.normal(size=(2, 4)), r.integers(0, 2, size=(2, 4)).astype(float)),
    ),
    "MultiMarginLoss": Case(
        lambda nn: nn.MultiMarginLoss(p=2, margin=0.7, weight=as_array(nn, [0.5, 1.0, 2.0])), classes(5, count=3)
    ),
    "CosineEmbeddingLoss": Case(lambda nn: nn.CosineEmbeddingLoss(margin=0.1), signs((5, 3), (5, 3))),
    "TripletMarginLoss": Case(lambda nn: nn.TripletMarginLoss(swap=True), normal((5, 3), (5, 3), (5, 3))),
    "TripletMarginWithDistanceLoss": Case(
        lambda nn: nn.TripletMarginWithDistanceLoss(margin=0.4), normal((5, 3), (5, 3), (5, 3))
    ),
    "CosineSimilarity": Case(lambda nn: nn.CosineSimilarity(dim=1), normal((5, 3), (5, 3))),
    "PairwiseDistance": Case(lambda nn: nn.PairwiseDistance(p=3), normal((5, 3), (5, 3))),
    "AdaptiveLogSoftmaxWithLoss": Case(
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], div_value=2.0, head_bias=True),
        lambda r: (r.normal(size=(5, 8)), numpy.array([0, 2, 4, 11, 8])),
    ),
    "CTCLoss": Case(
        lambda nn: lambda x, *rest: nn.CTCLoss()(nn.functional.log_softmax(x, -1), *rest),
        lambda r: (
            r.normal(size=(7, 3, 4)),
            numpy.array([[1, 2, 2], [3, 1, 1], [1, 3, 2]]),
            numpy.array([7, 6, 5]),
            numpy.array([3, 2, 1]),
        ),
    ),
    "CTCLoss of one row, impossible": Case(
        lambda nn: lambda x, *rest: nn.CTCLoss(blank=3, reduction="none", zero_infinity=True)(
            nn.functional.log_softmax(x, -1), *rest
        ),
        lambda r: (r.normal(size=(4, 2, 4)), numpy.array([1, 2, 1, 1, 1]), numpy.array([4, 3]), numpy.array([2, 3])),
    ),
}  # fmt: skip


def sequences(package: Any, *, sort: bool = False) -> Callable[..., Any]:
    """From padded sequences to packed ones."""

    def pack(x: Any, lengths: Any) -> Any:
        return package.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=sort)

    return pack


def packed(layer: Any, package: Any) -> Any:
    """A recurrent layer of packed sequences, as a module."""

    class OfPacked(package.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: Any, lengths: Any, *state: Any) -> Any:
            out, last = self.layer(sequences(package)(x, lengths), *state)
            return package.utils.rnn.pad_packed_sequence(out)[0], last

    return OfPacked()


LENGTHS = numpy.array([2, 4, 1])
SEEN = numpy.tril(numpy.ones((4, 4), bool))
PADDED = numpy.array([[False, False, False, True], [False] * 4, [False, True, True, True]])

CASES |= {
    # normalisation
    "BatchNorm1d": Case(lambda nn: nn.BatchNorm1d(3), normal((5, 3))),
    "BatchNorm1d of sequences, averaging": Case(lambda nn: nn.BatchNorm1d(3, momentum=None), normal((5, 3, 2))),
    "BatchNorm1d in use": Case(lambda nn: nn.BatchNorm1d(3), normal((5, 3)), training=False),
    "BatchNorm2d": Case(lambda nn: nn.BatchNorm2d(3, momentum=0.3), normal((2, 3, 2, 2))),
    "BatchNorm2d without state": Case(
        lambda nn: nn.BatchNorm2d(3, affine=False, track_running_stats=False), normal((2, 3, 2, 2)), training=False
    ),
    "BatchNorm3d": Case(lambda nn: nn.BatchNorm3d(2), normal((2, 2, 2, 2, 3))),
    "InstanceNorm1d": Case(lambda nn: nn.InstanceNorm1d(3, affine=True), normal((2, 3, 4))),
    "InstanceNorm2d of one": Case(lambda nn: nn.InstanceNorm2d(3), normal((3, 2, 3))),
    "InstanceNorm2d with state": Case(lambda nn: nn.InstanceNorm2d(3, track_running_stats=True), normal((2, 3, 2, 3))),
    "InstanceNorm3d": Case(lambda nn: nn.InstanceNorm3d(2), normal((2, 2, 2, 2, 2))),
    "LayerNorm": Case(lambda nn: nn.LayerNorm(4), normal((3, 2, 4))),
    "LayerNorm of two axes": Case(lambda nn: nn.LayerNorm((2, 4), eps=0.1, bias=False), normal((3, 2, 4))),
    "RMSNorm": Case(lambda nn: nn.RMSNorm(4), normal((3, 2, 4))),
    "GroupNorm": Case(lambda nn: nn.GroupNorm(2, 4), normal((3, 4, 3))),
    "LocalResponseNorm": Case(lambda nn: nn.LocalResponseNorm(3, 0.5, 0.6, 2.0), normal((2, 5, 3))),
    # embeddings
    "Embedding": Case(lambda nn: nn.Embedding(5, 3, padding_idx=1), lambda r: (r.integers(0, 5, size=(2, 4)),)),
    "Embedding of a largest norm": Case(
        lambda nn: nn.Embedding(5, 3, max_norm=0.8), lambda r: (r.integers(0, 4, size=(2, 4)),)
    ),
    "EmbeddingBag": Case(lambda nn: nn.EmbeddingBag(5, 3), lambda r: (r.integers(0, 5, size=(2, 4)),)),
    "EmbeddingBag by offsets": Case(
        lambda nn: nn.EmbeddingBag(5, 3, mode="mean", padding_idx=2),
        lambda r: (r.integers(0, 5, size=7), numpy.array([0, 3, 3, 5])),
    ),
    "EmbeddingBag largest": Case(
        lambda nn: nn.EmbeddingBag(5, 3, mode="max"), lambda r: (r.integers(0, 5, size=7), numpy.array([0, 3, 3, 5]))
    ),
    "EmbeddingBag weighted": Case(
        lambda nn: nn.EmbeddingBag(5, 3, mode="sum", include_last_offset=True),
        lambda r: (r.integers(0, 5, size=6), numpy.array([0, 3, 6]), r.normal(size=6)),
    ),
    # recurrence
    "RNN": Case(lambda nn: nn.RNN(3, 4), normal((5, 2, 3))),
    "RNN relu, batch first, given state": Case(
        lambda nn: nn.RNN(3, 4, nonlinearity="relu", batch_first=True), normal((2, 5, 3), (1, 2, 4))
    ),
    "LSTM": Case(lambda nn: nn.LSTM(3, 4), normal((5, 2, 3))),
    "LSTM of one sequence": Case(lambda nn: nn.LSTM(3, 4, bias=False), normal((5, 3))),
    "LSTM two layers, both directions": Case(lambda nn: nn.LSTM(3, 2, 2, bidirectional=True), normal((4, 2, 3))),
    "LSTM projected": Case(lambda nn: nn.LSTM(3, 4, 2, proj_size=2, batch_first=True), normal((2, 4, 3))),
    "LSTM packed": Case(
        lambda nn: packed(nn.LSTM(3, 2, 2, bidirectional=True), nn), lambda r: (r.normal(size=(4, 3, 3)), LENGTHS)
    ),
    "GRU": Case(lambda nn: nn.GRU(3, 4), normal((5, 2, 3))),
    "GRU both directions, given state": Case(lambda nn: nn.GRU(3, 2, bidirectional=True), normal((4, 2, 3), (2, 2, 2))),
    "GRU packed, given state": Case(
        lambda nn: packed(nn.GRU(3, 2), nn), lambda r: (r.normal(size=(4, 3, 3)), LENGTHS, r.normal(size=(1, 3, 2)))
    ),
    "RNNCell": Case(lambda nn: nn.RNNCell(3, 4, nonlinearity="relu"), normal((2, 3), (2, 4))),
    "LSTMCell": Case(lambda nn: nn.LSTMCell(3, 4), normal((2, 3))),
    "GRUCell": Case(lambda nn: nn.GRUCell(3, 4), normal((2, 3), (2, 4))),
    # attention
    "scaled_dot_product_attention": Case(
        lambda nn: nn.functional.scaled_dot_product_attention, normal((2, 3, 4), (2, 5, 4), (2, 5, 3))
    ),
    "scaled_dot_product_attention masked": Case(
        lambda nn: nn.functional.scaled_dot_product_attention,
        lambda r: (r.normal(size=(3, 4, 4)), r.normal(size=(3, 4, 4)), r.normal(size=(3, 4, 3)), SEEN),
    ),
    "scaled_dot_product_attention causal": Case(
        lambda nn: (
            lambda q, k, v: nn.functional.scaled_dot_product_attention(
                q, k, v, is_causal=True, scale=0.3, enable_gqa=True
            )
        ),
        normal((2, 4, 3, 4), (2, 2, 5, 4), (2, 2, 5, 3)),
    ),
    "MultiheadAttention": Case(lambda nn: nn.MultiheadAttention(4, 2), normal((3, 2, 4), (5, 2, 4), (5, 2, 4))),
    "MultiheadAttention of one": Case(lambda nn: nn.MultiheadAttention(4, 2), normal((3, 4), (5, 4), (5, 4))),
    "MultiheadAttention masked": Case(
        lambda nn: nn.MultiheadAttention(4, 2, batch_first=True, bias=False),
        lambda r: (*(r.normal(size=(3, 4, 4)) for _ in range(3)), PADDED, True, ~SEEN, False),
    ),
    "MultiheadAttention of other features, with more keys": Case(
        lambda nn: nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, kdim=3, vdim=2, batch_first=True),
        lambda r: (r.normal(size=(3, 4, 4)), r.normal(size=(3, 4, 3)), r.normal(size=(3, 4, 2)), PADDED),
    ),
    "TransformerEncoderLayer": Case(
        lambda nn: nn.TransformerEncoderLayer(4, 2, 6, 0.0, activation="gelu", norm_first=True),
        normal((3, 2, 4)),
    ),
    "TransformerDecoderLayer": Case(
        lambda nn: nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0, batch_first=True),
        lambda r: (r.normal(size=(2, 4, 4)), r.normal(size=(2, 3, 4)), ~SEEN),
    ),
    "Transformer": Case(
        lambda nn: nn.Transformer(4, 2, 2, 1, 6, dropout=0.0, batch_first=True), normal((2, 3, 4), (2, 2, 4))
    ),
    "TransformerEncoder": Case(
        lambda nn: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0), 2, nn.LayerNorm(4), enable_nested_tensor=False
        ),
        lambda r: (r.normal(size=(4, 3, 4)), ~SEEN, PADDED),
    ),
}


IMAGES = normal((2, 4, 5, 6))

PADS = {
    "ConstantPad1d": lambda nn: nn.ConstantPad1d(2, 3.5),
    "ZeroPad2d": lambda nn: nn.ZeroPad2d((1, 2, 0, -1)),
    "ReflectionPad2d": lambda nn: nn.ReflectionPad2d((1, 2, 0, 1)),
    "ReplicationPad2d": lambda nn: nn.ReplicationPad2d(2),
    "CircularPad2d": lambda nn: nn.CircularPad2d((3, 1, 2, 0)),
}

CASES |= {
    # convolution
    "Conv1d": Case(lambda nn: nn.Conv1d(2, 3, 3), normal((2, 2, 7))),
    "Conv1d same, dilated, grouped": Case(
        lambda nn: nn.Conv1d(4, 6, 4, padding="same", dilation=2, groups=2, bias=False), normal((2, 4, 9))
    ),
    "Conv1d of one": Case(lambda nn: nn.Conv1d(2, 3, 3, padding=1), normal((2, 7))),
    "Conv2d": Case(lambda nn: nn.Conv2d(4, 3, (3, 2), stride=(2, 1), padding=(1, 0)), IMAGES),
    "Conv2d of each channel": Case(lambda nn: nn.Conv2d(4, 8, 3, groups=4, dilation=(1, 2)), IMAGES),
    "Conv2d reflecting": Case(lambda nn: nn.Conv2d(4, 2, 3, padding=1, padding_mode="reflect"), IMAGES),
    "Conv2d circular, same": Case(lambda nn: nn.Conv2d(4, 2, (2, 3), padding="same", padding_mode="circular"), IMAGES),
    "Conv3d": Case(lambda nn: nn.Conv3d(2, 2, 2, stride=(1, 2, 1)), normal((1, 2, 3, 4, 3))),
    "ConvTranspose1d": Case(lambda nn: nn.ConvTranspose1d(2, 3, 3, stride=2), normal((2, 2, 4))),
    "ConvTranspose2d": Case(
        lambda nn: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=(1, 0), groups=2),
        normal((2, 4, 3, 3)),
    ),
    "ConvTranspose2d dilated, of a size": Case(
        lambda nn: nn.ConvTranspose2d(4, 2, 2, stride=3, dilation=2, bias=False),
        lambda r: (r.normal(size=(2, 4, 3, 3)), (10, 11)),
    ),
    "ConvTranspose3d": Case(lambda nn: nn.ConvTranspose3d(2, 2, 2), normal((1, 2, 2, 3, 2))),
    "Unfold": Case(lambda nn: nn.Unfold((2, 3), dilation=(2, 1), padding=1, stride=2), IMAGES),
    "Fold": Case(lambda nn: nn.Fold((4, 5), (2, 3), padding=1, stride=2), normal((2, 12, 9))),
    # pools
    "MaxPool1d": Case(lambda nn: nn.MaxPool1d(2), normal((2, 3, 7))),
    "MaxPool2d": Case(lambda nn: nn.MaxPool2d(3, stride=2, padding=1), IMAGES),
    "MaxPool2d dilated, to the end": Case(lambda nn: nn.MaxPool2d((2, 3), 2, dilation=2, ceil_mode=True), IMAGES),
    "MaxPool3d": Case(lambda nn: nn.MaxPool3d(2), normal((1, 2, 4, 4, 2))),
    "MaxPool2d and back": Case(
        lambda nn: lambda x: nn.MaxUnpool2d(2)(*nn.MaxPool2d(2, return_indices=True)(x)), normal((2, 3, 4, 6))
    ),
    "AvgPool1d": Case(lambda nn: nn.AvgPool1d(3, 2), normal((2, 3, 7))),
    "AvgPool2d": Case(lambda nn: nn.AvgPool2d(3, 2, padding=1), IMAGES),
    "AvgPool2d without padding, to the end": Case(
        lambda nn: nn.AvgPool2d((2, 3), 2, padding=1, ceil_mode=True, count_include_pad=False), IMAGES
    ),
    "AvgPool2d to the end": Case(lambda nn: nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), IMAGES),
    "AvgPool3d": Case(lambda nn: nn.AvgPool3d(2, divisor_override=3), normal((1, 2, 4, 4, 2))),
    "LPPool1d": Case(lambda nn: nn.LPPool1d(2, 3), normal((2, 3, 7))),
    "LPPool2d": Case(lambda nn: nn.LPPool2d(4, 2, ceil_mode=True), IMAGES),
    "AdaptiveAvgPool1d": Case(lambda nn: nn.AdaptiveAvgPool1d(3), normal((2, 3, 7))),
    "AdaptiveAvgPool2d": Case(lambda nn: nn.AdaptiveAvgPool2d((2, None)), IMAGES),
    "AdaptiveAvgPool2d to one": Case(lambda nn: nn.AdaptiveAvgPool2d(1), IMAGES),
    "AdaptiveMaxPool2d": Case(lambda nn: nn.AdaptiveMaxPool2d((3, 4)), IMAGES),
    "AdaptiveMaxPool1d with places": Case(lambda nn: nn.AdaptiveMaxPool1d(3, return_indices=True), normal((2, 3, 7))),
    "AdaptiveMaxPool2d with places": Case(
        lambda nn: nn.AdaptiveMaxPool2d((3, None), return_indices=True), normal((2, 3, 7, 4))
    ),
    # space
    **{name: Case(make, IMAGES) for name, make in PADS.items()},
    "PixelShuffle": Case(lambda nn: nn.PixelShuffle(2), normal((2, 8, 2, 3))),
    "PixelUnshuffle": Case(lambda nn: nn.PixelUnshuffle(2), normal((2, 2, 4, 6))),
    "ChannelShuffle": Case(lambda nn: nn.ChannelShuffle(2), IMAGES),
    "Upsample nearest": Case(lambda nn: nn.Upsample(scale_factor=2), IMAGES),
    "Upsample nearest, smaller": Case(lambda nn: nn.Upsample(size=(3, 4)), IMAGES),
    "Upsample nearest-exact": Case(lambda nn: nn.Upsample(size=(7, 4), mode="nearest-exact"), IMAGES),
    "Upsample linear": Case(lambda nn: nn.Upsample(scale_factor=1.5, mode="linear"), normal((2, 3, 5))),
    "Upsample bilinear": Case(lambda nn: nn.Upsample(size=(9, 4), mode="bilinear"), IMAGES),
    "UpsamplingBilinear2d": Case(lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), IMAGES),
    "Upsample bicubic": Case(lambda nn: nn.Upsample(size=(7, 9), mode="bicubic"), IMAGES),
    "Upsample trilinear": Case(lambda nn: nn.Upsample(scale_factor=2, mode="trilinear"), normal((1, 2, 2, 3, 2))),
    "affine_grid": Case(
        lambda nn: lambda t: nn.functional.affine_grid(t, (2, 1, 3, 4), align_corners=False), normal((2, 2, 3))
    ),
    "affine_grid of volumes, by corners": Case(
        lambda nn: lambda t: nn.functional.affine_grid(t, (1, 1, 2, 3, 4), align_corners=True), normal((1, 3, 4))
    ),
    **{
        f"grid_sample {mode}, {outside}, {corners}": Case(
            lambda nn, settings=(mode, outside, corners): lambda x, grid: nn.functional.grid_sample(x, grid, *settings),
            normal((2, 3, 4, 5), (2, 3, 4, 2)),
        )
        for mode, outside, corners in [
            ("bilinear", "zeros", False),
            ("bilinear", "border", True),
            ("bilinear", "reflection", False),
            ("bilinear", "reflection", True),
            ("nearest", "zeros", True),
            ("nearest", "border", False),
            ("bicubic", "zeros", False),
            ("bicubic", "border", True),
            ("bicubic", "reflection", False),
        ]
    },
    "grid_sample of volumes": Case(
        lambda nn: lambda x, grid: nn.functional.grid_sample(x, grid, align_corners=False),
        normal((2, 2, 3, 4, 3), (2, 2, 3, 1, 3)),
    ),
    "fractional_max_pool2d": Case(
        lambda nn: (
            lambda x, samples: nn.functional.fractional_max_pool2d(
                x, (2, 3), output_size=(4, 3), _random_samples=samples.detach()
            )
        ),
        lambda r: (r.normal(size=(2, 3, 7, 8)), r.uniform(size=(2, 3, 2))),
    ),
    "fractional_max_pool2d with places": Case(
        lambda nn: (
            lambda x, samples: nn.functional.fractional_max_pool2d(
                x, 2, output_ratio=(0.6, 0.7), return_indices=True, _random_samples=samples.detach()
            )
        ),
        lambda r: (r.normal(size=(2, 3, 7, 8)), r.uniform(size=(2, 3, 2))),
    ),
    "fractional_max_pool3d": Case(
        lambda nn: (
            lambda x, samples: nn.functional.fractional_max_pool3d(
                x, (2, 3, 1), output_size=(2, 2, 4), _random_samples=samples.detach()
            )
        ),
        lambda r: (r.normal(size=(1, 2, 4, 5, 6)), r.uniform(size=(1, 2, 3))),
    ),
    "pdist": Case(lambda nn: nn.functional.pdist, normal((4, 3))),
    "pdist of another norm": Case(lambda nn: lambda x: nn.functional.pdist(x, 3.0), normal((4, 3))),
    "interpolate by areas": Case(lambda nn: lambda x: nn.functional.interpolate(x, size=(3, 4), mode="area"), IMAGES),
}


def seed_of(name: str) -> int:
    return sum(name.encode())


def inputs_of(name: str) -> tuple[Any, ...]:
    """The inputs of a case."""
    return CASES[name].inputs(numpy.random.default_rng(seed_of(name)))


def parameter_values(name: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """Values for the parameters of a case, by name."""
    r = numpy.random.default_rng(seed_of(name) + 1)
    return {key: r.normal(size=shape) / 2 for key, shape in shapes.items()}


def cotangent(name: str, position: int, shape: tuple[int, ...]) -> Array:
    """The weights of a result in the loss whose gradients are compared."""
    return numpy.random.default_rng(seed_of(name) + 2 + position).normal(size=shape)
