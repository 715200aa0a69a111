"""Layouts of the tables of a door, in words: `Door` writes them, the routine reads them."""

from __future__ import annotations

from enum import IntEnum, auto


class DoorWords(IntEnum):
    """The header of a door.

    What is counted is followed by the address of the first.
    """

    ON = 0
    """The object that `wengert.core.state.ON` must hold."""
    ARGUMENTS = auto()
    """The address of the table by which arguments are taken apart."""
    DIFFERENT = auto()
    OTHER = auto()
    INPUTS = auto()
    """The number of inputs: arguments, then captured tensors."""
    INPUT = auto()
    FACTS = auto()
    """The address of the table of guards on state outside."""
    PYTHON = auto()
    """The address of the table of the state that Python reads and writes."""
    BEFORE = auto()
    CHECK_BEFORE = auto()
    OUTPUTS = auto()
    OUTPUT = auto()
    RESULTS = auto()
    """The address of the table by which what is returned is built."""
    WRITES = auto()
    """The address of the table of what is written outside."""
    LOCK = auto()
    """The address of the word of the lock of those who write; 0 if nothing is written."""
    AFTER = auto()
    CHECK_AFTER = auto()
    SEGMENT = auto()
    """The program: a function of a frame that returns 0 on success."""
    FRAME = auto()
    """The frame: slots for inputs, outputs and constants."""
    IS_LONG = auto()
    """Whether the GIL is released during the run."""
    BUSY = auto()
    """Whether the frame is in use."""
    CALLS = auto()


class ArgumentsWords(IntEnum):
    """The header of how arguments are taken apart.

    What is counted is followed by the address of the first.
    """

    GIVEN = 0
    """The number of positional arguments."""
    NAMES = auto()
    NAME = auto()
    """The names of the keyword arguments."""
    OUTER = auto()
    OUTER_SLOT = auto()
    """The slots of the arguments."""
    INNER = auto()
    INNER_SLOT = auto()
    """The slots of what is nested in them, which hold references; 0 between calls."""
    CONTAINERS = auto()
    CONTAINER = auto()
    CONSTANTS = auto()
    CONSTANT = auto()


class Layout(IntEnum):
    """How an object holds its children."""

    TUPLE = 0
    LIST = auto()
    DICT = auto()
    FIELDS = auto()
    """As attributes."""
    CALL = auto()
    """It is what a function makes of a tuple of them."""


class ContainerWords(IntEnum):
    """A container among the arguments."""

    PLACE = 0
    """The address of its slot."""
    TYPE = auto()
    LAYOUT = auto()
    COUNT = auto()
    FIRST = auto()
    """The address of the slot of the first child."""
    KEY = auto()
    """The address of the keys of a dict, or of the names of attributes."""


class ConstantWords(IntEnum):
    """An argument, or something nested in one, on which a program is specialised."""

    PLACE = 0
    """The address of its slot."""
    VALUE = auto()


class ResultsWords(IntEnum):
    """The header of how what is returned is built.

    What is counted is followed by the address of the first.
    """

    TENSORS = 0
    TENSOR = auto()
    NODES = auto()
    NODE = auto()
    ROOT = auto()
    """The address of the word of what is returned."""


class TensorWords(IntEnum):
    """An array that becomes a tensor."""

    ARRAY = 0
    """The address of its slot in the frame."""
    PLACE = auto()
    """The address of the word of the tensor; 0 between calls."""


class NodeWords(IntEnum):
    """Something to be built of children."""

    PLACE = 0
    """The address of its word; 0 between calls."""
    LAYOUT = auto()
    COUNT = auto()
    CHILD = auto()
    """The address of the addresses of the words of the children."""
    KEY = auto()
    """The address of the keys of a dict."""
    MAKE = auto()
    """The function that is called with a tuple of the children."""


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

    PLACE = len(FormWords)
    """The address of the word in which an argument, or a captured tensor, is found."""
    KIND = auto()
    """The type of an argument that is a Python number; 0 for an array."""
    SCALAR = auto()
    """The type of NumPy's scalars that may be in the place of an array without axes; 0 for arrays alone."""
    NUMBER = auto()
    """The buffer that a number or a scalar is unboxed into."""
    NODE = auto()
    """The node that it must have; 0 for any that has these watches:"""
    WATCH = auto()
    """The watches that it must have, as an object; those of an array are none."""
    DONATES = auto()
    """Whether the program overwrites it, as `Donation`."""


class Donation(IntEnum):
    """When the memory of an input is overwritten; if not, that of a copy is."""

    NEVER = 0
    OF_ARRAY = auto()
    """If nothing but the tensor holds the array."""
    OF_TENSOR = auto()
    """If, moreover, nothing but one place holds the tensor."""


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
    SPARE = auto()
    """The address of the word of a tensor that the call replaces, whose memory it may have; 0 if there is none."""


class PythonWords(IntEnum):
    """The header of the state that Python reads and writes.

    What is counted is followed by the address of the first.
    """

    READ = 0
    """The function that gives a tuple of what is found outside, or ``None`` if the call misses; 0 for nothing to read.
    """
    FOUND = auto()
    """What it has given; 0 between calls."""
    SLOTS = auto()
    SLOT = auto()
    """The slots of what is in the tuple."""
    WRITE = auto()
    """The function that writes, given the tuple of all tensors made, and what was found; 0 for nothing to write."""
    OUTPUTS = auto()
    """The address of the word of that tuple of tensors."""


class WritesWords(IntEnum):
    """The header of what is written outside."""

    WRITES = 0
    WRITE = auto()


class WriteWords(IntEnum):
    """A tensor that gets another value, or a word for another gradient."""

    PLACE = 0
    """The address of the word in which the tensor is found, unless it is an array, which stays; 0 for a gradient."""
    GRADIENT = auto()
    """The address of the word of the gradient."""
    ARRAY = auto()
    """The address of the slot of the value; 0 for none."""
    NEW = auto()
    """The gradient, once it is made; 0 between calls."""


class OtherWords(IntEnum):
    """An alias guard: what an argument must not be."""

    PLACE = 0
    """The address of the slot of the argument."""
    OTHER = auto()
    """The address of the word in which the other is found."""


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
