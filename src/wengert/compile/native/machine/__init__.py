"""Code: from LLVM IR to machine code in this process, with its cache, its threads and its addresses."""
