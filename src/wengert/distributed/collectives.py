"""Functions of the parts that devices have, and what these exchange; see `shard_map`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..control.shard_map_primitive import shard_mapped
from ..core.abstract import Abstract
from ..core.graph import form_of_operand
from ..core.mesh import Mesh, MeshLayout, axes_of, check_divides, layout_of
from ..core.python import trees
from ..core.python.source import at_line
from ..ops import collectives as c
from ..transforms.closures import subgraph
from .layouts import Parts

NAME = "shard_map"

_WITHIN: ContextVar[Mesh | None] = ContextVar("mesh", default=None)
"""The mesh of the function of parts that is being recorded."""


def shard_map(f: Callable[..., Any], mesh: Mesh, in_parts: Sequence[Parts], out_parts: Any) -> Callable[..., Any]:
    """A function that each device of a mesh performs on the parts of arrays that it has.

    Inside, devices exchange what they have by `psum`, `all_gather`, `reduce_scatter`, `all_to_all` and `ppermute`.
    Everywhere else programs are written for whole arrays, and exchanges follow; this is for those who want to say which
    there are. It is differentiated in every mode, as a linear map of the parts of all devices, and batched.

    Args:
        f: a function of arrays, each the part of one device, to parts of results.
        mesh: the mesh.
        in_parts: for each argument along which axes it is cut, as for `shard`; for a nested one this holds for all
            arrays in it. What `f` reads from outside is whole on each device.
        out_parts: for the result how its parts are put together; for a tuple of results a list with an entry for each.
            Along axes that are not named the parts of all devices have to be equal.

    Raises:
        ValueError: an axis cannot be cut in so many parts, or there is none of this name.
        TypeError: `in_parts` or `out_parts` have not as many entries as there are arguments or results.

    >>> import wengert as wg, wengert.numpy as np
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> total = lambda x: wg.distributed.psum(np.sum(x * x), "data")
    >>> norm = wg.distributed.shard_map(total, mesh, ["data"], ())
    >>> norm(np.arange(4.0)), wg.grad(norm)(np.arange(4.0))
    (tensor(14.), tensor([0., 2., 4., 6.]))
    """

    @functools.wraps(f)
    def run(*args: Any) -> Any:
        _check_count("in_parts", in_parts, len(args), "arguments")
        leaves, structure = trees.flatten(args)
        tensors = [np.asarray(leaf) for leaf in leaves]
        given = [parts for arg, parts in zip(args, in_parts, strict=True) for _ in trees.flatten(arg)[0]]
        ins = [_layout(mesh, parts, x.shape) for parts, x in zip(given, tensors, strict=True)]
        forms = [Abstract(layout.block(x.shape), x.dtype) for layout, x in zip(ins, tensors, strict=True)]
        results: list[Any] = []

        def flat(*values: Any) -> list[Any]:
            found, nested = trees.flatten(f(*trees.unflatten(structure, values)))
            results[:] = [nested]
            return [np.asarray(x) for x in found]

        with _within(mesh):
            graph, captured = subgraph(NAME, flat, forms)
        outs = _out_layouts(mesh, out_parts, [form_of_operand(output).ndim for output in graph.outputs])
        operands = [*captured, *tensors]
        layouts = (*(layout_of(mesh, (), x.ndim, NAME) for x in captured), *ins)
        return trees.unflatten(results[0], shard_mapped(*operands, graph=graph, ins=layouts, outs=outs))

    return run


@contextmanager
def _within(mesh: Mesh) -> Iterator[None]:
    token = _WITHIN.set(mesh)
    try:
        yield
    finally:
        _WITHIN.reset(token)


def _layout(mesh: Mesh, parts: Parts, shape: Sequence[int]) -> MeshLayout:
    layout = layout_of(mesh, parts, len(shape), NAME)
    check_divides(layout, shape, NAME)
    return layout


def _out_layouts(mesh: Mesh, out_parts: Any, ndims: Sequence[int]) -> tuple[MeshLayout, ...]:
    given = out_parts if isinstance(out_parts, list) else [out_parts] * len(ndims)
    _check_count("out_parts", given, len(ndims), "results")
    return tuple([layout_of(mesh, parts, ndim, NAME) for parts, ndim in zip(given, ndims, strict=True)])


def _check_count(what: str, given: Sequence[Any], count: int, of: str) -> None:
    if isinstance(given, str) or len(given) != count:
        raise TypeError(
            f"[shard_map] {what}={given!r} was given for {count} {of}, wanted a list with an entry for each; write "
            f"{what}={[()] * count}{at_line()}"
        )


def _count(axis: str | Sequence[str], op: str) -> int:
    """The number of devices along an axis of the mesh that is being worked on.

    Raises:
        RuntimeError: there is none, outside of `shard_map`.
        ValueError: it has no such axis.
    """
    mesh = _WITHIN.get()
    if mesh is None:
        raise RuntimeError(
            f"[{op}] it was called outside of a function of parts, wanted it in one that is given to shard_map; write "
            f"wg.distributed.shard_map(f, mesh, in_parts, out_parts), or np.sum and the like of whole arrays{at_line()}"
        )
    layout = layout_of(mesh, (tuple(axes_of(axis if isinstance(axis, str) else tuple(axis))),), 1, op)
    return math.prod(mesh.shape[name] for name in layout.axes)


def psum(x: Any, axis: str | Sequence[str]) -> wg.Tensor:
    """The sum of the arrays of all devices along an axis of the mesh, or several, on each of them.

    Raises:
        RuntimeError: it is called outside of `shard_map`.
    """
    count = _count(axis, "psum")
    return c.psum(np.asarray(x), axes=(axis,) if isinstance(axis, str) else tuple(axis), count=count)


def all_gather(x: Any, axis: str, dim: int = 0) -> wg.Tensor:
    """The arrays of all devices along an axis of the mesh, one after the other along axis `dim`, on each of them.

    Raises:
        RuntimeError: it is called outside of `shard_map`.
    """
    return c.all_gather(np.asarray(x), axis=axis, dim=dim, count=_count(axis, "all_gather"))


def reduce_scatter(x: Any, axis: str, dim: int = 0) -> wg.Tensor:
    """The sum of the arrays of all devices along an axis of the mesh, of which each gets its part along axis `dim`.

    Raises:
        RuntimeError: it is called outside of `shard_map`.
        ValueError: the axis cannot be cut in so many parts.
    """
    tensor, count = np.asarray(x), _count(axis, "reduce_scatter")
    _check_length(tensor.shape, dim, count, "reduce_scatter")
    return c.reduce_scatter(tensor, axis=axis, dim=dim, count=count)


def all_to_all(x: Any, axis: str, split: int, join: int) -> wg.Tensor:
    """Each device gives each other one along an axis of the mesh a part along axis `split`.

    What it is given it puts together along axis `join`.

    Raises:
        RuntimeError: it is called outside of `shard_map`.
        ValueError: the axis cannot be cut in so many parts.
    """
    tensor, count = np.asarray(x), _count(axis, "all_to_all")
    _check_length(tensor.shape, split, count, "all_to_all")
    return c.all_to_all(tensor, axis=axis, split=split, join=join, count=count)


def ppermute(x: Any, axis: str, pairs: Sequence[tuple[int, int]]) -> wg.Tensor:
    """The array of one device for another along an axis of the mesh: `pairs` are (from, to); who gets none has zeros.

    Raises:
        RuntimeError: it is called outside of `shard_map`.
        ValueError: there is no such device, or one gives or gets twice.
    """
    count = _count(axis, "ppermute")
    settled = tuple((int(source), int(to)) for source, to in pairs)
    for ends in zip(*settled, strict=True):
        if len(set(ends)) < len(ends) or not set(ends) <= set(range(count)):
            raise ValueError(
                f"[ppermute] pairs={list(settled)} were given, wanted each of the {count} devices along {axis!r} at "
                f"most once as the first and as the second; write [(i, (i + 1) % {count}) for i in "
                f"range({count})]{at_line()}"
            )
    return c.ppermute(np.asarray(x), axis=axis, pairs=settled)


def _check_length(shape: Sequence[int], dim: int, count: int, op: str) -> None:
    if shape[dim] % count:
        raise ValueError(
            f"[{op}] axis {dim} of shape {tuple(shape)} has length {shape[dim]}, wanted a multiple of the {count} "
            f"devices; pad it to {-(-shape[dim] // count) * count}{at_line()}"
        )
