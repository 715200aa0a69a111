"""The native backend: groups of operations become loops of machine code, through LLVM."""
