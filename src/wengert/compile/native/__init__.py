"""The native backend: groups of operations become loops of machine code, through LLVM."""

from importlib import import_module

from ...core.routines import offer
from ...ops.axes.finite import ARE_FINITE

offer(ARE_FINITE, lambda: import_module(".finite", __name__).are_finite)
"""Whether all numbers of a raw array are finite, in machine code, which walks ask for as soon as there is any."""
