"""Convolutions and pools, with their derivatives in all that they read, in single precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import windows

from .awaited import awaited
from .workload import Call, Workload, Wrap

rng = numpy.random.default_rng(0)


def arrays(*shapes: tuple[int, ...]) -> list[numpy.ndarray]:
    return [(rng.standard_normal(shape) / 3).astype(numpy.float32) for shape in shapes]


# -- what is computed, in each library -------------------------------------------------------------


class Layers:
    """Convolutions with rectifiers behind them, as many as there are kernels."""

    @staticmethod
    def wengert(x: Any, *kernels: Any) -> Any:
        for kernel in kernels:
            x = np.maximum(windows.correlate(x, kernel, padding="same"), 0)
        return x

    @staticmethod
    def jax(x: Any, *kernels: Any) -> Any:
        from jax import lax, numpy as jnp

        for kernel in kernels:
            x = jnp.maximum(lax.conv_general_dilated(x, kernel, (1, 1), "SAME"), 0)
        return x

    @staticmethod
    def torch(x: Any, *kernels: Any) -> Any:
        from torch.nn.functional import conv2d, relu

        for kernel in kernels:
            x = relu(conv2d(x, kernel, padding="same"))
        return x


class Filter:
    """One convolution, where the kernel is within the image."""

    wengert = staticmethod(windows.correlate)

    @staticmethod
    def jax(x: Any, kernel: Any) -> Any:
        from jax.lax import conv_general_dilated

        return conv_general_dilated(x, kernel, (1, 1), "VALID")

    @staticmethod
    def torch(x: Any, kernel: Any) -> Any:
        from torch.nn.functional import conv2d

        return conv2d(x, kernel)


class Pool:
    """The largest of each 3 x 3 elements, in steps of 2."""

    wengert = staticmethod(partial(windows.max, size=(3, 3), strides=2, padding=1))

    @staticmethod
    def jax(x: Any) -> Any:
        from jax import lax

        padding = ((0, 0), (0, 0), (1, 1), (1, 1))
        return lax.reduce_window(x, -numpy.inf, lax.max, (1, 1, 3, 3), (1, 1, 2, 2), padding)

    @staticmethod
    def torch(x: Any) -> Any:
        from torch.nn.functional import max_pool2d

        return max_pool2d(x, 3, 2, 1)


PROBLEMS: dict[str, tuple[type, Sequence[numpy.ndarray]]] = {
    "two convolutions of digits, 64x1x8x8": (Layers, arrays((64, 1, 8, 8), (16, 1, 3, 3), (32, 16, 3, 3))),
    "two convolutions of 32x16x28x28": (Layers, arrays((32, 16, 28, 28), (16, 16, 3, 3), (16, 16, 3, 3))),
    "two convolutions of 64x32x14x14": (Layers, arrays((64, 32, 14, 14), (32, 32, 3, 3), (32, 32, 3, 3))),
    "a filter of 7x7 over 64x64": (Filter, arrays((1, 1, 64, 64), (1, 1, 7, 7))),
    "a filter of 7x7 over 256x256": (Filter, arrays((1, 1, 256, 256), (1, 1, 7, 7))),
    "max pool of 3x3 over 32x16x28x28": (Pool, arrays((32, 16, 28, 28))),
}

# -- its derivative --------------------------------------------------------------------------------


def loss(computed: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of the squares of what is computed."""

    def value(*given: Any) -> Any:
        out = computed(*given)
        return (out * out).sum()

    return value


def wengert(problem: type, given: Sequence[Any]) -> Call:
    gradient = wg.jit(wg.value_and_grad(loss(problem.wengert), argnums=tuple(range(len(given)))))
    operands = [wg.tensor(x) for x in given]
    return lambda: gradient(*operands)


def jax(problem: type, given: Sequence[Any]) -> Call:
    import jax

    return awaited(jax.value_and_grad(loss(problem.jax), argnums=tuple(range(len(given)))), *given)


def torch(problem: type, given: Sequence[Any], wrap: Wrap) -> Call:
    import torch

    operands = [torch.tensor(x, requires_grad=True) for x in given]
    value = wrap(loss(problem.torch))

    def run() -> Any:
        out = value(*operands)
        return out, torch.autograd.grad(out, operands)

    return run


def workloads() -> Iterator[Workload]:
    for name, problem in PROBLEMS.items():
        yield Workload(name, 0.9, partial(wengert, *problem), partial(jax, *problem), partial(torch, *problem), 1e-4)
