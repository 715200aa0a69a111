"""Loops and branches that are recorded as one node: differentiated in every mode, batched, and compiled natively."""

from .cond_api import cond, switch
from .loop_api import (
    fori_loop,
    map,
    scan,
    while_loop,
)

__all__ = ["cond", "fori_loop", "map", "scan", "switch", "while_loop"]
