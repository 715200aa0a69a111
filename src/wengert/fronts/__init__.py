"""What every front stands on: the faces that tensors wear under the habits of another library, and running scripts.

A front (`wengert.torch`, `wengert.jax`, `wengert.autograd`) is another spelling of what the packages below do. Where
the habits of the other library differ in what a tensor *is* (methods, promotion of dtypes, what may be written to), its
tensor is a `Face`: an object that holds a tensor of the engine and nothing else of weight.
"""
