"""Natural gradients of networks, whose metric is taken for a Kronecker product in each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from math import prod
from typing import Any

import wengert as wg
import wengert.numpy as np

from .rule import Params, Rule, State

Layers = Mapping[str, Any]
"""The layers of a network that have parameters, by path."""


def kfac(module: Any, lr: Any = 1.0, damping: Any = 1e-2, decay: Any = 0.95) -> Rule:
    r"""K-FAC: the natural gradient, in each layer as if inputs and slopes of outputs were independent.

    Of a layer with weights W (and the shift as one more column, for an input of 1), inputs :math:`a_{nt}` and slopes
    :math:`g_{nt}` of its outputs, for example n and place t,

    .. math:: A = \frac1N \sum_{n,t} a_{nt} a_{nt}^\top, \quad
              G = \frac1T \sum_{n,t} \mathbb{E}\, g_{nt} g_{nt}^\top, \quad
              W \leftarrow W - \eta\, (G + \tfrac{\sqrt\lambda}{\pi} I)^{-1} \nabla_W L\; (A + \pi \sqrt\lambda I)^{-1}

    with :math:`\pi^2 = \frac{\operatorname{tr} A / \dim A}{\operatorname{tr} G / \dim G}`. The expectation is exact:
    the slopes are those of the columns of a root of the loss's Hessian in the network's outputs, as for labels that the
    network itself would draw. Both matrices are averages over the steps, of which
    :math:`\min(1 - 1/k, \text{decay})` is kept at step k; no derivative follows them.

    Layers are `wengert.nn.Linear`, with one place or several, and ``Conv1d``, ``Conv2d`` and ``Conv3d``, whose inputs
    are the windows that they see. ``update`` takes a pair in place of gradients: the network's inputs (a tuple of
    several), of which the first axis is that of the examples, and the loss, a function from the network's outputs to
    the sum or mean over them. It is for small networks: matrices are factored at each step.

    Source: J. Martens, R. Grosse, "Optimizing neural networks with Kronecker-factored approximate curvature" (2015),
    sections 4.2, 5 and 6.3; R. Grosse, J. Martens, "A Kronecker-factored approximate Fisher matrix for convolution
    layers" (2016), section 3; A. Botev, H. Ritter, D. Barber, "Practical Gauss-Newton optimisation for deep learning"
    (2017), for the exact expectation.

    Args:
        module: the network, whose parameters are given and changed as ``dict(module.named_parameters())``.
        lr: the learning rate :math:`\eta`.
        damping: :math:`\lambda`.
        decay: how much of the averages is kept at most.

    Raises:
        ValueError: parameters belong to no such layer, or a layer runs twice.

    >>> import wengert as wg, wengert.numpy as np
    >>> x, y = np.array([[1.0, 0.0], [1.0, 100.0]]), np.array([[1.0], [3.0]])
    >>> line = wg.nn.Linear(2, 1, bias=False, dtype="float64")
    >>> rule, params = wg.optim.kfac(line, damping=0.0), dict(line.named_parameters())
    >>> params, _ = rule.step((x, lambda out: np.mean((out - y) ** 2)), rule.init(params), params)
    >>> params["weight"].detach().round(6)
    tensor([[1.  , 0.02]])
    """
    layers = _layers(module)

    def init(params: Params) -> State:
        shapes = {path: _matrix_shape(layer) for path, layer in layers.items()}
        dtypes = {path: params[_named(path, "weight")].dtype for path in layers}
        return {
            "step": np.zeros((), int),
            "inputs": {path: np.zeros((columns,) * 2, dtypes[path]) for path, (_, columns) in shapes.items()},
            "slopes": {path: np.zeros((rows,) * 2, dtypes[path]) for path, (rows, _) in shapes.items()},
        }

    def update(batch: Any, state: State, params: Params) -> tuple[Any, State]:
        given, loss = batch
        x = given if isinstance(given, tuple) else (given,)
        run = _Run(module, layers, wg.stop_gradient(params), x)
        gradients = wg.grad(lambda params: loss(wg.nn.functional_call(module, params, x)))(params)
        keep = np.minimum(1 - 1 / (state["step"] + 1), decay)
        averages = {
            name: {path: (keep * state[name][path] + (1 - keep) * now).astype(now.dtype) for path, now in found.items()}
            for name, found in {"inputs": run.inputs(), "slopes": run.slopes(loss)}.items()
        }
        changes: dict[str, Any] = {}
        for path, layer in layers.items():
            factors = averages["inputs"][path], averages["slopes"][path]
            changes |= _change(path, layer, gradients, _damped(*factors, damping), lr)
        return {name: changes[name] for name in params}, {"step": state["step"] + 1, **averages}

    return Rule(init, update)


# -- layers ----------------------------------------------------------------------------------------


def _layers(module: Any) -> dict[str, Any]:
    """The layers of a network that have parameters.

    Raises:
        ValueError: parameters belong to others.
    """
    kinds = (wg.nn.Linear, wg.nn.Conv1d, wg.nn.Conv2d, wg.nn.Conv3d)
    found = {
        path: part for path, part in module.named_modules() if type(part) in kinds and getattr(part, "groups", 1) == 1
    }
    known = {_named(path, name) for path, layer in found.items() for name, _ in layer.named_parameters()}
    others = [name for name, _ in module.named_parameters() if name not in known]
    if others:
        raise ValueError(
            f"[kfac] {', '.join(others)} belong(s) to no Linear and no convolution of one group, wanted a network of "
            "which all parameters do; write natural_gradient(), which takes any function"
        )
    return found


def _named(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _matrix_shape(layer: Any) -> tuple[int, int]:
    """Of the weights as a matrix, with a column for the shift."""
    rows, *rest = layer.weight.shape
    return rows, prod(rest) + (layer.bias is not None)


def _windows(layer: Any, x: Any) -> Any:
    """What a layer multiplies its weights by, of shape (examples, places, columns)."""
    if isinstance(layer, wg.nn.Linear):
        seen = np.reshape(x, (x.shape[0], -1, x.shape[-1]))
    else:
        seen = _by_place(_unfolded(layer, x))
    return seen if layer.bias is None else np.concatenate([seen, np.ones_like(seen[..., :1])], axis=-1)


def _unfolded(layer: Any, x: Any) -> Any:
    """The elements of each window as channels: the convolution with kernels that each let one element through."""
    _, *rest = layer.weight.shape
    one_each = np.eye(prod(rest), dtype=layer.weight.dtype).reshape((-1, *rest))
    shift = {} if layer.bias is None else {"bias": np.zeros(prod(rest), layer.bias.dtype)}
    return wg.nn.functional_call(layer, {"weight": one_each, **shift}, x)


def _by_place(x: Any) -> Any:
    """What has channels on its second axis, of shape (examples, places, channels)."""
    return np.swapaxes(np.reshape(x, (*x.shape[:2], -1)), 1, 2)


# -- factors ---------------------------------------------------------------------------------------


class _Run:
    """A run of a network, with what its layers see and give.

    Attributes:
        seen, given: the input and the output of each layer.
        output: of the network.
    """

    def __init__(self, module: Any, layers: Layers, params: Params, x: tuple[Any, ...]) -> None:
        self.module, self.layers, self.params, self.x = module, layers, params, x
        self.seen: dict[str, Any] = {}
        self.given: dict[str, Any] = {}
        self.output = self._hooked(self._note)

    def _hooked(self, hook: Callable[[str, Any, Any], Any]) -> Any:
        """What the network gives when each of its layers calls ``hook(path, input, output)``."""

        def for_path(path: str) -> Callable[..., Any]:
            return lambda _, args, output: hook(path, args[0], output)

        with ExitStack() as hooks:
            for path, layer in self.layers.items():
                hooks.enter_context(layer.register_forward_hook(for_path(path)))
            return wg.nn.functional_call(self.module, self.params, self.x)

    def _note(self, path: str, x: Any, output: Any) -> None:
        if path in self.seen:
            raise ValueError(
                f"[kfac] the layer {path!r} runs twice, wanted each once, since its slopes are of one run; write a "
                "layer for each, or natural_gradient()"
            )
        self.seen[path], self.given[path] = x, output

    def inputs(self) -> dict[str, Any]:
        """A of each layer."""
        windows = {path: _windows(layer, self.seen[path]) for path, layer in self.layers.items()}
        return {path: np.einsum("nti,ntj->ij", a, a) / a.shape[0] for path, a in windows.items()}

    def slopes(self, loss: Callable[[Any], Any]) -> dict[str, Any]:
        """G of each layer."""
        shifts = {path: np.zeros_like(output) for path, output in self.given.items()}
        pull = wg.vjp(lambda shifts: self._hooked(lambda path, _, output: output + shifts[path]), shifts)[1]
        (pulled,) = wg.vmap(pull)(_roots(loss, self.output))
        return {path: self._moments(layer, pulled[path]) for path, layer in self.layers.items()}

    @staticmethod
    def _moments(layer: Any, slopes: Any) -> Any:
        """The sum of the moments of slopes over columns and examples, and their mean over places."""
        count, examples = slopes.shape[:2]
        flat = np.reshape(slopes, (count * examples, *slopes.shape[2:]))
        linear = isinstance(layer, wg.nn.Linear)
        g = np.reshape(flat, (count * examples, -1, flat.shape[-1])) if linear else _by_place(flat)
        return np.einsum("nti,ntj->ij", g, g) / g.shape[1]


def _roots(loss: Callable[[Any], Any], output: Any) -> Any:
    """The columns of a root of the loss's Hessian in the outputs of each example, of shape (columns, *output)."""
    examples, *rest = output.shape
    count = prod(rest)
    units = np.broadcast_to(np.eye(count, dtype=output.dtype)[:, None], (count, examples, count))
    columns = wg.vmap(wg.linearize(wg.grad(loss), output)[1])(np.reshape(units, (count, *output.shape)))
    hessians = np.swapaxes(np.reshape(columns, (count, examples, count)), 0, 1)
    values, vectors = np.linalg.eigh(0.5 * (hessians + np.swapaxes(hessians, 1, 2)))
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None]
    return np.reshape(np.moveaxis(roots, -1, 0), (count, *output.shape))


