"""Training on a mesh: batches cut among devices, and parameters laid out on them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy

import wengert as wg

from ..core.mesh import Mesh
from ..core.python.source import at_line
from ..nn.state import remake
from .layouts import Parts, join, shard


def data_parallel(step: Callable[..., Any], mesh: Mesh, axis: str = "data") -> Callable[..., Any]:
    """A training step, compiled for a mesh, whose batches are cut among the devices along an axis.

    The program is one for the whole batch, which XLA partitions: losses and gradients are those of all examples, and
    are reduced among the devices by themselves. State that is in NumPy's memory comes to the mesh with the first call.

    Args:
        step: the step, as one writes it for one device; `wengert.jit` of it serves too.
        mesh: the mesh.
        axis: its axis along which the first axis of each array among the arguments is cut; numbers go to all devices.

    Returns:
        The step. Where there are several processes, each calls it with examples of its own: those of all processes,
        one after the other, are the batch.

    Raises:
        ValueError: there is no such axis; or, in a call, a batch is no multiple of the number of devices.

    >>> import wengert as wg, wengert.numpy as np
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> model = wg.nn.Linear(2, 1)
    >>> sgd = wg.optim.SGD(model.parameters(), lr=0.1)
    >>> def step(x, y):
    ...     sgd.zero_grad()
    ...     loss = wg.nn.functional.mse_loss(model(x), y)
    ...     loss.backward()
    ...     sgd.step()
    ...     return loss
    >>> train = wg.distributed.data_parallel(step, mesh)
    >>> train(np.ones((4, 2)), np.ones((4, 1))).device
    'mesh(data=1)'
    """
    check_axis(mesh, axis, "data_parallel")
    compiled = step if hasattr(step, "programs") else wg.jit(step)

    @functools.wraps(step)
    def run(*args: Any, **kwargs: Any) -> Any:
        cut, named = wg.trees.map(lambda leaf: _cut(leaf, mesh, axis), (args, kwargs))
        return compiled(*cut, **named)

    return run


def _cut(leaf: Any, mesh: Mesh, axis: str) -> Any:
    """An array, cut along its first axis; anything else as it is."""
    is_array = isinstance(leaf, wg.Tensor | numpy.ndarray) and leaf.ndim > 0
    return join(leaf, mesh, axis) if is_array else leaf


def check_axis(mesh: Mesh, axis: str, op: str) -> None:
    """Refuse what is no axis of a mesh.

    Raises:
        ValueError: it is none.
    """
    if axis not in mesh.shape:
        known = ", ".join(map(repr, mesh.shape))
        raise ValueError(
            f"[{op}] axis={axis!r} was given, wanted an axis of {mesh}: {known}; write "
            f"axis={next(iter(mesh.shape))!r}{at_line()}"
        )


def shard_parameters(
    model: wg.nn.Module, mesh: Mesh, axis: str | None = "data", rules: Mapping[str, Parts] | None = None
) -> wg.nn.Module:
    """Lay the parameters of a model out on a mesh, so that each device has a part of them; the model itself.

    They are new tensors, so call it before the optimizer is made, whose state is laid out alike. A parameter is cut
    along the longest of its axes that can be; its parts are brought together where they are needed, layer by layer,
    and gradients are reduced to the parts (fully sharded data parallelism). Buffers are whole on each device.

    Args:
        model: the model.
        mesh: the mesh.
        axis: along which axis of the mesh parameters are cut; ``None``: they are whole on each device.
        rules: for parameters whose path fits a pattern (as of file names) how they are laid out instead: entries as for
            `shard`. The first pattern that fits counts.

    Raises:
        ValueError: there is no such axis; a pattern fits no parameter; or an entry does not cut one into equal parts.

    >>> import wengert as wg
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> wg.distributed.shard_parameters(wg.nn.Linear(4, 2), mesh).weight.device
    'mesh(data=1)'

    Sources: S. Rajbhandari et al., "ZeRO: memory optimizations toward training trillion parameter models" (2020);
    Y. Xu et al., "GSPMD: general and scalable parallelization for ML computation graphs" (2021).
    """
    if axis is not None:
        check_axis(mesh, axis, "shard_parameters")
    rules = rules or {}
    _check_rules(rules, [name for name, _ in model.named_parameters()])
    chosen = {
        id(parameter): parts_by(rules, name, lambda p=parameter: longest(p.shape, mesh, axis))
        for name, parameter in model.named_parameters()
    }
    remake(model, lambda t: shard(t.detach(), mesh, chosen.get(id(t), ())).requires_grad_(t.requires_grad))
    return model


def parts_by(rules: Mapping[str, Parts], name: str, otherwise: Callable[[], Parts]) -> Parts:
    """How the first pattern that fits a name says it is laid out."""
    return next((parts for pattern, parts in rules.items() if fnmatchcase(name, pattern)), otherwise())


def _check_rules(rules: Mapping[str, Parts], names: list[str]) -> None:
    for pattern in rules:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(
                f"[shard_parameters] the pattern {pattern!r} fits no parameter, wanted one that fits some of "
                f"{', '.join(names)}; write '*weight', or leave it out{at_line()}"
            )


def longest(shape: tuple[int, ...], mesh: Mesh, axis: str | None) -> Parts:
    """Cut along the longest axis that has a multiple of the number of parts; whole if there is none."""
    fitting = [i for i, size in enumerate(shape) if axis is not None and size and size % mesh.shape[axis] == 0]
    if not fitting:
        return ()
    longest = max(fitting, key=lambda i: shape[i])
    return (*(None,) * longest, axis)


def tensor_parallel(axis: str = "model") -> dict[str, Parts]:
    """Rules for `shard_parameters` by which the layers of a Transformer are cut along an axis of the mesh.

    Of two matrices that follow each other the first is cut by its outputs and the second by its inputs, so that what
    is between them is cut as well, and one sum among the devices is needed behind them: the network of a layer, and the
    projections of its attention.

    Source: M. Shoeybi et al., "Megatron-LM: training multi-billion parameter language models using model parallelism"
    (2019).

    >>> import wengert as wg
    >>> wg.distributed.tensor_parallel()["*linear1.weight"]
    ('model', None)
    """
    by_outputs = dict.fromkeys(("*in_proj_weight", "*linear1.weight"), (axis, None))
    shifts = dict.fromkeys(("*in_proj_bias", "*linear1.bias"), (axis,))
    by_inputs = dict.fromkeys(("*out_proj.weight", "*linear2.weight"), (None, axis))
    return {**by_outputs, **shifts, **by_inputs}
