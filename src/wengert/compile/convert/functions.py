"""From a function to one with structured control flow: its source, read, converted and compiled anew."""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

from ...core.python.recipes import Made
from ...core.python.search import first
from ...core.python.source import PACKAGE, at_line
from . import operators
from .expressions import Expressions
from .statements import convert
from .templates import OPERATORS_NAME

FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""The flags of ``from __future__ import``."""


def structured(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does what `f` does, with loops and branches that a recording keeps.

    Raises:
        TypeError: `f` is no function that is written in Python.
        ValueError: its source cannot be found.
    """
    if isinstance(f, Made) or (isinstance(f, FunctionType) and f.__code__.co_filename.startswith(PACKAGE)):
        raise TypeError(
            f"[jit] structured=True was given what wengert made of {getattr(f, '__name__', f)}, wanted the function "
            "itself, whose loops are read from its source; compile that one, and transform it afterwards: "
            f"wg.jit(wg.grad(wg.jit(loss, structured=True))){at_line()}"
        )
    if isinstance(f, functools.partial):
        return functools.partial(structured(f.func), *f.args, **f.keywords)
    if isinstance(f, MethodType):
        return MethodType(structured(f.__func__), f.__self__)
    if not isinstance(f, FunctionType):
        raise TypeError(
            f"[jit] structured=True was given a {type(f).__name__}, wanted a function that is written in Python, whose "
            f"loops are read from its source; write def f(x): ...{at_line()}"
        )
    return _rebuilt(f, _converted(f.__code__))


def _rebuilt(f: FunctionType, code: CodeType) -> FunctionType:
    """The function with other code."""
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    cells[OPERATORS_NAME] = CellType(operators)
    found = FunctionType(code, f.__globals__, f.__name__, f.__defaults__, tuple(cells[n] for n in code.co_freevars))
    found.__kwdefaults__ = f.__kwdefaults__
    for name in ("__module__", "__qualname__", "__doc__", "__annotations__"):
        setattr(found, name, getattr(f, name))
    found.__dict__.update(f.__dict__)
    return found


@functools.lru_cache(maxsize=1000)
def _converted(code: CodeType) -> CodeType:
    definition = _definition(code)
    if isinstance(definition, ast.FunctionDef):
        definition.decorator_list = []
        convert(definition)
        body: Any = definition
    else:
        body = ast.copy_location(ast.Expr(definition), definition)
    free = [name for name in code.co_freevars if name != "__class__"]
    module = ast.parse(f"def _wg_scope({', '.join([OPERATORS_NAME, *free])}):\n class {_class_of(code)}:\n  pass")
    module.body[0].body[0].body = [Expressions().visit(body)]  # type: ignore[attr-defined]
    compiled = compile(module, code.co_filename, "exec", flags=code.co_flags & FUTURE, dont_inherit=True)
    return _named(first(inner for inner in _inner(compiled) if inner.co_name == code.co_name), code.co_qualname)


def _class_of(code: CodeType) -> str:
    """The class in which a function is written, by which its private names are known."""
    *_, around, _ = ["", *code.co_qualname.split(".")]
    return around if around.isidentifier() else "_"


def _inner(code: CodeType) -> Iterator[CodeType]:
    """The code of functions within, the outer ones first."""
    level = [code]
    while level:
        level = [constant for outer in level for constant in outer.co_consts if isinstance(constant, CodeType)]
        yield from level


def _named(code: CodeType, name: str) -> CodeType:
    """The code, whose parts are called as the function in which the user wrote them."""
    constants = tuple(
        _named(c, name if c.co_name.startswith(OPERATORS_NAME) else f"{name}.<locals>.{c.co_name}")
        if isinstance(c, CodeType)
        else c
        for c in code.co_consts
    )
    return code.replace(co_consts=constants, co_name=name.rpartition(".")[2], co_qualname=name)


def _definition(code: CodeType) -> ast.FunctionDef | ast.Lambda:
    """The source of a function, as a tree.

    Raises:
        ValueError: it cannot be found, or it is not clear which of several it is, or it is not what was loaded.
        TypeError: the function is no plain one.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    every = [node for node in ast.walk(ast.parse(_text(code))) if isinstance(node, kinds)]
    found = [node for node in every if _first_line(node) == code.co_firstlineno and _name_of(node) == code.co_name]
    if len(found) != 1:
        what = "no source" if not found else f"{len(found)} functions on line {code.co_firstlineno}"
        raise ValueError(
            f"[jit] structured=True found {what} for {code.co_name} in {code.co_filename}, wanted one function written "
            f"in a file, whose loops are read from there; write it with def, in a file{at_line()}"
        )
    if isinstance(found[0], ast.AsyncFunctionDef):
        raise TypeError(f"[jit] {code.co_name} is asynchronous, wanted a plain function; write def{at_line()}")
    return found[0]


def _text(code: CodeType) -> str:
    """The text from which code was compiled: that of its file, now or when the file was read before.

    Raises:
        ValueError: the file says something else.
    """
    before = "".join(linecache.getlines(code.co_filename))
    linecache.checkcache(code.co_filename)
    now = "".join(linecache.getlines(code.co_filename))
    for text in (before, now):
        if code in _codes(text, code.co_filename):
            return text
    here = [one for one in _codes(now, code.co_filename) if _place(one) == _place(code)]
    if any(map(_says_more(code), here)):
        raise ValueError(
            f"[jit] structured=True found another function {code.co_name} in {code.co_filename} than the one that was "
            "loaded, wanted its source, from which loops are read; load the file again (importlib.reload(module), or a "
            f"new process){at_line()}"
        )
    return now


@functools.lru_cache(maxsize=100)
def _codes(text: str, filename: str) -> frozenset[CodeType]:
    return frozenset(_inner(compile(text, filename, "exec", dont_inherit=True)))


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def _says_more(code: CodeType) -> Callable[[CodeType], bool]:
    """Whether a source has names or numbers that code does not have, to which tools that rewrite it may have added."""

    def words(one: CodeType) -> set[Any]:
        constants = [(type(c), repr(c)) for c in one.co_consts if not isinstance(c, (CodeType, tuple))]
        return {*one.co_names, *one.co_varnames, *constants}

    return lambda source: not words(source) <= words(code)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> int:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min(n.lineno for n in (node, *decorators))


def _name_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name
