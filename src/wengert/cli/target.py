"""What to explain: a function in a file, or a method of a class in it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from .errors import Refused, command, one_line

Function = Callable[..., Any]

MOST_CHOICES = 5


def find_function(target: str) -> Function:
    """The function that ``FILE.py:FUNCTION`` names, or the method that ``FILE.py:CLASS.METHOD`` names.

    Raises:
        Refused: there is no such file or function, or the file cannot be run.
    """
    file, colon, name = target.rpartition(":")
    if not colon or not file or not name:
        raise Refused(
            f"[{command()}] {target!r} does not name a function, wanted a file and a function in it; "
            f"write {target.removesuffix(':') or 'FILE.py'}:FUNCTION"
        )
    path = Path(file)
    if not path.is_file():
        near = _near_file(path)
        instead = f"{near}:{name}" if near else f"its path, as in path/to/{path.name or 'FILE.py'}:{name}"
        raise Refused(f"[{command()}] there is no file {file!r} in {Path.cwd()}, wanted a Python file; write {instead}")
    return _function(load(path), name, path)


def _near_file(path: Path) -> Path | None:
    """A Python file beside the one that is missing, with nearly its name."""
    beside = {file.name: file for file in sorted(path.parent.glob("*.py"))}
    near = get_close_matches(path.name, beside, n=1)
    return beside[near[0]] if near else None


def load(path: Path) -> ModuleType:
    """Run a Python file as a module; its neighbours can be imported from it.

    Raises:
        Refused: it does not run.
    """
    name = f"explained_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path.resolve())
    if specification is None or specification.loader is None:
        raise Refused(
            f"[{command()}] {path} is not a Python file, wanted a name that ends in .py; rename it {path.stem}.py"
        )
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        specification.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Refused(
            f"[{command()}] {path} raised {described(error, path)} when it was loaded, wanted a file that runs; "
            f"write python {path} to see it by itself"
        ) from error
    return module


def _function(module: ModuleType, name: str, path: Path) -> Function:
    """Follow the names from the module on; a class on the way to a method is made an object of."""
    found: Any = module
    passed: list[str] = []
    for part in name.split("."):
        if isinstance(found, type) and _needs_object(found, part):
            found = _made(found, ".".join(passed), part, path)
        try:
            found = getattr(found, part)
        except AttributeError:
            raise Refused(
                f"[{command()}] there is no function {name!r} in {path}, wanted one of its functions; "
                f"write {_instead(module, name)}"
            ) from None
        passed.append(part)
    if isinstance(found, type) or not callable(found):
        kind = "a class" if isinstance(found, type) else f"of type {type(found).__name__}"
        raise Refused(
            f"[{command()}] {name!r} in {path} is {kind}, wanted a function or a method; write {_instead(module, name)}"
        )
    return found


def _needs_object(cls: type, name: str) -> bool:
    """Whether a name is that of an ordinary method, a compiled one included, or only objects have it."""
    held = inspect.getattr_static(cls, name, None)
    return not isinstance(held, (staticmethod, classmethod, type))


def _made(cls: type, name: str, method: str, path: Path) -> Any:
    """An object of a class that takes no arguments.

    Raises:
        Refused: it takes some, or raises.
    """
    try:
        signature = inspect.signature(cls)
        signature.bind()
    except ValueError:
        pass
    except TypeError:
        variable = name.rpartition(".")[2].lower()
        raise Refused(
            f"[{command()}] {name} in {path} is made with arguments, {name}{signature}, wanted a class without, or an "
            f"object; write {variable} = {name}(...) into the file, and explain {path}:{variable}.{method}"
        ) from None
    try:
        return cls()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Refused(
            f"[{command()}] {name}() raised {described(error, path)}, wanted an object whose method {method} is "
            f"explained; write a variable with one into the file, and explain {path}:VARIABLE.{method}"
        ) from error


def _instead(module: ModuleType, name: str) -> str:
    """The functions that a file defines whose names are near, or else the first of all."""
    names = list(_functions(module))
    in_class = [choice for choice in names if choice.startswith(f"{name}.")]
    near = in_class or get_close_matches(name, names, n=1) or names
    return " or ".join(near[:MOST_CHOICES]) or "def f(x): ... into it"


def _functions(module: ModuleType) -> Iterator[str]:
    """The functions, and after them the methods, of the classes that a file defines."""
    own = {name: held for name, held in vars(module).items() if getattr(held, "__module__", None) == module.__name__}
    yield from (name for name, held in own.items() if callable(held) and not isinstance(held, type))
    for name, held in own.items():
        if isinstance(held, type):
            yield from (f"{name}.{method}" for method, f in vars(held).items() if _is_public_method(method, f))


def _is_public_method(name: str, held: Any) -> bool:
    is_method = isinstance(held, (FunctionType, staticmethod, classmethod)) or callable(held)
    return is_method and not name.startswith("_") and not isinstance(held, type)


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
