"""Arrays of a function in the making: terms one by one, places in memory, or elements that are made when asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy

from ...compile.native.facts.views import StridedView, dense
from .terms import CTYPES, Blocks, Term

SMALL = 64
"""Arrays of at most so many elements are terms, one by one."""
MOST_TERMS = 1024
"""What is made of terms alone stays terms, up to so many: zeros among them are known."""
ON_THE_STACK = 1 << 12
"""Larger arrays are static, in bytes."""

Index = Sequence[int | Term]


class Array:
    """An array: its shape, its dtype, and its elements.

    An index is a whole number, where it is known, or a term.
    """

    shape: tuple[int, ...]
    dtype: numpy.dtype

    def at(self, blocks: Blocks, index: Index) -> Term:
        """An element."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_small(self) -> bool:
        """Whether it is terms, or may be."""
        return self.size <= SMALL


def is_in_terms(shape: Sequence[int], operands: Sequence[Array]) -> bool:
    """Whether a result of a shape is terms: if it is small, or made of terms alone."""
    size = math.prod(shape)
    return size <= SMALL or (size <= MOST_TERMS and all(operand.is_small for operand in operands))


class Elements(Array):
    """An array of terms."""

    def __init__(self, elements: Any, dtype: numpy.dtype) -> None:
        self.elements = elements
        self.shape: tuple[int, ...] = elements.shape
        self.dtype = dtype

    @property
    def is_small(self) -> bool:
        return True

    def at(self, blocks: Blocks, index: Index) -> Term:
        if all(isinstance(i, int) for i in index):
            return self.elements[tuple(index)]
        return stored(blocks, self).at(blocks, index)


class Constant(Elements):
    """An array of numbers that are known."""

    def __init__(self, elements: Any, value: Any) -> None:
        super().__init__(elements, value.dtype)
        self.value = value


class Memory(Array):
    """What is in memory: a view of a named array."""

    def __init__(self, name: str, view: StridedView, dtype: numpy.dtype) -> None:
        self.name = name
        self.view = view
        self.shape: tuple[int, ...] = view.shape
        self.dtype = dtype

    def at(self, blocks: Blocks, index: Index) -> Term:
        return blocks.place(f"{self.name}[{self.offset(blocks, index)}]", self.dtype)

    def offset(self, blocks: Blocks, index: Index) -> str:
        """The place of an element, as text."""
        fixed = self.view.offset + sum(
            i * s for i, s in zip(index, self.view.strides, strict=True) if isinstance(i, int)
        )
        moving = [(i, s) for i, s in zip(index, self.view.strides, strict=True) if isinstance(i, Term) and s]
        parts = [i.text if s == 1 else f"{s} * {i.text}" for i, s in moving]
        return " + ".join([*parts, str(fixed)] if fixed or not parts else parts)


class Deferred(Array):
    """Elements that are made where they are asked for."""

    def __init__(self, shape: tuple[int, ...], dtype: numpy.dtype, element: Callable[[Index], Term]) -> None:
        self.shape = shape
        self.dtype = dtype
        self.element = element

    def at(self, blocks: Blocks, index: Index) -> Term:
        return self.element(index)


def elements_of(blocks: Blocks, array: Array) -> Any:
    """The terms of a small array."""
    if isinstance(array, Elements):
        return array.elements
    found = numpy.empty(array.shape, object)
    for index in numpy.ndindex(*array.shape):
        found[index] = array.at(blocks, index)
    return found


def of_constant(blocks: Blocks, value: Any) -> Array:
    """A constant: terms, or a static table."""
    value = numpy.asarray(value)
    if value.size <= MOST_TERMS:
        return Constant(_each(lambda number: blocks.literal(number, value.dtype), value), value)
    if (value == value.flat[0]).all():
        return Deferred(value.shape, value.dtype, lambda index: blocks.literal(value.flat[0], value.dtype))
    return Memory(blocks.table(value), dense(None, value.shape), value.dtype)


def _each(function: Callable[[Any], Any], values: Any) -> Any:
    found = numpy.empty(values.shape, object)
    for index in numpy.ndindex(*values.shape):
        found[index] = function(values[index])
    return found


def new_memory(blocks: Blocks, shape: tuple[int, ...], dtype: numpy.dtype) -> Memory:
    """Memory of its own."""
    name = blocks.fresh("a")
    is_static = math.prod(shape) * dtype.itemsize > ON_THE_STACK
    blocks.declare(f"{'static ' * is_static}{CTYPES[dtype.name]} {name}[{max(math.prod(shape), 1)}];")
    return Memory(name, dense(None, shape), dtype)


def over(blocks: Blocks, shape: Sequence[int], body: Callable[[Index], None]) -> None:
    """Do something for each index of a shape: one after the other where they are few, in loops where not."""
    if math.prod(shape) <= SMALL:
        for index in numpy.ndindex(*shape):
            body(index)
        return
    _loops(blocks, shape, [], body)


def _loops(blocks: Blocks, shape: Sequence[int], index: list[Any], body: Callable[[Index], None]) -> None:
    if not shape:
        body(index)
    elif shape[0] == 1:
        _loops(blocks, shape[1:], [*index, 0], body)
    else:
        with blocks.loop(shape[0]) as i:
            _loops(blocks, shape[1:], [*index, i], body)


def write(blocks: Blocks, target: Memory, source: Array) -> None:
    """Write an array to memory."""
    if isinstance(source, Elements):
        for index, term in numpy.ndenumerate(source.elements):
            blocks.assign(f"{target.name}[{target.offset(blocks, index)}] =", term)
        return

    def element(index: Index) -> None:
        blocks.assign(f"{target.name}[{target.offset(blocks, index)}] =", source.at(blocks, index))

    over(blocks, source.shape, element)


def stored(blocks: Blocks, array: Array) -> Memory:
    """The array in memory."""
    if isinstance(array, Memory):
        return array
    if isinstance(array, Constant):
        return Memory(blocks.table(array.value), dense(None, array.shape), array.dtype)
    known = blocks.stored.get(id(array))
    if known is None or known[1] not in blocks.open:
        memory = new_memory(blocks, array.shape, array.dtype)
        write(blocks, memory, array)
        known = blocks.stored[id(array)] = memory, blocks.open[-1], array
    return known[0]


def part(memory: Memory, view: StridedView) -> Memory:
    """Another view of the same memory."""
    return Memory(memory.name, replace(view, base=None), memory.dtype)
