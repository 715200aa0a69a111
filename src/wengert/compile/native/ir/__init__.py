"""LLVM values, types and loops, as the code that writes them would like to read."""
