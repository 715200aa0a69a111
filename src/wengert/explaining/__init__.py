"""Showing a function's list: `explain` prints it as textbooks do, and draws it."""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
