"""NumPy arrays that a recorded function reads from outside: hidden inputs, as tensors are.

While a function is recorded, the names of such arrays lead to tensors that share their memory. So whatever is computed
from them is recorded, and their elements are those of each call. Where Python asks for the elements themselves (an
index, a shape, ``if a[0] > 0``), or the array is to be one, as for code that knows no tensors, the recording begins
again with the array as it is: a constant, which holds as long as the elements stay.

Arrays of integers and of truth values are constants to begin with, since most are indices and masks; they become
inputs when they have changed between two calls. So do arrays of which alone something dear is computed, such as the
inverse of a matrix: as long as they stay, to compare them costs less than to compute it again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy

from ...core.dtypes.kinds import is_inexact, is_of_numbers
from ...core.lending import lent
from ...core.tensor import Tensor
from ...ops.matrices.sparse import is_sparse
from .bindings import CONTAINERS, Binding, place_of_elements
from .places import HandlePlace
from .survey import Survey, is_of_user

TELLING = frozenset({"ndarray", "Tensor", "type", "isinstance", "isscalar", "singledispatch"})
"""Names in code that may tell an array, or an element of one, from a tensor."""

KEY_LOOKUPS = frozenset({"get", "setdefault"})
"""Methods that look for a key, which a number is by its value, and a tensor by its identity."""

ONLY_ONE_HAS = frozenset(dir(Tensor)) ^ frozenset(dir(numpy.ndarray))
"""Attributes by which `hasattr` tells one from the other."""

OWNERS = (FunctionType, ModuleType, SimpleNamespace, type, *CONTAINERS)
"""What has names that may lead to something else for a while, besides objects of the user's classes."""


class BeginsAgain(BaseException):
    """A recording is given up, and begins again with what has been found out."""


class NeededAsArraysError(BeginsAgain):
    """A recording cannot go on where arrays are inputs.

    Attributes:
        arrays: which of them are to be constants.
        always: whether that is so when they have been seen to change, too.
    """

    def __init__(self, arrays: Sequence[ArrayPlace], always: bool = True) -> None:
        super().__init__(arrays, always)
        self.arrays = arrays
        self.always = always


class ArrayPlace(HandlePlace):
    """An array outside, which is found under the same names at each call.

    Attributes:
        bindings: these.
        tensor: shares its memory.
    """

    __slots__ = ("bindings",)

    def __init__(self, array: Any, bindings: Sequence[Binding]) -> None:
        super().__init__(lent(array))
        self.bindings: Sequence[Binding] = bindings

    @property
    def facts(self) -> set[Any]:
        """The places of what has to be as it was if the array is a constant."""
        array = self.bindings[0].value
        return {place_of_elements(array), *(binding.place for binding in self.bindings)}

    @property
    def array(self) -> Any:
        """The array, as it is now."""
        return self.read()._value


class NamedArrayPlace(ArrayPlace):
    """An array that is another at each call, and read by its name."""

    __slots__ = ()

    def read(self) -> Any:
        """A tensor for the array; something else if there is none."""
        found, tensor = self.bindings[0].read(), self.tensor
        if found is tensor._value or type(found) is not numpy.ndarray:
            return tensor if found is tensor._value else found
        self.tensor = tensor = lent(found)
        return tensor


class ArrayReader:
    """The arrays that a recording reads as inputs.

    Attributes:
        places: where they are.
        handles: by place, what stands for them, a tensor without a value.
    """

    def __init__(self, places: Sequence[ArrayPlace] = ()) -> None:
        self.places = places
        self.handles: dict[ArrayPlace, Tensor] = {}

    @contextmanager
    def standing_in(self, stand_in: Callable[[ArrayPlace], Tensor]) -> Iterator[None]:
        """Within it, names lead to what stands for their arrays."""
        self.handles = {place: stand_in(place) for place in self.places}
        pairs = [(binding, handle) for place, handle in self.handles.items() for binding in place.bindings]
        try:
            for binding, handle in pairs:
                binding.write(handle)
            with self.blamed():
                yield
        finally:
            for binding, handle in pairs:
                _put_back(binding, handle)

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Within it, an error may be that of code which wants arrays, and is raised again if it is not."""
        try:
            yield
        except Exception as error:
            if not self.places:
                raise
            raise NeededAsArraysError(self.places) from error

    def place(self, tensor: Any) -> ArrayPlace | None:
        """The place of the array that a tensor stands for, if it does."""
        return next((place for place, handle in self.handles.items() if handle is tensor), None)

    @property
    def inputs(self) -> set[int]:
        """The identities of the arrays whose elements are none that a recording holds for."""
        return {id(place.bindings[0].value) for place in self.places}

    @property
    def named(self) -> list[Binding]:
        """The names that may lead to other arrays."""
        return [place.bindings[0] for place in self.places if type(place) is NamedArrayPlace]


def _put_back(binding: Binding, handle: Tensor) -> None:
    """Let a name lead to its array again, or the list that it is in hold it where it has been moved."""
    holder = binding.holder
    if binding.read() is handle:
        binding.write(binding.value)
    elif isinstance(holder, (list, deque)):
        for i in [i for i, held in enumerate(holder) if held is handle]:
            holder[i] = binding.value


def outside_arrays(survey: Survey, noticed: Container[Any], constant: Container[Any]) -> list[ArrayPlace]:
    """The places of the arrays that are inputs, where some have been noticed to change, or are known to be constant."""
    return [] if _tells_arrays(survey) else list(_places(survey, noticed, constant))


def _tells_arrays(survey: Survey) -> bool:
    """Whether code may ask what kind of thing an array is, or look for an element of it among the keys of a dict."""
    mentions = survey.mentions
    told = [TELLING & (mentions.attributes | mentions.variables), ONLY_ONE_HAS & mentions.asked]
    return any(told) or mentions.looks_up or not KEY_LOOKUPS.isdisjoint(mentions.attributes)


def _places(survey: Survey, noticed: Container[Any], constant: Container[Any]) -> Iterator[ArrayPlace]:
    """The places of the arrays that are inputs."""
    mentions = survey.mentions
    for contents in list(survey.contents.values()):
        array, ways = contents.holder, survey.incoming.get(id(contents.holder), [])
        changes = [way for way in ways if way.place in noticed]
        if not ways or not is_numeric(array) or not all(map(_may_be_lent, ways)):
            continue
        if any(way.place in constant for way in ways) or (mentions.compares and len(ways) > 1):
            continue
        is_moving = bool(changes) or place_of_elements(array) in noticed
        if is_inexact(array.dtype) or is_moving:
            yield from (NamedArrayPlace(array, [way]) for way in changes)
            others = [way for way in ways if way not in changes]
            if others:
                yield ArrayPlace(array, others)


def is_numeric(array: Any) -> bool:
    """Whether something is an array such as a program reads."""
    return type(array) is numpy.ndarray and is_of_numbers(array.dtype) and array.dtype.isnative


def _may_be_lent(way: Binding) -> bool:
    """Whether a name may lead to a tensor for a while; of a sparse matrix that of its numbers."""
    if way.holder is None:
        return False
    return isinstance(way.owner, OWNERS) or is_of_user(type(way.owner)) or is_sparse(way.owner)
