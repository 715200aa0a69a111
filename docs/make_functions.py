"""Writes docs/functions.md: what is known of each function, read from the tables that the laws are tested on.

Run it as ``python -m docs.make_functions`` after a change to ``tests/cases``; a test says when it is out of date.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import tests.cases
from tests.cases.case import Case
from tests.laws import make_arguments

from wengert.numpy.arrays import files
from wengert.numpy.protocols import delegated

Public = dict[Callable[..., Any], list[str]]

PAGE = Path(__file__).parent / "functions.md"

NAMESPACES = [
    "wengert.numpy",
    "wengert.numpy.linalg",
    "wengert.numpy.fft",
    "wengert.scipy.special",
    "wengert.scipy.linalg",
    "wengert.scipy.stats",
    "wengert.scipy.signal",
    "wengert.windows",
]

CONSTANT = frozenset([
    "all", "allclose", "any", "arange", "argwhere", "array_equal", "array_equiv", "bartlett", "bincount", "bitwise_and",
    "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "blackman", "broadcast_shapes", "can_cast", "count_nonzero", "diag_indices", "diag_indices_from",
    "digitize", "empty", "empty_like", "eye", "fftfreq", "finfo", "flatnonzero", "from_dlpack", "fromfunction", "gcd",
    "hamming", "hanning", "histogram", "histogram_bin_edges", "histogram2d", "histogramdd", "identity", "iinfo", "in1d",
    "indices", "intersect1d", "invert", "iscomplexobj", "isdtype", "isin", "isrealobj", "isscalar", "issubdtype", "ix_",
    "lcm", "left_shift", "lexsort", "mask_indices", "ndim", "nonzero", "ones", "ones_like", "promote_types",
    "ravel_multi_index", "result_type", "rfftfreq", "right_shift", "searchsorted", "setdiff1d", "setxor1d", "shape",
    "size", "tri", "tril_indices", "tril_indices_from", "triu_indices", "triu_indices_from", "union1d", "unique",
    "unique_all", "unique_counts", "unique_inverse", "unique_values", "unravel_index", "zeros", "zeros_like",
    "asarray_chkfinite", "fromiter", "frompyfunc", *delegated.__all__, *files.__all__,
])  # fmt: skip
"""Functions with no derivative to have: they make constants, compare, count, or give places and integers."""

NOT_WRITTEN = frozenset(f"vonmises.{name}" for name in ("cdf", "isf", "logcdf", "logsf", "ppf", "sf"))
"""Names that raise an error which says so: they have no closed form, and no rule yet."""

HEADER = """\
# Functions

Written by `python -m docs.make_functions` from the tables in `tests/cases`, on which every law is tested: the value is
NumPy's or SciPy's, forward and reverse mode agree with each other and with differences, and a batch is a loop.

- **forward**, **reverse**: up to which order derivatives are tested; `-` where the result is piecewise constant.
- **batched**: `vmap` is tested, of the function and of its derivatives.
- **complex**: complex arguments are tested.
"""


@dataclass
class Row:
    """What the cases of a function show."""

    order: int = 0
    batched: bool = False
    complex: bool = False

    def add(self, case: Case) -> None:
        self.order = max(self.order, case.order)
        self.batched |= case.batched
        self.complex |= any(dtype.startswith("complex") for dtype in case.dtypes)

    def cells(self) -> list[str]:
        order = str(self.order) if self.order else "-"
        return [order, order, "yes" if self.batched else "-", "yes" if self.complex else "-"]


# -- the functions ---------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a public function is found: an attribute of a module, or of a distribution in it."""

    owner: Any
    attribute: str
    name: str
    function: Callable[..., Any]


@functools.cache
def places(namespace: str) -> list[Place]:
    """All public functions of a namespace."""
    module = importlib.import_module(namespace)
    found = []
    for name in sorted(n for n in getattr(module, "__all__", vars(module)) if not n.startswith("_")):
        value = getattr(module, name)
        if inspect.isroutine(value) and value.__module__.startswith("wengert"):
            found.append(Place(module, name, name, value))
        elif type(value).__module__.startswith("wengert.scipy.stats"):
            methods = [m for m in dir(value) if not m.startswith("_") and inspect.isroutine(getattr(value, m))]
            found += [Place(value, m, f"{name}.{m}", getattr(value, m)) for m in methods]
    return found


