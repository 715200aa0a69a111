"""`c`: a function and its derivatives as one self-contained file of C99."""

from __future__ import annotations

import ctypes
import inspect
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy

from ..compile.jit import Compiled
from ..core.python.files import write_whole
from ..core.python.source import name_of
from ..core.python.trees import flatten, unflatten
from ..transforms.derivatives import grad
from ..transforms.jacobians import hessian, hvp, jacobian
from .c_source.functions import CFunction, Parameter, function_of
from .c_source.helpers import called
from .c_source.printing import RESERVED
from .recorded import exported, identifier, parameters

DERIVATIVES = ("value", "gradient", "jacobian", "hvp", "sparse_hessian")
"""What can be asked for."""

NODISCARD = (
    "#ifndef NODISCARD\n#ifdef __GNUC__\n#define NODISCARD __attribute__((warn_unused_result))\n"
    "#else\n#define NODISCARD\n#endif\n#endif\n"
)
"""What makes compilers warn where a status is not read."""

FLAGS = ("-O3", "-march=native", "-ffp-contract=off")
"""How a loaded file is compiled: for this processor, and with each operation rounded."""


@dataclass(frozen=True, eq=False)
class CSource:
    """A file of C and its header.

    Attributes:
        name: what the files are called.
        functions: the functions in it.
        source: the text of the file.
        header: the text of its header.
    """

    name: str
    functions: Sequence[CFunction]

    @property
    def _has_status(self) -> bool:
        """Whether a function has a loop that might not end."""
        return any(function.status for function in self.functions)

    @property
    def header(self) -> str:
        guard = f"{self.name.upper()}_H"
        declarations = [text for function in self.functions for text in function.declarations()]
        return "\n".join(
            [
                f"#ifndef {guard}",
                f"#define {guard}",
                "",
                "#include <stdbool.h>",
                "#include <stdint.h>",
                "",
                "/* Arrays are in order, the last axis fastest; results must not overlap arguments. */",
                "",
                "#ifdef __cplusplus",
                'extern "C" {',
                "#endif",
                "",
                *([NODISCARD] if self._has_status else []),
                *declarations,
                "#ifdef __cplusplus",
                "}",
                "#endif",
                "",
                "#endif",
                "",
            ]
        )

    @property
    def source(self) -> str:
        definitions = [f"{function.definition()}\n" for function in self.functions]
        helpers = [f"{text.strip()}\n" for text in called("\n".join(definitions))]
        rarely = "#ifdef __GNUC__\n#define RARELY __attribute__((cold, noinline))\n#else\n#define RARELY\n#endif\n"
        has_rare = any(function.guarded for function in self.functions)
        limit = "#ifndef MOST_TURNS\n#define MOST_TURNS 1000000\n#endif\n"
        return "\n".join(
            [
                f'#include "{self.name}.h"',
                "",
                "#include <assert.h>",
                "#include <math.h>",
                "",
                *([rarely] if has_rare else []),
                *([limit] if self._has_status else []),
                *helpers,
                *definitions,
            ]
        )

    @property
    def cmake(self) -> str:
        """What a project with CMake adds to its ``CMakeLists.txt``."""
        return (
            f"add_library({self.name} STATIC {self.name}.c)\n"
            f"set_target_properties({self.name} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)\n"
            f"target_include_directories({self.name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})\n"
            f"target_link_libraries({self.name} PUBLIC m)\n"
        )

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write both files to a folder, each whole or not at all."""
        write_whole(Path(folder, f"{self.name}.h"), self.header.encode())
        write_whole(Path(folder, f"{self.name}.c"), self.source.encode())

    def load(self, compiler: str = "cc", flags: Sequence[str] = FLAGS) -> Any:
        """Compile the file for this process: an object with its functions, which take and give NumPy arrays.

        Raises:
            RuntimeError: there is no such compiler, or it refuses the file.
        """
        if shutil.which(compiler) is None:
            raise RuntimeError(
                f"[c] there is no compiler {compiler}, wanted one of C99; write load('gcc') or load('clang')"
            )
        with tempfile.TemporaryDirectory() as folder:
            self.write(folder)
            library = Path(folder, f"{self.name}.so")
            command = [compiler, "-std=c99", *flags, "-shared", "-fPIC", f"{self.name}.c", "-o", str(library), "-lm"]
            made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if made.returncode:
                raise RuntimeError(f"[c] {compiler} refuses the file, wanted no errors: {made.stderr[:1000]}")
            loaded = ctypes.CDLL(str(library))
        return SimpleNamespace(**{f.name: _callable(loaded[f.name], f) for f in self.functions})


def _callable(address: Any, function: CFunction) -> Callable[..., Any]:
    """A function of arrays, flat in the order of the arguments, that gives new arrays, nested as the results are."""
    address.restype = ctypes.c_bool if function.status else None
    address.argtypes = [_type(a) for a in function.arguments] + [ctypes.c_void_p] * len(function.results)
    names = [r.name for r in function.results]
    leaves, structure = flatten(function.nested)

    def call(*args: Any) -> Any:
        given = [numpy.ascontiguousarray(x, a.dtype) for x, a in zip(args, function.arguments, strict=True)]
        made = {r.name: numpy.empty(r.shape, r.dtype) for r in function.results}
        passed = [x.ctypes.data if a.shape else x.item() for x, a in zip(given, function.arguments, strict=True)]
        if address(*passed, *(made[name].ctypes.data for name in names)) is False:
            raise RuntimeError(
                f"[{function.name}] a loop has not ended after MOST_TURNS turns, wanted an end; write "
                "load(flags=('-O3', '-DMOST_TURNS=100000000')) for more of them"
            )
        return unflatten(structure, [made.get(str(leaf), leaf) for leaf in leaves])

    call.__name__, call.__doc__ = function.name, function.comment()
    return call


def _type(argument: Parameter) -> Any:
    """The type of ctypes: pointers as addresses, numbers as themselves."""
    return ctypes.c_void_p if argument.shape else numpy.ctypeslib.as_ctypes_type(argument.dtype)


def c(
    f: Callable[..., Any],
    *args: Any,
    derivatives: Sequence[str] = ("value",),
    argnums: int = 0,
    name: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> CSource:
    """A function and its derivatives as one file of C99 and its header: no Python, no libraries but ``libm``.

    Small arrays are scalars, one by one, and zeros that are known are left out with what is multiplied by them; large
    ones are loops over memory. Nothing is allocated: arrays above 4 KiB are static, so that their functions are not to
    be called by two threads at once. Loops have bounds: a function with a `while_loop` returns whether each has ended
    within ``MOST_TURNS`` turns (1,000,000, if it is not defined otherwise), and otherwise its results mean nothing; a
    loaded function raises instead. Comments name the user's lines. Results agree with the compiled function's to a few
    units in the last place, sums in another order apart.

    Args:
        f: a function of arrays, numbers, or nestings of them.
        args: arguments of the shapes and dtypes for which the file is to be.
        derivatives: which functions it is to have: ``"value"`` (called as `f`), and of the argument `argnums`
            ``"gradient"`` (``f_gradient``), ``"jacobian"`` (``f_jacobian``), ``"hvp"`` (``f_hvp``, which takes a
            vector behind the arguments), and ``"sparse_hessian"`` (``f_sparse_hessian``, which gives the numbers of a
            sparse matrix, its rows and its columns, the last two the same at each call).
        argnums: the argument by which derivatives are taken, an array.
        name: what the function is called; by default as `f`, with an underscore behind what C calls otherwise.
        path: a file ``folder/name.c`` to write, with its header beside it.

    Returns:
        A `CSource`, with the texts ``source``, ``header`` and ``cmake``, and ``load()``, which compiles them.

    Raises:
        TypeError: an operation has no form in C, `f` decides by values, or writes to what is outside.
        ValueError: a derivative is asked for by another name.

    >>> import wengert as wg, wengert.numpy as np
    >>> def speed(v, drag):
    ...     return np.sqrt(v[0] ** 2 + v[1] ** 2) * drag
    >>> made = wg.export.c(speed, np.ones(2), 0.5, derivatives=("value", "gradient"))
    >>> [function.head() for function in made.functions]
    ['void speed(const double *v, double drag, double *result)',
     'void speed_gradient(const double *v, double drag, double *gradient)']
    """
    unknown = [kind for kind in derivatives if kind not in DERIVATIVES]
    if unknown:
        raise ValueError(
            f"[c] derivatives has {unknown[0]!r}, wanted some of {', '.join(map(repr, DERIVATIVES))}; write "
            "derivatives=('value', 'gradient')"
        )
    title = name or identifier(name_of(f.f if isinstance(f, Compiled) else f))
    title = f"{title}_" if title in RESERVED else title
    functions = list(_functions(f, args, derivatives, argnums, title))
    source = CSource(Path(path).stem if path is not None else title, functions)
    if path is not None:
        source.write(Path(path).parent)
    return source


def _functions(
    f: Callable[..., Any], args: Sequence[Any], kinds: Sequence[str], argnums: int, name: str
) -> Iterator[CFunction]:
    for kind in kinds:
        if kind == "value":
            yield function_of(exported(f, args, "c", name), f"{name} itself.", "result")
        elif kind == "gradient":
            made = exported(grad(f, argnums), args, "c", f"{name}_gradient")
            yield function_of(made, f"The gradient of {name}.", "gradient")
        elif kind == "jacobian":
            made = exported(jacobian(f, argnums), args, "c", f"{name}_jacobian")
            yield function_of(made, f"The Jacobian of {name}: axes of the result, then of the argument.", "jacobian")
        elif kind == "hvp":
            yield _hvp(f, args, argnums, name)
        else:
            yield _sparse_hessian(f, args, argnums, name)


def _hvp(f: Callable[..., Any], args: Sequence[Any], argnums: int, name: str) -> CFunction:
    """The product of the Hessian and a vector, which is the last argument."""

    def product(*values: Any) -> Any:
        *point, vector = values
        return hvp(lambda x: f(*point[:argnums], x, *point[argnums + 1 :]), (point[argnums],), (vector,))

    product.__signature__ = _signature([*parameters(f, len(args)), "vector"])  # type: ignore[attr-defined]
    made = exported(product, [*args, args[argnums]], "c", f"{name}_hvp")
    return function_of(made, f"The product of the Hessian of {name} and a vector.", "product")


def _signature(names: Sequence[str]) -> inspect.Signature:
    return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names])


def _sparse_hessian(f: Callable[..., Any], args: Sequence[Any], argnums: int, name: str) -> CFunction:
    """The numbers of the sparse Hessian; its rows and columns are constants of the file."""
    derivative = hessian(f, argnums, sparse=True)
    plan = derivative.prepare(f, *args, **derivative.options)
    found = plan(*args).tocoo()

    def values(*point: Any) -> Any:
        return plan.nonzeros(*point)

    values.__signature__ = _signature(parameters(f, len(args)))  # type: ignore[attr-defined]
    title = f"{name}_sparse_hessian"
    made = function_of(exported(values, args, "c", title), f"The numbers of the sparse Hessian of {name}.", "values")
    places = {f"{title}_rows": found.row, f"{title}_columns": found.col}
    return replace(made, constants={place: numpy.asarray(numbers, numpy.int32) for place, numbers in places.items()})
