"""What in an input a result depends on: gradients and averages of gradients, and maps of classes.

Each takes a function of a batch (a network) and a batch of inputs, and gives one number for each number of the input.
The result that is explained is ``target``: the number of a column (one for all, or one for each example), or a function
from the outputs to one number for each example; by default the outputs themselves, summed over all but the first axis.
A network may be given compiled, which is worth it where gradients are taken at many points::

    wg.nn.integrated_gradients(wg.jit(net), x)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .errors import wrong
from .module import Module

__all__ = ["grad_cam", "integrated_gradients", "saliency", "smooth_grad"]


def _explained(f: Callable[..., Any], target: Any) -> Callable[[Any], wg.Tensor]:
    """The results that are explained, one for each example."""

    def results(x: Any) -> wg.Tensor:
        return _chosen(f(x), target)

    return results


def _chosen(outputs: Any, target: Any) -> Any:
    if callable(target):
        return target(outputs)
    if target is None:
        return np.sum(outputs, axis=tuple(range(1, outputs.ndim)))
    return outputs[numpy.arange(outputs.shape[0]), target]


def _gradient(results: Callable[[Any], wg.Tensor], x: Any) -> wg.Tensor:
    with wg.no_grad():
        return wg.grad(lambda x: np.sum(results(x)))(x)


def saliency(f: Callable[..., Any], x: Any, target: Any = None, absolute: bool = True) -> wg.Tensor:
    """The gradient of a result, or its magnitude.

    Args:
        f: a function of a batch, of shape (N, ...), that gives a batch.
        x: the batch.
        target: see above.
        absolute: give magnitudes.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.saliency(lambda x: x**2, np.array([[1.0, -3.0]]))
    tensor([[2., 6.]])

    Source: K. Simonyan et al., "Deep inside convolutional networks" (2014).
    """
    found = _gradient(_explained(f, target), np.asarray(x))
    return np.abs(found) if absolute else found


def integrated_gradients(
    f: Callable[..., Any], x: Any, baseline: Any = 0.0, target: Any = None, steps: int = 64, tolerance: float = 0.01
) -> wg.Tensor:
    """The difference of a result between the input and a baseline, shared among the numbers of the input.

    Args:
        f: a function of a batch, of shape (N, ...), that gives a batch.
        x: the batch.
        baseline: an input that means nothing, of a shape that broadcasts to that of `x`.
        target: see above.
        steps: points on the way from the baseline to the input (Gauss-Legendre).
        tolerance: how far the shares of an example may be from adding up to the difference, relative to the largest.

    Raises:
        ValueError: they are further from it.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.integrated_gradients(lambda x: x[:, :1] ** 2 * x[:, 1:], np.array([[1.0, 3.0]]))
    tensor([[2., 1.]])

    Source: M. Sundararajan et al., "Axiomatic attribution for deep networks" (2017), eq. 1.
    """
    x, results = np.asarray(x), _explained(f, target)
    start = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    places, weights = numpy.polynomial.legendre.leggauss(steps)
    total = np.zeros(x.shape, x.dtype)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        total = total + float(weight) * _gradient(results, start + float(place) * (x - start))
    shares = (x - start) * total
    with wg.no_grad():
        _check_complete(shares, results(x) - results(start), steps, tolerance)
    return shares


def _check_complete(shares: wg.Tensor, differences: wg.Tensor, steps: int, tolerance: float) -> None:
    missing = np.abs(np.sum(shares, axis=tuple(range(1, shares.ndim))) - differences)
    if np.max(missing) > tolerance * np.max(np.abs(differences)):
        raise wrong(
            "integrated_gradients",
            f"a function whose shares miss the difference by {float(np.max(missing)):.3g}",
            f"at most {tolerance:g} of {float(np.max(np.abs(differences))):.3g}",
            f"write steps={4 * steps}, since it bends more than {steps} points tell",
        )


def smooth_grad(
    f: Callable[..., Any], x: Any, target: Any = None, samples: int = 50, noise: float = 0.15, rng: Any = None
) -> wg.Tensor:
    """The mean of the gradients at inputs with noise.

    Args:
        f: a function of a batch, of shape (N, ...), that gives a batch.
        x: the batch.
        target: see above.
        samples: how many gradients.
        noise: the standard deviation of the noise, relative to the range of `x`.
        rng: the generator; that of `wengert.random` by default.

    Source: D. Smilkov et al., "SmoothGrad" (2017).
    """
    x, results = np.asarray(x), _explained(f, target)
    scale = noise * (np.max(x) - np.min(x))
    draw = (wg.random if rng is None else rng).normal
    total = np.zeros(x.shape, x.dtype)
    for _ in range(samples):
        total = total + _gradient(results, x + scale * draw(size=x.shape).astype(x.dtype))
    return total / samples


def grad_cam(module: Module, layer: str | Module, x: Any, target: Any = None) -> wg.Tensor:
    """Where a convolutional network looks: the channels of a layer, weighted by the mean gradients of a result.

    Args:
        module: a network of a batch of shape ``(N, C, *space)``.
        layer: a layer of it whose result has shape ``(N, channels, *places)``, or the path to it.
        x: the batch.
        target: see above.

    Returns:
        A map for each example, of shape ``(N, *places)``, with no negative numbers.

    Source: R. Selvaraju et al., "Grad-CAM" (2017), eq. 1-2.
    """
    part = module.get_submodule(layer) if isinstance(layer, str) else layer
    kept: list[wg.Tensor] = []

    def results(shift: Any) -> wg.Tensor:
        kept.clear()

        def shifted(_: Module, args: Any, output: wg.Tensor) -> wg.Tensor:
            kept.append(wg.stop_gradient(output))
            return output + shift

        with part.register_forward_hook(shifted):
            return _chosen(module(x), target)

    with wg.no_grad():
        results(0.0)
        if not kept:
            raise wrong("grad_cam", f"a layer {layer!r} that does not run", "one that does", "write another path")
        activations = kept[0]
        gradients = _gradient(results, np.zeros(activations.shape, activations.dtype))
        space = tuple(range(2, activations.ndim))
        weights = np.mean(gradients, axis=space, keepdims=True)
        return np.maximum(np.sum(weights * activations, axis=1), 0)
