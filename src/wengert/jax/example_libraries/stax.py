"""``jax.example_libraries.stax``: a layer is a pair of functions, ``(init, apply)``.

``init(key, input_shape)`` gives the shape of the output and parameters, ``apply(parameters, inputs)`` the output.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any, Final

from ...names import missing_name as _missing_name
from .. import lax, nn, numpy as jnp, random
from ..array import Array
from ..nn.initializers import glorot_normal, normal as randn, ones, zeros

__all__ = [
    "AvgPool", "BatchNorm", "Conv", "Dense", "Dropout", "Elu", "Exp",
    "FanInConcat", "FanInSum", "FanOut", "Flatten", "Gelu", "GeneralConv", "Identity", "LeakyRelu", "LogSoftmax",
    "MaxPool", "Relu", "Selu", "Sigmoid", "Softmax", "Softplus", "SumPool", "Tanh", "elementwise", "glorot_normal",
    "normal", "ones", "parallel", "randn", "serial", "shape_dependent", "zeros",
]  # fmt: skip

Layer = tuple[Callable[..., Any], Callable[..., Any]]
normal = randn


def Dense(out_dim: int, W_init: Any = None, b_init: Any = None) -> Layer:  # noqa: N802 - as in JAX
    """An affine map of the last axis."""
    weight_init, bias_init = W_init or glorot_normal(), b_init or randn()

    def init(rng: Array, input_shape: Sequence[int]) -> Any:
        weight_key, bias_key = random.split(rng)
        parameters = weight_init(weight_key, (input_shape[-1], out_dim)), bias_init(bias_key, (out_dim,))
        return (*input_shape[:-1], out_dim), parameters

    def apply(params: Any, inputs: Any, **_: Any) -> Any:
        weight, bias = params
        return jnp.dot(inputs, weight) + bias

    return init, apply


# -- convolutions and pools ------------------------------------------------------------------------


def GeneralConv(  # noqa: N802 - as in JAX
    dimension_numbers: Sequence[str], out_chan: int, filter_shape: Sequence[int], strides: Any = None,
    padding: Any = "VALID", W_init: Any = None, b_init: Any = None,
) -> Layer:  # fmt: skip
    """A convolution whose axes have names, such as ``("NHWC", "HWIO", "NHWC")``."""
    names, kernel_names, out_names = dimension_numbers
    steps = tuple(strides or (1,) * len(filter_shape))
    space_names = [c for c in kernel_names if c not in "IO"]
    weight_init = W_init or glorot_normal(kernel_names.index("I"), kernel_names.index("O"))
    bias_init = b_init or randn(1e-6)

    def init(rng: Array, input_shape: Sequence[int]) -> Any:
        lengths = iter(filter_shape)
        known = {"O": out_chan, "I": input_shape[names.index("C")]}
        kernel_shape = tuple(known[c] if c in known else next(lengths) for c in kernel_names)
        space = [input_shape[names.index(c)] for c in space_names]
        counts = dict(zip(space_names, _counts(space, filter_shape, steps, padding), strict=True))
        counts |= {"N": input_shape[names.index("N")], "C": out_chan}
        bias_shape = tuple(out_chan if c == "C" else 1 for c in out_names)
        weight_key, bias_key = random.split(rng)
        parameters = weight_init(weight_key, kernel_shape), bias_init(bias_key, bias_shape)
        return tuple(counts[c] for c in out_names), parameters

    def apply(params: Any, inputs: Any, **_: Any) -> Any:
        weight, bias = params
        numbers = tuple(dimension_numbers)
        return lax.conv_general_dilated(inputs, weight, steps, padding, dimension_numbers=numbers) + bias

    return init, apply


def _counts(lengths: Sequence[int], sizes: Sequence[int], strides: Sequence[int], padding: Any) -> list[int]:
    """How many windows there are along each axis."""
    edges = lax.padtype_to_pads(lengths, sizes, strides, padding)
    each = zip(lengths, sizes, strides, edges, strict=True)
    return [(length + low + high - size) // stride + 1 for length, size, stride, (low, high) in each]


def Conv(out_chan: int, filter_shape: Sequence[int], *args: Any, **kwargs: Any) -> Layer:  # noqa: N802 - as in JAX
    """A convolution of pictures, channels last."""
    return GeneralConv(("NHWC", "HWIO", "NHWC"), out_chan, filter_shape, *args, **kwargs)


def _pool(reducer: Any, start: float, rescaler: Any) -> Callable[..., Layer]:
    def make(window_shape: Sequence[int], strides: Any = None, padding: str = "VALID", spec: Any = None) -> Layer:
        names = spec or "NHWC"[: 1 + len(window_shape)] + "C"
        steps = iter(strides or (1,) * len(window_shape))
        lengths = iter(window_shape)
        window = tuple(1 if c in "NC" else next(lengths) for c in names)
        moves = tuple(1 if c in "NC" else next(steps) for c in names)

        def init(rng: Array, input_shape: Sequence[int]) -> Any:
            space = [place for place, c in enumerate(names) if c not in "NC"]
            counts = _counts(
                [input_shape[p] for p in space], [window[p] for p in space], [moves[p] for p in space], padding
            )
            found = list(input_shape)
            for place, count in zip(space, counts, strict=True):
                found[place] = count
            return tuple(found), ()

        def apply(params: Any, inputs: Any, **_: Any) -> Any:
            out = lax.reduce_window(inputs, start, reducer, window, moves, padding)
            return rescaler(out, inputs, window, moves, padding) if rescaler else out

        return init, apply

    return make


def _by_counts(out: Any, inputs: Any, window: Any, strides: Any, padding: Any) -> Any:
    """Sums over how many elements there are in each window."""
    ones_like = jnp.ones_like(inputs)
    return out / lax.reduce_window(ones_like, 0.0, jnp.add, window, strides, padding)


MaxPool: Final = _pool(jnp.maximum, float("-inf"), None)
SumPool: Final = _pool(jnp.add, 0.0, None)
AvgPool: Final = _pool(jnp.add, 0.0, _by_counts)


def BatchNorm(  # noqa: N802 - as in JAX
    axis: Any = (0, 1, 2), epsilon: float = 1e-5, center: bool = True, scale: bool = True, beta_init: Any = zeros,
    gamma_init: Any = ones,
) -> Layer:  # fmt: skip
    """Less the mean of a batch, over its standard deviation, times and plus parameters."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)

    def init(rng: Array, input_shape: Sequence[int]) -> Any:
        shape = tuple(length for place, length in enumerate(input_shape) if place not in axes)
        shift_key, scale_key = random.split(rng)
        made = beta_init(shift_key, shape) if center else (), gamma_init(scale_key, shape) if scale else ()
        return tuple(input_shape), made

    def apply(params: Any, inputs: Any, **_: Any) -> Any:
        shape = tuple(1 if place in axes else length for place, length in enumerate(inputs.shape))
        shift, factor = (each.reshape(shape) if isinstance(each, Array) else each for each in params)
        found = nn.standardize(inputs, axes, epsilon=epsilon)
        found = factor * found if scale else found
        return found + shift if center else found

    return init, apply


