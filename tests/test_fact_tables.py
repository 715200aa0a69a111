"""Tables of primitives are keyed by the primitives themselves, and nobody asks what a primitive is by its name."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import wengert
from wengert.core.primitive import Primitive, by_primitive, primitives
from wengert.ops import elementwise as e

SOURCE = Path(wengert.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

OF_TEXTS = {
    "wengert.compile.record.impure.EFFECTS",
    "wengert.compile.state.numbers.LOOPS",
    "wengert.export.c_source.helpers._FLOATING",
    "wengert.export.c_source.helpers._WHOLE",
    "wengert.export.numpy_source.spelling.HELPERS",
    "wengert.export.numpy_source.writing.HELPERS",
    "wengert.numpy.protocols.values.LOOPS",
}
"""Tables of what the user calls, methods of files and loops; and of functions in the text of exported source."""

FRONTS = ("wengert.torch.", "wengert.jax.", "wengert.autograd.")
"""Their tables are of names that users of other libraries write."""


@cache
def modules() -> list[ModuleType]:
    names = [m.name for m in pkgutil.walk_packages(wengert.__path__, "wengert.") if not m.name.endswith("__main__")]
    for name in names:
        importlib.import_module(name)
    return [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "wengert"]


@cache
def names_of_primitives() -> frozenset[str]:
    """The names of the primitives that modules define, by what they hold."""
    held = [value for module in modules() for value in vars(module).values()]
    found = [getattr(value, "primitive", value) for value in held if callable(value) or isinstance(value, Primitive)]
    return frozenset(p.name for p in found if isinstance(p, Primitive))


def tables() -> Iterator[tuple[str, Any]]:
    for module in (module for module in modules() if not f"{module.__name__}.".startswith(FRONTS)):
        for name, value in vars(module).items():
            if isinstance(value, dict | set | frozenset) and not name.startswith("__"):
                yield f"{module.__name__}.{name}", value


def is_keyed_by_names(keys: Any) -> bool:
    """Whether at least half of the keys of a table are names of primitives."""
    return 2 * sum(type(key) is str and key in names_of_primitives() for key in keys) >= max(1, len(keys))


def test_no_table_is_keyed_by_the_names_of_primitives() -> None:
    assert len(names_of_primitives()) > 250
    assert {place for place, table in tables() if is_keyed_by_names(table)} == OF_TEXTS


def test_a_table_that_has_primitives_as_keys_has_no_others() -> None:
    by_primitives = [(place, table) for place, table in tables() if any(isinstance(key, Primitive) for key in table)]
    assert len(by_primitives) > 10
    assert not [place for place, table in by_primitives if not all(isinstance(key, Primitive) for key in table)]


def test_tables_are_found() -> None:
    """The law above sees a table by names, and lets those pass that are of something else."""
    assert is_keyed_by_names({"matmul": 1, "of no primitive": 2})
    assert is_keyed_by_names(frozenset({"exp"}))
    assert not is_keyed_by_names({"of no primitive": 2})
    assert not is_keyed_by_names({})


def test_keys_are_given_as_functions_or_primitives() -> None:
    assert primitives(e.exp, e.exp.primitive) == {e.exp.primitive}
    assert by_primitive({e.exp: 1, e.add.primitive: 2}) == {e.exp.primitive: 1, e.add.primitive: 2}
    with pytest.raises(AttributeError):
        primitives("exp")


# -- nobody asks by name ---------------------------------------------------------------------------

LOOK_UPS = {"get", "index", "isdisjoint", "startswith", "endswith", "pop", "setdefault"}


def is_name_of_primitive(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != "name":
        return False
    return getattr(node.value, "attr", getattr(node.value, "id", None)) == "primitive"


def asks_by(node: ast.AST, is_name: Any) -> bool:
    """Whether an expression compares a name, or looks it up in a table."""
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(map(is_name, [left, *others]))
        case ast.Subscript(slice=key):
            return is_name(key)
        case ast.Call(func=ast.Attribute(attr=attribute), args=[key, *_]):
            return attribute in LOOK_UPS and is_name(key)
        case ast.Match(subject=subject):
            return is_name(subject)
    return False


def questions_by_name(tree: ast.AST) -> list[int]:
    """The lines in which the name of a primitive, or a variable that holds one, decides something."""
    found = []
    for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]:
        inside = list(ast.walk(scope))
        held = {
            target.id
            for n in inside
            if isinstance(scope, ast.FunctionDef) and isinstance(n, ast.Assign) and is_name_of_primitive(n.value)
            for target in n.targets
            if isinstance(target, ast.Name)
        }
        is_name = lambda n, held=held: is_name_of_primitive(n) or (isinstance(n, ast.Name) and n.id in held)
        found += [n.lineno for n in inside if isinstance(n, ast.expr | ast.stmt) and asks_by(n, is_name)]
    return sorted(set(found))


def test_nobody_asks_what_a_primitive_is_by_its_name() -> None:
    texts = {path: path.read_text() for path in FILES}
    trees = {path: ast.parse(text) for path, text in texts.items() if "primitive.name" in text}
    assert len(trees) > 5
    found = {str(path.relative_to(SOURCE)): lines for path, t in trees.items() if (lines := questions_by_name(t))}
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "node.primitive.name == 'scan'",
        "primitive.name in TABLE",
        "TABLE[node.primitive.name]",
        "TABLE.get(node.primitive.name)",
        "def f(node):\n name = node.primitive.name\n return name in TABLE",
    ],
)
def test_questions_by_name_are_found(text: str) -> None:
    assert questions_by_name(ast.parse(text))


@pytest.mark.parametrize(
    "text", ["f'[{primitive.name}] text'", "refused(primitive.name)", "call.__name__ = primitive.name"]
)
def test_texts_may_hold_the_name(text: str) -> None:
    assert not questions_by_name(ast.parse(text))
