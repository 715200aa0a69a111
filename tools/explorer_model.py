"""Writes the classes of what the explorer shows as types of TypeScript: python -m tools.explorer_model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from wengert.explaining.explorer import model

PAGE = Path(__file__).parent.parent / "explorer" / "src" / "model.ts"
HEAD = """/**
 * What the page is given, from the classes of `wengert.explaining.explorer.model`, which say what it means.
 * Written by `python -m tools.explorer_model`.
 */

/** An element of MathML: its name, and then its children, which are elements or one text. */
export type Formula = [string, ...(Formula | string)[]];
"""
TYPES = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "None": "null"}


def typescript() -> str:
    """The file of the types."""
    classes = [held for held in vars(model).values() if is_dataclass(held) and held.__module__ == model.__name__]
    return "\n".join([HEAD, *(line for held in classes for line in _interface(held))])


def _interface(held: type) -> Iterator[str]:
    yield f"/** {(held.__doc__ or '').splitlines()[0]} */"
    yield f"export interface {held.__name__} {{"
    for field in fields(held):
        yield f"  {field.name}: {_type(str(field.type))};"
    yield "}"
    yield ""


def _type(text: str) -> str:
    """A type of Python in TypeScript."""
    if held := re.fullmatch(r"list\[(\w+)\]", text):
        return f"{_type(held[1])}[]"
    return " | ".join(TYPES.get(part, part) for part in text.split(" | "))


if __name__ == "__main__":
    PAGE.write_text(typescript(), encoding="utf-8")
