"""Loops and branches that are recorded as one node: differentiated in every mode, batched, and compiled natively."""

from .closures import closure_convert
from .cond_api import cond, switch
from .loop_api import (
    fori_loop,
    map,
    scan,
    while_loop,
)
from .loop_primitives import PULLBACK, SCAN, WHILE
from .pullback_rules import PullbackMap, batched_pullback
from .scan_rules import ScanMap, batched_scan
from .while_rules import WhileMap, batched_while

SCAN.give_rules(ScanMap(), batched_scan)
WHILE.give_rules(WhileMap(), batched_while)
PULLBACK.give_rules(PullbackMap(), batched_pullback)

__all__ = ["closure_convert", "cond", "fori_loop", "map", "scan", "switch", "while_loop"]