# -- steps -----------------------------------------------------------------------------------------


def _damped(inputs: Any, slopes: Any, damping: Any) -> tuple[Any, Any]:
    """Both factors with their shares of the damping."""
    sizes = np.trace(inputs) / inputs.shape[0], np.trace(slopes) / slopes.shape[0]
    is_known = (sizes[0] > 0) & (sizes[1] > 0)
    ratio = np.sqrt(np.where(is_known, sizes[0] / np.where(is_known, sizes[1], 1.0), 1.0))
    share = np.sqrt(np.asarray(damping))
    each = (inputs, ratio * share), (slopes, share / ratio)
    first, second = ((factor + s * np.eye(factor.shape[0])).astype(factor.dtype) for factor, s in each)
    return first, second


def _change(path: str, layer: Any, gradients: Any, factors: tuple[Any, Any], lr: Any) -> dict[str, Any]:
    """The changes of a layer's parameters, by name."""
    inputs, slopes = factors
    weight, bias = _named(path, "weight"), _named(path, "bias")
    matrix = np.reshape(gradients[weight], (slopes.shape[0], -1))
    if layer.bias is not None:
        matrix = np.concatenate([matrix, gradients[bias][:, None]], axis=1)
    moved = -lr * np.linalg.solve(inputs, np.linalg.solve(slopes, matrix).T).T
    if layer.bias is None:
        return {weight: np.reshape(moved, layer.weight.shape)}
    return {weight: np.reshape(moved[:, :-1], layer.weight.shape), bias: moved[:, -1]}