def all_places() -> list[Place]:
    return [place for namespace in NAMESPACES for place in places(namespace)]


def functions_of(namespace: str) -> Public:
    """The public functions of a namespace, with all their names."""
    found: Public = {}
    for place in places(namespace):
        found.setdefault(place.function, []).append(place.name)
    return found


def all_cases() -> list[Case]:
    """Every row of every table."""
    families = [name for _, name, _ in pkgutil.iter_modules(tests.cases.__path__) if name != "case"]
    return [case for family in families for case in importlib.import_module(f"tests.cases.{family}").CASES]


# -- which functions a case is about ---------------------------------------------------------------


def callees(case: Case, spy: Spy) -> list[Callable[..., Any]]:
    """The functions that a case calls, as far as it is seen from outside."""
    return list(dict.fromkeys([*held(case.function), *reached(case, spy)]))


def held(function: Any) -> Iterator[Any]:
    """A function and, if it was written in a table, those that it closes over or has as defaults."""
    if isinstance(function, functools.partial):
        yield from held(function.func)
    elif inspect.isroutine(function):
        yield function
        if isinstance(function, FunctionType) and function.__module__.startswith("tests."):
            defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
            for value in [*inspect.getclosurevars(function).nonlocals.values(), *defaults]:
                yield from held(value)


def reached(case: Case, spy: Spy) -> list[Callable[..., Any]]:
    """The public functions that are called where they are public, not those that these call in turn."""
    arguments = make_arguments(case, case.dtypes[0])
    spy.called = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case.function(*arguments)
    return spy.called


class Spy:
    """Within it, the public functions of every namespace say so when they are called."""

    def __init__(self) -> None:
        self.called: list[Callable[..., Any]] = []
        self.depth = 0

    def __enter__(self) -> Spy:
        for place in all_places():
            setattr(place.owner, place.attribute, self.telling(place.function))
        return self

    def __exit__(self, *exception: object) -> None:
        for place in all_places():
            if isinstance(place.owner, ModuleType):
                setattr(place.owner, place.attribute, place.function)
            else:
                delattr(place.owner, place.attribute)

    def telling(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            if self.depth == 0:
                self.called.append(function)
            self.depth += 1
            try:
                return function(*args, **options)
            finally:
                self.depth -= 1

        return call


# -- the page --------------------------------------------------------------------------------------


@functools.cache
def rows() -> dict[Callable[..., Any], Row]:
    """What the tables show of every public function in them."""
    public = {f: names for namespace in NAMESPACES for f, names in functions_of(namespace).items()}
    return summarise(all_cases(), public)


def summarise(cases: Iterable[Case], public: Public) -> dict[Callable[..., Any], Row]:
    """For each function the cases that are named after it; if there are none, those that call it."""
    named: dict[Callable[..., Any], Row] = {}
    calling: dict[Callable[..., Any], Row] = {}
    with Spy() as spy:
        for case in cases:
            for function in callees(case, spy):
                if function in public:
                    eponymous = any(case.name.startswith(name.replace(".", "_")) for name in public[function])
                    (named if eponymous else calling).setdefault(function, Row()).add(case)
    return calling | named


def render() -> str:
    """The text of the page."""
    known = rows()
    return "\n".join([HEADER, *(section(namespace, known) for namespace in NAMESPACES)])


def undeclared() -> list[str]:
    """Public functions that are in no table, and not among those that have no derivative."""
    known = rows()
    return [
        f"{namespace}.{names[0]}"
        for namespace in NAMESPACES
        for function, names in functions_of(namespace).items()
        if function not in known and not (CONSTANT | NOT_WRITTEN).intersection(names)
    ]


def section(namespace: str, known: dict[Callable[..., Any], Row]) -> str:
    """The table of a namespace, and below it the functions that have no derivative to have."""
    functions = functions_of(namespace)
    lines = [f"## {namespace}", "", "| function | forward | reverse | batched | complex |", "|---|---|---|---|---|"]
    for function, names in functions.items():
        if function in known:
            lines.append(f"| {' | '.join([code(names), *known[function].cells()])} |")
    for heading, kind in (("No derivative to have", CONSTANT), ("Not written yet", NOT_WRITTEN)):
        others = [code(n) for function, n in functions.items() if function not in known and kind.intersection(n)]
        if others:
            lines += ["", f"{heading}: {', '.join(others)}."]
    return "\n".join([*lines, ""])


def code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(render())
