"""What a law allows: that a function is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def refused(*messages: str) -> Iterator[None]:
    """A context that may end with a ``TypeError`` with one of these messages, and with no other exception."""
    try:
        yield
    except TypeError as error:
        if not any(message in str(error) for message in messages):
            raise
