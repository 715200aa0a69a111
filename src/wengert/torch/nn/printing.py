"""What modules print: PyTorch's text, with all settings that it shows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import wengert as wg

__all__ = ["settings", "text"]


def text(module: Any) -> str:
    """The text of a module: what it is, its settings, and the modules that it consists of."""
    extra = module.extra_repr()
    children = [(name, repr(child)) for name, child in module.named_children()]
    if not children:
        return f"{type(module).__name__}({extra})"
    is_list = isinstance(module, wg.nn.ModuleList)
    parts = _together(children) if is_list else [f"({name}): {shown}" for name, shown in children]
    lines = "".join(f"\n  {line}" for part in [extra, *parts] for line in part.splitlines())
    return f"{type(module).__name__}({lines}\n)"


def _together(children: list[tuple[str, str]]) -> list[str]:
    """Children of a list; those alike that follow each other are said once."""
    found = []
    for shown, alike in groupby(children, key=lambda child: child[1]):
        names = [name for name, _ in alike]
        found.append(f"({names[0]}-{names[-1]}): {len(names)} x {shown}" if names[1:] else f"({names[0]}): {shown}")
    return found


def settings(layer: Any, below: type) -> str:
    """The settings of a layer as PyTorch shows them."""
    show = SHOWN.get(below)
    shown = below.extra_repr(layer.twin()) if show is None else show(layer)
    return ", ".join(each for each in (shown, "inplace=True" if getattr(layer, "inplace", False) else "") if each)


def _named(*names: str) -> Callable[[Any], str]:
    return lambda layer: ", ".join(f"{name}={getattr(layer, name)!r}" for name in names)


def _bare(name: str) -> Callable[[Any], str]:
    return lambda layer: f"{getattr(layer, name)}"


def _pooling(*names: str) -> Callable[[Any], str]:
    """The settings of a layer that goes over windows, whose step is by default their length."""

    def show(layer: Any) -> str:
        step = layer.kernel_size if layer.stride is None else layer.stride
        others = (f"{name}={getattr(layer, name)!r}" for name in names)
        return ", ".join((f"kernel_size={layer.kernel_size}", f"stride={step}", *others))

    return show


def _convolution(layer: Any) -> str:
    ones, zeros = (1,) * len(layer.kernel_size), (0,) * len(layer.kernel_size)
    usual = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
    others = [(name, getattr(layer, name, value), value) for name, value in usual.items()]
    parts = [f"{layer.in_channels}, {layer.out_channels}, kernel_size={layer.kernel_size}, stride={layer.stride}"]
    parts += [f"{name}={given}" for name, given, value in others if given != value]
    parts += ["bias=False"] if layer.bias is None else []
    return ", ".join([*parts, *([f"padding_mode={layer.padding_mode}"] if layer.padding_mode != "zeros" else [])])


def _channels(layer: Any) -> str:
    return (
        f"{layer.num_features}, eps={layer.eps}, momentum={layer.momentum}, affine={layer.affine}, "
        f"bias={layer.bias is not None}, track_running_stats={layer.track_running_stats}"
    )


def _with_bias(below: type) -> Callable[[Any], str]:
    return lambda layer: f"{below.extra_repr(layer.twin())}, bias={layer.bias is not None}"  # type: ignore[attr-defined]


def _dropout(layer: Any) -> str:
    return f"p={layer.p}" if getattr(layer, "inplace", False) else f"p={layer.p}, inplace=False"


def _ranks(kind: str) -> list[type]:
    """The layers of a kind over one, two and three axes."""
    names = (f"{kind}{rank}d" for rank in (1, 2, 3))
    return [getattr(wg.nn, name) for name in names if hasattr(wg.nn, name)]


SHOWN: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys([*_ranks("Conv"), *_ranks("ConvTranspose")], _convolution),
    **dict.fromkeys(_ranks("MaxPool"), _pooling("padding", "dilation", "ceil_mode")),
    **dict.fromkeys(_ranks("AvgPool"), _pooling("padding")),
    **dict.fromkeys(_ranks("LPPool"), _named("norm_type", "kernel_size", "stride", "ceil_mode")),
    **dict.fromkeys([*_ranks("BatchNorm"), *_ranks("InstanceNorm")], _channels),
    **{below: _with_bias(below) for below in (wg.nn.LayerNorm, wg.nn.GroupNorm)},
    **dict.fromkeys([wg.nn.Dropout, wg.nn.AlphaDropout, *_ranks("Dropout")], _dropout),
    **dict.fromkeys([wg.nn.ELU, wg.nn.CELU], _named("alpha")),
    **dict.fromkeys([wg.nn.Softmax, wg.nn.LogSoftmax, wg.nn.Softmin, wg.nn.GLU], _named("dim")),
    **dict.fromkeys([wg.nn.Hardshrink, wg.nn.Softshrink], _bare("lambd")),
    wg.nn.LeakyReLU: _named("negative_slope"),
    wg.nn.GELU: _named("approximate"),
    wg.nn.Hardtanh: _named("min_val", "max_val"),
    wg.nn.Softplus: _named("beta", "threshold"),
    wg.nn.Unfold: _named("kernel_size", "dilation", "padding", "stride"),
    wg.nn.Fold: _named("output_size", "kernel_size", "dilation", "padding", "stride"),
    wg.nn.LocalResponseNorm: lambda layer: f"{layer.size}, alpha={layer.alpha}, beta={layer.beta}, k={layer.k}",
    wg.nn.RNNCell: lambda layer: f"{layer.input_size}, {layer.hidden_size}",
    wg.nn.LSTMCell: lambda layer: f"{layer.input_size}, {layer.hidden_size}",
    wg.nn.MultiheadAttention: lambda layer: "",
}
"""The settings that PyTorch shows otherwise than the engine, by layer."""
