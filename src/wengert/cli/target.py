"""What to explain: a function in a file, and the literal arguments it is given."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

from .errors import Refused, one_line

Function = Callable[..., Any]


def find_function(target: str) -> Function:
    """The function that ``FILE.py:FUNCTION`` names.

    Raises:
        Refused: there is no such file or function, or the file cannot be run.
    """
    file, colon, name = target.rpartition(":")
    if not colon or not file or not name:
        raise Refused(
            f"[explain] {target!r} does not name a function, wanted a file and a function in it; "
            f"write {target.removesuffix(':') or 'FILE.py'}:FUNCTION"
        )
    path = Path(file)
    if not path.is_file():
        raise Refused(
            f"[explain] there is no file {file!r} in {Path.cwd()}, wanted a Python file; write its path, "
            f"as in path/to/{path.name or 'FILE.py'}:{name}"
        )
    return _attribute(load(path), name, path)


def load(path: Path) -> ModuleType:
    """Run a Python file as a module; its neighbours can be imported from it.

    Raises:
        Refused: it does not run.
    """
    name = f"explained_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path.resolve())
    if specification is None or specification.loader is None:
        raise Refused(
            f"[explain] {path} is not a Python file, wanted a name that ends in .py; rename it {path.stem}.py"
        )
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise Refused(
            f"[explain] {path} raised {described(error, path)} when it was loaded, wanted a file that runs; "
            f"write python {path} to see it by itself"
        ) from error
    return module


def _attribute(module: ModuleType, name: str, path: Path) -> Function:
    found = getattr(module, name, None)
    if found is None:
        raise Refused(
            f"[explain] there is no function {name!r} in {path}, wanted one of its functions; write {_choices(module)}"
        )
    if not callable(found):
        raise Refused(
            f"[explain] {name!r} in {path} is of type {type(found).__name__}, wanted a function; "
            f"write {_choices(module)}"
        )
    return found


def _choices(module: ModuleType) -> str:
    """The functions that a file defines."""
    names = [n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return " or ".join(names[:5]) if names else "def f(x): ... into it"


def described(error: BaseException, path: Path) -> str:
    """An error with the last line of the file that it passed."""
    kind, text, line = type(error).__name__, one_line(error), _line_in(error, path)
    where = "" if line is None else f" on line {line}"
    return f"{kind}{where}" + (f" ({text})" if text else "")


def _line_in(error: BaseException, path: Path) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    line, traceback = None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == str(path.resolve()):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


# -- arguments -------------------------------------------------------------------------------------


def read_arguments(text: str, option: str) -> list[Any]:
    """The arguments that a literal list gives: numbers, nested lists for arrays, dicts and tuples of them.

    Raises:
        Refused: it is no literal, not a list, or has something else than numbers in it.
    """
    try:
        given = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise Refused(
            f"[explain] {option} {text!r} is not a Python literal, wanted the list of the arguments in numbers; "
            f"write {option} '[2.0, 5.0]' for two numbers, {option} '[[1.0, 2.0]]' for one array"
        ) from error
    if not isinstance(given, (list, tuple)):
        raise Refused(
            f"[explain] {option} {text!r} is of type {type(given).__name__}, wanted the list of the arguments; "
            f"write {option} '[{text.strip()}]'"
        )
    return [argument(value, option) for value in given]


def argument(value: Any, option: str) -> Any:
    """A literal as a floating argument: a list is an array, a dict or tuple holds arguments."""
    if isinstance(value, dict):
        return {key: argument(v, option) for key, v in value.items()}
    if isinstance(value, tuple):
        return tuple(argument(v, option) for v in value)
    array = _array(value)
    if array is None or array.dtype.kind not in "biufc":
        raise Refused(
            f"[explain] {option} has the argument {_shown(value)}, wanted numbers, or lists of numbers of one length; "
            "write [[1.0, 2.0], [3.0, 4.0]] for a matrix"
        )
    floating = array if array.dtype.kind == "c" else array.astype(numpy.float64)
    return floating if isinstance(value, list) else floating.item()


def _array(value: Any) -> numpy.ndarray | None:
    """The value as an array, or ``None`` if it is ragged or too large a number."""
    try:
        return numpy.asarray(value)
    except (ValueError, OverflowError):
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def require_fitting(f: Function, name: str, args: Sequence[Any]) -> None:
    """Raise `Refused` unless the function takes so many arguments."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args)
    except TypeError as error:
        raise Refused(
            f"[explain] --at gives {_counted(len(args))}, wanted those of {name}{signature}; "
            f"write --at '[{', '.join(['1.0'] * _required(signature))}]' with your numbers"
        ) from error


def _counted(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"


def _required(signature: inspect.Signature) -> int:
    """How many positional arguments a function cannot do without."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in signature.parameters.values())
