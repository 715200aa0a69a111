"""Source: the LLVM IR of the stages of a Schedule."""
