"""The shape of a document: objects with the keys that belong there and no others, lists, numbers, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class MalformedError(ValueError):
    """A document does not say what it should."""


def read_fields(content: Any, required: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, Any]:
    """An object with all keys that it needs, and none that nobody knows."""
    if not isinstance(content, dict) or not set(required) <= content.keys() <= {*required, *optional}:
        raise MalformedError(f"{content!r:.60} in place of an object with the keys {', '.join(required)}")
    return content


def read_list(content: Any, length: int | None = None) -> Sequence[Any]:
    """A list, of as many elements if that is said."""
    if not isinstance(content, list) or (length is not None and len(content) != length):
        raise MalformedError(f"{content!r:.60} in place of a list{'' if length is None else f' of {length}'}")
    return content


def read_integer(content: Any) -> int:
    """A whole number."""
    if type(content) is not int:
        raise MalformedError(f"{content!r:.60} in place of a whole number")
    return content
