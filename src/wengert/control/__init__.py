"""Loops and branches that are recorded as one node: differentiated in every mode, batched, and compiled natively."""

from importlib import import_module as _import_module

from ..ops.taylor.wholes import WHOLES, Whole
from ..transforms.derivatives import Budgets
from .checkpoint_api import checkpoint
from .checkpoint_primitive import CHECKPOINT
from .closures import closure_convert
from .cond_api import cond, switch
from .cond_primitive import COND
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

Budgets.checkpoint = checkpoint
SCAN.give_rules(ScanMap(), batched_scan)
WHILE.give_rules(WhileMap(), batched_while)
PULLBACK.give_rules(PullbackMap(), batched_pullback)


def _on_demand(name: str) -> Whole:
    """What is in a module that is imported when it is first asked for: few programs need it."""
    return lambda *given: getattr(_import_module(".taylor_rules", __name__), name)(*given)


WHOLES[SCAN] = _on_demand("series_of_scan")
WHOLES[WHILE] = _on_demand("series_of_while")
WHOLES[COND] = _on_demand("series_of_cond")
WHOLES[CHECKPOINT] = _on_demand("series_of_checkpoint")

__all__ = ["checkpoint", "closure_convert", "cond", "fori_loop", "map", "scan", "switch", "while_loop"]