# -- functions of elements -------------------------------------------------------------------------


def elementwise(fun: Callable[..., Any], **options: Any) -> Layer:
    """A function of each element as a layer without parameters."""
    return _unchanged, lambda params, inputs, **_: fun(inputs, **options)


def _unchanged(rng: Any, input_shape: Sequence[int]) -> Any:
    return input_shape, ()


Tanh: Final = elementwise(jnp.tanh)
Exp: Final = elementwise(jnp.exp)
Identity: Final = elementwise(lambda x: x)
Relu: Final = elementwise(nn.relu)
Gelu: Final = elementwise(nn.gelu)
Elu: Final = elementwise(nn.elu)
Selu: Final = elementwise(nn.selu)
LeakyRelu: Final = elementwise(nn.leaky_relu)
Sigmoid: Final = elementwise(nn.sigmoid)
Softplus: Final = elementwise(nn.softplus)
LogSoftmax: Final = elementwise(nn.log_softmax, axis=-1)
Softmax: Final = elementwise(nn.softmax, axis=-1)
Flatten: Layer = (
    lambda rng, input_shape: ((input_shape[0], prod(input_shape[1:])), ()),
    lambda params, inputs, **_: inputs.reshape(inputs.shape[0], -1),
)


def Dropout(rate: float, mode: str = "train") -> Layer:  # noqa: N802 - as in JAX
    """Elements that are kept with a probability `rate`, over it; all of them unless ``mode="train"``."""

    def apply(params: Any, inputs: Any, *, rng: Any = None, **_: Any) -> Any:
        if mode != "train":
            return inputs
        if rng is None:
            raise ValueError(
                "[Dropout] no key was given, wanted one to draw with; write apply(params, inputs, rng=key)"
            )
        return jnp.where(random.bernoulli(rng, rate, inputs.shape), inputs / rate, 0)

    return _unchanged, apply


