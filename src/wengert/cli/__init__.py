"""The command line: ``wengert explain`` and ``wengert tour``."""

from .main import main

__all__ = ["main"]
