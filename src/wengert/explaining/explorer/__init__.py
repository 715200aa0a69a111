"""A page in the browser that walks through a derivative: its facts, the page, and the server behind it."""

from .exploration import Exploration, explore

__all__ = ["Exploration", "explore"]