# -- layers of layers ------------------------------------------------------------------------------


def FanOut(num: int) -> Layer:  # noqa: N802 - as in JAX
    """The input so many times."""
    return lambda rng, shape: ([shape] * num, ()), lambda params, inputs, **_: [inputs] * num


FanInSum: Layer = (lambda rng, shapes: (shapes[0], ()), lambda params, inputs, **_: reduce(operator.add, inputs))


def FanInConcat(axis: int = -1) -> Layer:  # noqa: N802 - as in JAX
    """Inputs one after another."""

    def init(rng: Any, shapes: Sequence[Any]) -> Any:
        found = list(shapes[0])
        found[axis] = sum(shape[axis] for shape in shapes)
        return tuple(found), ()

    return init, lambda params, inputs, **_: jnp.concatenate(inputs, axis)


def _keys(rng: Any, count: int) -> Sequence[Any]:
    return [None] * count if rng is None else random.split(rng, count)  # type: ignore[return-value]


def serial(*layers: Layer) -> Layer:
    """Layers one after another."""
    inits, applies = zip(*layers, strict=True) if layers else ((), ())

    def init(rng: Array, input_shape: Any) -> Any:
        params = []
        for each in inits:
            rng, key = random.split(rng)
            input_shape, made = each(key, input_shape)
            params.append(made)
        return input_shape, params

    def apply(params: Any, inputs: Any, *, rng: Any = None, **kwargs: Any) -> Any:
        for each, own, key in zip(applies, params, _keys(rng, len(applies)), strict=True):
            inputs = each(own, inputs, rng=key, **kwargs)
        return inputs

    return init, apply


def parallel(*layers: Layer) -> Layer:
    """Layers side by side, each with an input of its own."""
    inits, applies = zip(*layers, strict=True)

    def init(rng: Array, input_shape: Any) -> Any:
        made = zip(inits, random.split(rng, len(inits)), input_shape, strict=True)
        shapes, params = zip(*(each(key, shape) for each, key, shape in made), strict=True)
        return list(shapes), list(params)

    def apply(params: Any, inputs: Any, *, rng: Any = None, **kwargs: Any) -> Any:
        given = zip(applies, params, inputs, _keys(rng, len(applies)), strict=True)
        return [each(own, x, rng=key, **kwargs) for each, own, x, key in given]

    return init, apply


def shape_dependent(make_layer: Callable[[Any], Layer]) -> Layer:
    """A layer that is made for the shape of its input."""
    return (
        lambda rng, input_shape: make_layer(input_shape)[0](rng, input_shape),
        lambda params, inputs, **kwargs: make_layer(inputs.shape)[1](params, inputs, **kwargs),
    )


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "stax")
