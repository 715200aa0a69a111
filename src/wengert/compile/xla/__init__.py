"""The backend of XLA: graphs as programs of JAX, which owns devices and their memory.

A graph is performed node by node on arrays of JAX while ``jax.jit`` traces: `lowering` has what each primitive is in
public functions of ``jax.numpy`` and ``jax.lax``. JAX is an extra (``pip install 'wengert[xla]'``), imported when a
function is first compiled for it, so that the tables here are there without it.
"""
