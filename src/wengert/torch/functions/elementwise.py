"""Functions of each element, with PyTorch's names and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face
from wengert.scipy import special

from ..promotion import floating, promoted
from ..registry import offer
from ..tensor import Tensor, divide, of, tensor_of

__all__ = ["with_out"]


def with_out(found: Any, out: Tensor | None) -> Tensor:
    """A result, written to `out` if that is given."""
    return of(found) if out is None else out.copy_(of(found))


def _of_real(below: Callable[[Any], Any], name: str) -> Callable[..., Tensor]:
    """A function of real (or complex) numbers: of integers it is of the default dtype."""

    def apply(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        return with_out(below(floating(tensor_of(input, name))), out)

    return _named(apply, name, below)


def _of_any(below: Callable[[Any], Any], name: str) -> Callable[..., Tensor]:
    """A function that leaves the dtype to the engine."""

    def apply(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        return with_out(below(tensor_of(input, name)), out)

    return _named(apply, name, below)


def _of_two(below: Callable[[Any, Any], Any], name: str) -> Callable[..., Tensor]:
    """A function of two operands, promoted as PyTorch does."""

    def apply(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        return with_out(below(*promoted(input, other)), out)

    return _named(apply, name, below)


def _named(apply: Callable[..., Any], name: str, below: Any) -> Callable[..., Any]:
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`wengert`'s ``{getattr(below, '__name__', name)}`` of each element."
    return apply


def _sigmoid(x: Any) -> Any:
    return special.expit(x)


def _frac(x: Any) -> Any:
    return x - np.trunc(x)


OF_REAL = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan,
    "atanh": np.arctanh, "cos": np.cos, "cosh": np.cosh, "sin": np.sin, "sinh": np.sinh, "tan": np.tan,
    "tanh": np.tanh, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x, "sigmoid": _sigmoid, "erf": special.erf, "erfc": special.erfc,
    "erfinv": special.erfinv, "lgamma": special.gammaln, "digamma": special.digamma, "sinc": np.sinc,
    "deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "i0": special.i0, "logit": special.logit,
}  # fmt: skip
"""Functions of one real operand."""

OF_ANY = {
    "abs": np.absolute, "neg": np.negative, "positive": np.positive, "square": np.square, "sign": np.sign,
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "frac": _frac, "conj": np.conjugate,
    "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "isposinf": np.isposinf, "isneginf": np.isneginf,
    "logical_not": np.logical_not, "isreal": np.isreal, "bitwise_not": np.invert, "signbit": np.signbit,
    "angle": np.angle,
}  # fmt: skip
"""Functions of one operand of any dtype."""

OF_TWO = {
    "atan2": np.arctan2, "maximum": np.maximum, "minimum": np.minimum, "fmax": np.fmax, "fmin": np.fmin,
    "fmod": np.fmod, "remainder": np.remainder, "hypot": np.hypot, "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2, "copysign": np.copysign, "nextafter": np.nextafter, "xlogy": special.xlogy,
    "bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "pow": np.power, "floor_divide": np.floor_divide, "heaviside": np.heaviside,
    "gcd": np.gcd, "lcm": np.lcm, "ldexp": np.ldexp, "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift, "igamma": special.gammainc, "igammac": special.gammaincc,
    "rsub": lambda x, y: y - x, "float_power": lambda x, y: np.float_power(x, y).astype(numpy.float64),
}  # fmt: skip
"""Functions of two operands."""

OTHER_NAMES = {
    "abs": ("absolute",), "acos": ("arccos",), "acosh": ("arccosh",), "asin": ("arcsin",), "asinh": ("arcsinh",),
    "atan": ("arctan",), "atanh": ("arctanh",), "atan2": ("arctan2",), "neg": ("negative",), "trunc": ("fix",),
    "sign": ("sgn",), "eq": (), "ne": ("not_equal",), "lt": ("less",), "le": ("less_equal",), "gt": ("greater",),
    "ge": ("greater_equal",), "digamma": ("psi",),
}  # fmt: skip
"""What some of them are also called."""

for _wrap, _table in ((_of_real, OF_REAL), (_of_any, OF_ANY), (_of_two, OF_TWO)):
    for _name, _below in _table.items():
        offer(_wrap(_below, _name), _name, *OTHER_NAMES.get(_name, ()), writes=True)


def _scaled(operation: Callable[[Any, Any], Any], name: str) -> Callable[..., Tensor]:
    def apply(input: Any, other: Any, scaled: Any = None, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
        """The sum or difference of `input` and `alpha` times `other`; formerly written with `alpha` before `other`."""
        if scaled is not None:
            alpha, other = other, scaled
        found = operation(*promoted(input, other if alpha == 1 else alpha * other))
        return with_out(found, out)

    apply.__name__ = name
    return apply


for _operation, _names in ((np.add, ("add",)), (np.subtract, ("sub", "subtract"))):
    offer(_scaled(_operation, _names[0]), *_names, writes=True)
offer(_of_two(np.multiply, "mul"), "mul", "multiply", writes=True)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """`input` / `other`; with ``rounding_mode`` ``"trunc"`` or ``"floor"`` rounded, in the dtype of the operands."""
    if rounding_mode is None:
        return with_out(divide(*promoted(input, other)), out)
    x, y = promoted(input, other)
    return with_out(np.floor_divide(x, y) if rounding_mode == "floor" else np.trunc(x / y).astype((x * y).dtype), out)


offer(div, "div", "divide", "true_divide", writes=True)


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Tensor | None = None) -> Tensor:
    """The elements, but no smaller than `min` and no larger than `max`; tied with a bound the derivative is that of x.

    >>> from wengert import torch
    >>> torch.clamp(torch.tensor([-1.0, 0.5, 2.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    found = tensor_of(input, "clamp")
    for bound, is_outside in ((min, np.less), (max, np.greater)):
        if bound is not None:
            x, limit = promoted(of(found), bound)
            found = np.where(is_outside(x, limit), limit, x)
    return with_out(found, out)


def _clamp_min(input: Tensor, min: Any) -> Tensor:
    return clamp(input, min)


def _clamp_max(input: Tensor, max: Any) -> Tensor:
    return clamp(input, max=max)


offer(clamp, "clamp", "clip", writes=True)
offer(_clamp_min, "clamp_min", writes=True)
offer(_clamp_max, "clamp_max", writes=True)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest numbers with so many decimals; halves go to the even one."""
    return with_out(np.round(tensor_of(input, "round"), decimals), out)


offer(round, writes=True)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """The elements of `input` where the condition holds, else those of `other`; with one argument, where it holds."""
    if input is None and other is None:
        return tuple(map(of, np.nonzero(tensor_of(condition, "where"))))
    return of(np.where(tensor_of(condition, "where"), *promoted(input, other)))


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    return where(condition, self, other)


offer(where, method=False)
offer(_where_method, "where", function=False)


def lerp(input: Tensor, end: Any, weight: Any) -> Tensor:
    """`input` + `weight` (`end` - `input`)."""
    return input + weight * (end - input)


def addcmul(input: Tensor, tensor1: Any, tensor2: Any, last: Any = None, *, value: Any = 1) -> Tensor:
    """`input` + `value` `tensor1` `tensor2`; formerly written with `value` before the tensors."""
    if last is not None:
        value, tensor1, tensor2 = tensor1, tensor2, last
    return input + value * tensor1 * tensor2


def addcdiv(input: Tensor, tensor1: Any, tensor2: Any, last: Any = None, *, value: Any = 1) -> Tensor:
    """`input` + `value` `tensor1` / `tensor2`; formerly written with `value` before the tensors."""
    if last is not None:
        value, tensor1, tensor2 = tensor1, tensor2, last
    return input + value * (tensor1 / tensor2)


def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """The elements, with numbers in place of NaN and infinities."""
    return of(np.nan_to_num(tensor_of(input, "nan_to_num"), nan=nan, posinf=posinf, neginf=neginf))


for _function in (lerp, addcmul, addcdiv, nan_to_num):
    offer(_function, writes=True)


def relu(input: Tensor) -> Tensor:
    """The elements, but 0 for negative ones."""
    return of(wg.nn.functional.relu(tensor_of(input, "relu")))


offer(relu, writes=True)


def is_tensor(obj: Any) -> bool:
    """Whether it is a tensor."""
    return isinstance(obj, Face)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The derivative of order `n` of the digamma function."""
    x = floating(tensor_of(input, "polygamma"))
    return of(special.polygamma(n, x).astype(x.dtype))


def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of `p` dimensions."""
    return of(special.multigammaln(floating(tensor_of(input, "mvlgamma")), p))


offer(polygamma, method=False)
offer(mvlgamma)


def real(input: Tensor) -> Tensor:
    """The real parts, as a view."""
    return of(tensor_of(input, "real").real)


def imag(input: Tensor) -> Tensor:
    """The imaginary parts, as a view."""
    return of(tensor_of(input, "imag").imag)


offer(is_tensor, method=False)
for _part in (real, imag):
    offer(_part, method=False)
    setattr(Tensor, _part.__name__, property(_part))
