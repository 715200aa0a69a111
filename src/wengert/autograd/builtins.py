"""``autograd.builtins``: Python's own containers, which are differentiated through as they are."""

import builtins
from typing import Final

__all__ = ["dict", "isinstance", "list", "tuple", "type"]

dict: Final = builtins.dict
isinstance: Final = builtins.isinstance
list: Final = builtins.list
tuple: Final = builtins.tuple
type: Final = builtins.type
