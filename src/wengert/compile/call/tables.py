"""What is written in a door: places, in words, which the routine reads and `Door` writes."""

from __future__ import annotations

from enum import IntEnum, auto


class DoorWords(IntEnum):
    """A door.

    What is counted is followed by the address of the first.
    """

    ON = 0
    """The object that the value of `wengert.core.state.ON` is."""
    GIVEN = auto()
    """The number of arguments."""
    DIFFERENT = auto()
    OTHER = auto()
    INPUTS = auto()
    """Their number, with that of the tensors read outside, which follow the arguments."""
    INPUT = auto()
    FACTS = auto()
    """The address of the table of what has to be found."""
    BEFORE = auto()
    CHECK_BEFORE = auto()
    OUTPUTS = auto()
    OUTPUT = auto()
    RESULTS = auto()
    RESULT = auto()
    """Where in the frame the results are: addresses."""
    AFTER = auto()
    CHECK_AFTER = auto()
    IS_TUPLE = auto()
    """Whether a tuple of tensors is given, not a tensor."""
    REBUILD = auto()
    """The function that nests the results; 0 if there is nothing to nest."""
    SEGMENT = auto()
    """The program: a function of a frame that gives 0 if all is well."""
    FRAME = auto()
    """What looks to the program like a tuple of arrays: inputs, outputs, and what stays."""
    IS_LONG = auto()
    """Whether other threads of Python are to run meanwhile."""
    BUSY = auto()
    """Whether the frame is in use."""
    CALLS = auto()


class FactsWords(IntEnum):
    """What has to be found outside.

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
    """An array, as it has to be or is to be made."""

    DTYPE = 0
    NDIM = auto()
    SHAPE = auto()
    """The address of the lengths."""


class InputWords(IntEnum):
    """An input; it begins with its `FormWords`."""

    HOLDER = len(FormWords)
    """The tensor read; 0 for an argument."""
    KIND = auto()
    """The type of an argument that is a Python number; 0 for an array."""
    NUMBER = auto()
    """An array of our own, in which the program finds the number."""
    NODE = auto()
    """The node that it must have; 0 for any that has no more watches than this:"""
    WATCH = auto()
    """The watches that it may have, as an object, besides none."""


class OutputWords(IntEnum):
    """An array that is made for a call; it begins with its `FormWords`."""

    SOURCE = len(FormWords)
    """The address of an array in the frame, of which it is a copy; 0 if it is to be written by the program."""
    PLACE = auto()
    """Where it goes in the frame: an address."""


class OtherWords(IntEnum):
    """What an argument must not be."""

    INDEX = 0
    """Which argument."""
    HOLDER = auto()
    """A tensor; 0 for another argument:"""
    ARGUMENT = auto()


class NameWords(IntEnum):
    """What a dict has to have under a key; 0 for nothing."""

    HOLDER = 0
    KEY = auto()
    VALUE = auto()


class ItemsWords(IntEnum):
    """What a list has to hold, or a dict in its order."""

    HOLDER = 0
    COUNT = auto()
    FIRST = auto()
    """The address of the items, or of keys and items by turns; 0 for any item."""


class ElementsWords(IntEnum):
    """What an array has to hold; it begins with its `FormWords`."""

    HOLDER = len(FormWords)
    COPY = auto()
    """The address of the elements."""
    BYTES = auto()


class CheckWords(IntEnum):
    """A decision: what an array of some bytes in the frame has to be."""

    PLACE = 0
    """Where it is in the frame: an address."""
    BYTES = auto()
    """1, 4 or 8."""
    MASK = auto()
    """The bits that matter."""
    IS_TRUTH = auto()
    """Whether it matters only if one of them is set."""
    VALUE = auto()


class ExpectedWords(IntEnum):
    """What a word in memory has to be: the contents of a cell, a length."""

    ADDRESS = 0
    VALUE = auto()
