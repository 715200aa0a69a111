"""``autograd.builtins``: Python's own containers, which are differentiated through as they are."""

import builtins

__all__ = ["dict", "isinstance", "list", "tuple", "type"]

dict, isinstance, list, tuple, type = (
    builtins.dict, builtins.isinstance, builtins.list, builtins.tuple, builtins.type,
)  # fmt: skip
