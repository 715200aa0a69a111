"""Products of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, Case, Maker, uniform


def _case(name: str, *shapes: tuple[int, ...], variant: str = "", **params: Any) -> Case:
    """A function of one array for each shape."""
    label = "_".join([name, *("x".join(map(str, shape)) or "scalar" for shape in shapes)]) + variant
    makers: tuple[Maker, ...] = tuple(uniform(shape) for shape in shapes)
    return Case(label, _with(np, name, params), makers, _with(numpy, name, params), EVERY)


def _with(module: Any, name: str, params: dict[str, Any]) -> Callable[..., Any]:
    function = getattr(module, name)
    return lambda *args: function(*args, **params)


def _einsum(subscripts: str, *shapes: tuple[int, ...]) -> Case:
    return Case(
        f"einsum {subscripts}",
        lambda *args: np.einsum(subscripts, *args),
        tuple(uniform(shape) for shape in shapes),
        lambda *args: numpy.einsum(subscripts, *args),
        EVERY,
    )


CASES = [
    _case("matmul", (3,), (3,)),
    _case("matmul", (2, 3), (3,)),
    _case("matmul", (3,), (3, 4)),
    _case("matmul", (2, 3), (3, 4)),
    _case("matmul", (5, 2, 3), (3, 4)),
    _case("matmul", (2, 3), (5, 3, 4)),
    _case("matmul", (2, 1, 2, 3), (3, 3, 2)),
    _case("matmul", (2, 2, 3), (3,)),
    _case("matmul", (3,), (2, 3, 2)),
    _case("dot", (), (3,)),
    _case("dot", (3,), (3,)),
    _case("dot", (2, 3), (3, 4)),
    _case("dot", (2, 3), (3,)),
    _case("dot", (2, 2, 3), (2, 3, 2)),
    _case("vdot", (3,), (3,)),
    _case("vdot", (2, 3), (2, 3)),
    _case("inner", (3,), (3,)),
    _case("inner", (2, 3), (4, 3)),
    _case("inner", (), (2, 3)),
    _case("outer", (3,), (2,)),
    _case("outer", (2, 2), (3,)),
    _case("vecdot", (2, 3), (2, 3)),
    _case("vecdot", (2, 3), (2, 1), axis=0, variant="_axis"),
    _case("matvec", (4, 2, 3), (3,)),
    _case("matvec", (2, 3), (4, 3)),
    _case("vecmat", (4, 3), (3, 2)),
    _case("vecmat", (3,), (4, 3, 2)),
    _case("tensordot", (2, 3, 4), (3, 4, 2)),
    _case("tensordot", (2, 3), (4, 2), axes=0, variant="_outer"),
    _case("tensordot", (2, 3, 4), (4, 2, 5), axes=([0, -1], [1, 0]), variant="_axes"),
    _case("trace", (3, 3)),
    _case("trace", (2, 4), offset=1, variant="_offset"),
    _case("trace", (3, 2, 4), offset=-1, axis1=-1, axis2=0, variant="_axes"),
    _case("kron", (2, 3), (3, 2)),
    _case("kron", (2,), (3, 2, 2)),
    _case("cross", (3,), (3,)),
    _case("cross", (2, 3), (4, 1, 3)),
    _case("cross", (3, 2), (2, 3), axisa=0, axisb=1, axisc=0, variant="_axes"),
    *(
        _case(name, *shapes, mode=mode, variant=f"_{mode}")
        for name in ("convolve", "correlate")
        for mode in ("full", "same", "valid")
        for shapes in [((6,), (3,)), ((3,), (6,)), ((5,), (2,)), ((4,), (4,))]
    ),
    _einsum("ij,jk", (2, 3), (3, 4)),
    _einsum("ij,jk->ki", (2, 3), (3, 4)),
    _einsum("ba", (2, 3)),
    _einsum("ii", (3, 3)),
    _einsum("ii->i", (3, 3)),
    _einsum("iij,ij->j", (2, 2, 3), (2, 3)),
    _einsum("iii->i", (3, 3, 3)),
    _einsum("ij->", (2, 3)),
    _einsum("ij->j", (2, 3)),
    _einsum("ij,k->i", (2, 3), (4,)),
    _einsum("i,i,i->i", (3,), (3,), (3,)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 3)),
    _einsum("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    _einsum("...i,...i", (2, 1, 3), (4, 3)),
    _einsum("i...->...", (2, 3)),
    _einsum("ij,ij->ij", (1, 3), (2, 3)),
    _einsum("bij,bjk->bik", (5, 8, 9), (5, 9, 15)),
    _einsum("iaj,jk,kb->aib", (4, 8, 5), (5, 9), (9, 9)),
    _einsum(",ij->ji", (), (2, 3)),
    Case(
        "einsum_lists",
        lambda x, y: np.einsum(x, [0, 2], y, [2, 1], [1, 0]),
        (uniform((2, 3)), uniform((3, 4))),
        lambda x, y: numpy.einsum(x, [0, 2], y, [2, 1], [1, 0]),
        EVERY,
    ),
]
