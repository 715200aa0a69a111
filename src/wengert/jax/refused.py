"""What JAX has for several devices, or for its own inside, and what to write where there is one device, the CPU."""

from __future__ import annotations

__all__ = ["REFUSED", "refuse"]

NOT_NAMED = "the sum (mean, maximum) over the axis of a whole batch, behind jax.vmap"
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
    "psum": NOT_NAMED,
    "pmean": NOT_NAMED,
    "pmax": NOT_NAMED,
    "pmin": NOT_NAMED,
    "all_gather": NOT_NAMED,
    "all_to_all": NOT_NAMED,
    "ppermute": NOT_NAMED,
    "axis_index": "jnp.arange(count) as another argument of what jax.vmap maps",
    "axis_size": "x.shape[0] before jax.vmap",
    "pure_callback": "wengert.from_numpy(f, vjp=...)",
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
