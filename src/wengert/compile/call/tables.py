"""Layouts of the tables of a door, in words: `Door` writes them, the routine reads them."""

from __future__ import annotations

from enum import IntEnum, auto


class DoorWords(IntEnum):
    """The header of a door.

    What is counted is followed by the address of the first.
    """

    ON = 0
    """The object that `wengert.core.state.ON` must hold."""
    GIVEN = auto()
    """The number of arguments."""
    DIFFERENT = auto()
    OTHER = auto()
    INPUTS = auto()
    """The number of inputs: arguments, then captured tensors."""
    INPUT = auto()
    FACTS = auto()
    """The address of the table of guards on state outside."""
    BEFORE = auto()
    CHECK_BEFORE = auto()
    OUTPUTS = auto()
    OUTPUT = auto()
    RESULTS = auto()
    RESULT = auto()
    """The addresses of the slots of results."""
    AFTER = auto()
    CHECK_AFTER = auto()
    IS_TUPLE = auto()
    """Whether a tuple of tensors is returned, not one tensor."""
    REBUILD = auto()
    """The function that unflattens the results; 0 if there is nothing to nest."""
    SEGMENT = auto()
    """The program: a function of a frame that returns 0 on success."""
    FRAME = auto()
    """The frame: slots for inputs, outputs and constants."""
    IS_LONG = auto()
    """Whether the GIL is released during the run."""
    BUSY = auto()
    """Whether the frame is in use."""
    CALLS = auto()


class FactsWords(IntEnum):
    """The header of guards on state outside.

    What is counted is followed by the address of the first.
    """

    NAMES = 0
    NAME = auto()
    LISTS = auto()
    LIST = auto()
    DICTS = auto()
    DICT = auto()
    ARRAYS = auto()
    ARRAY = auto()
    WORDS = auto()
    EXPECTED = auto()


class FormWords(IntEnum):
    """The form of an array, to be checked or allocated."""

    DTYPE = 0
    NDIM = auto()
    SHAPE = auto()
    """The address of the shape."""


class InputWords(IntEnum):
    """The guard of an input; it begins with its `FormWords`."""

    HOLDER = len(FormWords)
    """The captured tensor; 0 for an argument."""
    KIND = auto()
    """The type of an argument that is a Python number; 0 for an array."""
    NUMBER = auto()
    """The buffer that a number is unboxed into."""
    NODE = auto()
    """The node that it must have; 0 for any that has no more watches than this:"""
    WATCH = auto()
    """The watches that are allowed, as an object, besides none."""


class SignatureWords(IntEnum):
    """The tensor in a place of the state; it begins with its `FormWords`."""

    OWNER = len(FormWords)
    """The tensor itself, or the leaf whose gradient it is."""
    SLOT = auto()
    """Where in the owner the tensor is; 0 if it is the owner."""
    NODE = auto()
    """The node that the tensor must have."""


class OutputWords(IntEnum):
    """An output that is allocated at each call; it begins with its `FormWords`."""

    SOURCE = len(FormWords)
    """The address of the slot of which it is a copy; 0 if the program writes it."""
    PLACE = auto()
    """The address of its slot."""


class OtherWords(IntEnum):
    """An alias guard: what an argument must not be."""

    INDEX = 0
    """The position of the argument."""
    HOLDER = auto()
    """A tensor; 0 for another argument:"""
    ARGUMENT = auto()


class NameWords(IntEnum):
    """A guard on a dict: the value of a key; 0 if it must be absent."""

    HOLDER = 0
    KEY = auto()
    VALUE = auto()


class ItemsWords(IntEnum):
    """A guard on the items of a list, or of a dict in its order."""

    HOLDER = 0
    COUNT = auto()
    FIRST = auto()
    """The address of the items, or of keys and items by turns; 0 for any item."""


class ElementsWords(IntEnum):
    """A guard on the elements of an array; it begins with its `FormWords`."""

    HOLDER = len(FormWords)
    COPY = auto()
    """The address of a copy of the elements."""
    BYTES = auto()


class CheckWords(IntEnum):
    """A guard of the path: a masked comparison with an array of 1, 4 or 8 bytes in the frame."""

    PLACE = 0
    """The address of its slot."""
    BYTES = auto()
    """1, 4 or 8."""
    MASK = auto()
    """The mask."""
    IS_TRUTH = auto()
    """Whether only the truth of the masked word is compared."""
    VALUE = auto()


class ExpectedWords(IntEnum):
    """A guard on a word in memory: the contents of a cell, or a length."""

    ADDRESS = 0
    VALUE = auto()
