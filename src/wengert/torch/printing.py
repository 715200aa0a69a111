"""Tensors as text, in PyTorch's form.

Source: the options ``precision=4, threshold=1000, edgeitems=3, linewidth=80`` of ``torch.set_printoptions``, whose page
says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf, isfinite
from typing import Any

import numpy

from . import dtypes
from .autograd.nodes import name_of

__all__ = ["OPTIONS", "set_printoptions", "text"]

PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": inf, "edgeitems": 3, "linewidth": 80},
}
"""Options that belong together."""

OPTIONS: dict[str, Any] = {**PROFILES["default"], "sci_mode": None}
"""How tensors are printed."""


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Print tensors otherwise; what is not given stays, but for `sci_mode`, or becomes what a profile says.

    Raises:
        ValueError: there is no such profile.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(
            f"[set_printoptions] profile={profile!r} was given, wanted one of {', '.join(map(repr, PROFILES))}; write "
            "profile='default'"
        )
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    OPTIONS.update(PROFILES.get(profile or "", {}))
    OPTIONS.update({name: value for name, value in given.items() if value is not None}, sci_mode=sci_mode)


def text(tensor: Any) -> str:
    """What ``print`` shows of a tensor."""
    values = tensor._tensor.detach().numpy()
    suffixes = _suffixes(tensor, values)
    body = _body(values, len("tensor("), suffixes)
    return _with_suffixes(f"tensor({body}", suffixes)


def _suffixes(tensor: Any, values: Any) -> list[str]:
    dtype, found = tensor.dtype, []
    usual = (dtypes.get_default_dtype(), dtypes.DTYPES["int64"], dtypes.DTYPES["bool"])
    if values.size == 0 and values.shape != (0,):
        found.append(f"size={tuple(values.shape)}")
    if (dtype not in usual and dtype is not dtypes.get_default_dtype().to_complex()) or (
        values.size == 0 and dtype is not dtypes.get_default_dtype()
    ):
        found.append(f"dtype={dtype!r}")
    name = name_of(tensor)
    if name is not None:
        found.append(f"grad_fn=<{name}>")
    elif tensor.requires_grad:
        found.append("requires_grad=True")
    return found


def _with_suffixes(body: str, suffixes: list[str]) -> str:
    """The text with what follows the elements, on another line where it would be too long."""
    last = len(body) - body.rfind("\n") - 1
    for suffix in suffixes:
        if last + len(suffix) + 2 > OPTIONS["linewidth"]:
            body, last = f"{body},\n       {suffix}", 7 + len(suffix)
        else:
            body, last = f"{body}, {suffix}", last + len(suffix) + 2
    return f"{body})"


def _body(values: Any, indent: int, suffixes: list[str]) -> str:
    if values.size == 0:
        return "[]"
    summarised = values.size > OPTIONS["threshold"]
    shown = _shown(values) if summarised else values
    if values.dtype.kind == "c":
        real, imaginary = formatter(shown.real), formatter(shown.imag)
        return _nested(values, indent, summarised, lambda z: _complex(real(z.real), imaginary(z.imag)), None)
    write = formatter(shown)
    return _nested(values, indent, summarised, write, len(write(shown.flat[0])))


def _complex(real: str, imaginary: str) -> str:
    sign = "" if imaginary.lstrip().startswith("-") else "+"
    return f"{real}{sign}{imaginary.lstrip()}j"


def _shown(values: Any) -> Any:
    """The elements that are printed of a long tensor."""
    edge = OPTIONS["edgeitems"]
    for axis, length in enumerate(values.shape):
        if length > 2 * edge:
            places = [*range(edge), *range(length - edge, length)]
            values = numpy.take(values, places, axis=axis)
    return values


def formatter(values: Any) -> Callable[[Any], str]:
    """How each of these elements is written, all in the same width."""
    if values.dtype.kind == "b" or values.dtype.kind in "iu":
        texts = [str(value) for value in values.ravel().tolist()]
        width = max(map(len, texts))
        return lambda value: str(value.item()).rjust(width)
    write = _float_format(values)
    counted = values[numpy.isfinite(values) & (values != 0)]
    width = max((len(write(value)) for value in counted), default=0)
    return lambda value: write(value).rjust(width)


def _float_format(values: Any) -> Callable[[Any], str]:
    precision, mode = OPTIONS["precision"], OPTIONS["sci_mode"]
    sizes = [abs(float(value)) for value in values.ravel() if isfinite(value) and value != 0]
    if not sizes:
        return lambda value: f"{value:.0f}." if isfinite(value) else str(float(value))
    low, high = min(sizes), max(sizes)
    whole = all(size == ceil(size) for size in sizes)
    far = high > 1.0e8 or (not whole and (high / low > 1000.0 or low < 1.0e-4))
    if mode if mode is not None else far:
        return lambda value: f"{value:.{precision}e}" if isfinite(value) else str(float(value))
    if whole:
        return lambda value: f"{value:.0f}." if isfinite(value) else str(float(value))
    return lambda value: f"{value:.{precision}f}" if isfinite(value) else str(float(value))


def _nested(values: Any, indent: int, summarised: bool, write: Callable[[Any], str], width: int | None) -> str:
    if values.ndim == 0:
        return write(values[()])
    edge = OPTIONS["edgeitems"]
    cut = summarised and values.shape[0] > 2 * edge
    parts = [*values[:edge], *values[-edge:]] if cut else list(values)
    if values.ndim == 1:
        return _row([write(part) for part in parts], indent, cut, width)
    texts = [_nested(part, indent + 1, summarised, write, width) for part in parts]
    if cut:
        texts.insert(edge, "...")
    between = "," + "\n" * (values.ndim - 1) + " " * (indent + 1)
    return f"[{between.join(texts)}]"


def _row(texts: list[str], indent: int, cut: bool, width: int | None) -> str:
    """One axis of elements, broken into lines."""
    if cut:
        texts.insert(OPTIONS["edgeitems"], " ...")
    length = (width if width is not None else max(map(len, texts))) + 2
    per_line = max(1, (OPTIONS["linewidth"] - indent) // length)
    lines = [", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line)]
    return "[" + f",\n{' ' * (indent + 1)}".join(lines) + "]"
