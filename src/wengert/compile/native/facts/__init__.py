"""Facts of operations that several stages of the native half ask for; none needs LLVM.

`lowered`: which elementwise primitives have a native form, and on which dtypes. `registers`: what is small enough to
be straight-line code. `failures`: what can end a call. `duration`: what may take long. `views` and `parts`: what only
moves elements, and where to. `lapack_routines`: the routines of LAPACK as primitives.
"""
