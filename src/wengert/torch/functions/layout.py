"""Axes moved, turned and split, windows of them, and tensors that are given another shape themselves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations as all_combinations, combinations_with_replacement
from typing import Any

import numpy

import wengert.numpy as np
from wengert.fronts.face import behind

from ..registry import function, method, offer
from ..tensor import Tensor, of, tensor_of
from .shapes import permute, split, squeeze, t, transpose, unsqueeze

__all__: list[str] = []


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """The axes `source` at the places `destination`."""
    return of(np.moveaxis(tensor_of(input, "movedim"), source, destination))


offer(movedim, "movedim", "moveaxis")


def fliplr(input: Tensor) -> Tensor:
    """With the second axis turned round."""
    return of(np.fliplr(tensor_of(input, "fliplr")))


def flipud(input: Tensor) -> Tensor:
    """With the first axis turned round."""
    return of(np.flipud(tensor_of(input, "flipud")))


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Turned by a right angle, `k` times."""
    return of(np.rot90(tensor_of(input, "rot90"), k, tuple(dims)))


def adjoint(input: Tensor) -> Tensor:
    """Matrices transposed and conjugated."""
    return of(np.conjugate(tensor_of(input, "adjoint").mT))


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with all elements on a diagonal."""
    return of(np.diagflat(tensor_of(input, "diagflat"), offset))


for _function in (fliplr, flipud, rot90, adjoint, diagflat):
    offer(_function)
Tensor.mH = property(adjoint, doc="Each matrix transposed and conjugated.")  # type: ignore[attr-defined]
Tensor.H = property(adjoint, doc="The matrix transposed and conjugated.")  # type: ignore[attr-defined]


# -- parts -----------------------------------------------------------------------------------------


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views along an axis: so many of nearly one length, or those that begin at indices."""
    return tuple(map(of, np.array_split(tensor_of(input, "tensor_split"), behind(indices_or_sections), dim)))


def _splitting(dim: int, name: str) -> Callable[..., tuple[Tensor, ...]]:
    def parts(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        axis = 0 if name == "hsplit" and tensor_of(input, name).ndim == 1 else dim
        return tensor_split(input, indices_or_sections, axis)

    parts.__name__, parts.__doc__ = name, f"Views along the axis {dim}."
    return parts


offer(tensor_split)
offer(split, "split_with_sizes", "unsafe_split")
for _name, _dim in (("vsplit", 0), ("hsplit", 1), ("dsplit", 2)):
    offer(_splitting(_dim, _name), _name)


@method
def unfold(self: Tensor, dimension: int, size: int, step: int = 1) -> Tensor:
    """Windows of an axis, `step` apart, whose elements are along a new last axis."""
    x, axis = self._tensor, dimension % self._tensor.ndim
    starts = numpy.arange(0, x.shape[axis] - size + 1, step)
    windows = np.take(x, starts[:, None] + numpy.arange(size), axis=axis)
    return of(np.moveaxis(windows, axis + 1, -1))


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int = 0) -> Tensor:
    """The elements so many places apart along each axis, of all in a row: a copy, which differentiates."""
    places = numpy.asarray(storage_offset)
    for length, step in zip(size, stride, strict=True):
        places = places[..., None] + step * numpy.arange(length)
    return of(np.ravel(tensor_of(input, "as_strided"))[places])


offer(as_strided)


@method
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over axes along which a tensor of a shape would be broadcast to this one."""
    wanted = size[0] if len(size) == 1 and not isinstance(size[0], int) else size
    before = self._tensor.ndim - len(wanted)
    pairs = zip(wanted, self._tensor.shape[before:], strict=True)
    repeated = [before + place for place, (length, own) in enumerate(pairs) if length == 1 != own]
    return of(np.sum(self._tensor, axis=(*range(before), *repeated)).reshape(tuple(wanted)))


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with matrices along its diagonal."""
    from wengert.scipy import linalg

    return of(linalg.block_diag(*behind(tensors)))


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All ways to take one element of each of several vectors, a row each."""
    grids = np.meshgrid(*behind(tensors), indexing="ij")
    return of(np.stack([np.ravel(grid) for grid in grids], axis=-1) if len(grids) > 1 else grids[0])


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to take `r` elements of a vector, a row each."""
    choose = combinations_with_replacement if with_replacement else all_combinations
    places = list(choose(range(tensor_of(input, "combinations").shape[0]), r))
    return of(input._tensor[numpy.array(places, numpy.int64).reshape(-1, r)])


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The indices along each axis of places in a row of all elements."""
    return tuple(map(of, np.unravel_index(tensor_of(indices, "unravel_index"), tuple(shape))))


for _function in (block_diag, cartesian_prod, combinations, unravel_index):
    function(_function)


def _at_least(name: str) -> Callable[..., Any]:
    def apply(*tensors: Any) -> Any:
        given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
        found = tuple(of(getattr(np, name)(each._tensor)) for each in given)
        return found[0] if len(tensors) == 1 and found and given is tensors else found

    apply.__name__, apply.__doc__ = name, f"`wengert.numpy.{name}` of each."
    return apply


for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    offer(_at_least(_name), _name, method=False)


# -- pairs of real numbers -------------------------------------------------------------------------


def view_as_real(input: Tensor) -> Tensor:
    """The real and imaginary parts of complex numbers, along a new last axis."""
    x = tensor_of(input, "view_as_real")
    return of(np.stack([x.real, x.imag], axis=-1))


def view_as_complex(input: Tensor) -> Tensor:
    """Complex numbers of real and imaginary parts along the last axis."""
    x = tensor_of(input, "view_as_complex")
    return of(x[..., 0] + 1j * x[..., 1])


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """Complex numbers of real and imaginary parts."""
    return of(tensor_of(real, "complex") + 1j * tensor_of(imag, "complex", "imag"))


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers of lengths and angles."""
    radius, turn = tensor_of(abs, "polar"), tensor_of(angle, "polar", "angle")
    return of(radius * np.cos(turn) + 1j * (radius * np.sin(turn)))


for _function in (view_as_real, view_as_complex, complex, polar):
    function(_function)


# -- the tensor itself -----------------------------------------------------------------------------


def _turning(f: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    def turn(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        self._tensor = f(self, *args, **kwargs)._tensor
        return self

    turn.__name__, turn.__doc__ = name, f"``x.{name[:-1]}(...)``, which is what x is from then on; the tensor itself."
    return method(turn)


for _name, _f in {
    "squeeze_": squeeze, "unsqueeze_": unsqueeze, "t_": t, "transpose_": transpose, "swapaxes_": transpose,
    "swapdims_": transpose, "permute_": permute,
}.items():  # fmt: skip
    _turning(_f, _name)


@method
def resize_(self: Tensor, *size: Any) -> Tensor:
    """Another shape for as many elements as are there, or fewer, or more, which are 0; the tensor itself."""
    wanted = tuple(size[0] if len(size) == 1 and not isinstance(size[0], int) else size)
    flat = np.ravel(self._tensor)[: numpy.prod(wanted, dtype=int)]
    more = np.zeros(int(numpy.prod(wanted, dtype=int)) - flat.size, flat.dtype)
    self._tensor = np.concatenate([flat, more]).reshape(wanted)
    return self
