"""The native backend: groups of operations become loops of machine code, through LLVM."""

from . import finite as finite  # which walks ask for from now on
