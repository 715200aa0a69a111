"""What JAX has for several devices, or for its own inside, and what to write where there is one device, the CPU."""

from __future__ import annotations

__all__ = ["REFUSED", "refuse"]

ONE_DEVICE = "the array itself: it is on the CPU, the only device there is"

REFUSED = {
    "pmap": "jax.vmap(f)",
    "shard_map": "jax.jit(f): a compiled function uses all cores",
    "smap": "jax.jit(f): a compiled function uses all cores",
    "make_mesh": ONE_DEVICE,
    "set_mesh": ONE_DEVICE,
    "sharding": ONE_DEVICE,
    "NamedSharding": ONE_DEVICE,
    "P": ONE_DEVICE,
    "reshard": ONE_DEVICE,
    "with_sharding_constraint": ONE_DEVICE,
    "custom_batching": "the function itself: jax.vmap batches whatever it calls",
    "export": "jax.jit(f)",
    "ffi": "wengert.from_numpy(f, vjp=...)",
    "profiler": "python -m wengert explain, or Python's profilers",
    "distributed": ONE_DEVICE,
}
"""What to write instead, by name."""


def refuse(module: str, name: str) -> None:
    """Say what to write for a name of JAX that has no sense here.

    Raises:
        AttributeError: it is one.
    """
    if name in REFUSED:
        raise AttributeError(
            f"[{module}] there is no {name}, wanted what makes sense on one device, the CPU; write {REFUSED[name]}",
            name=name,
        )
