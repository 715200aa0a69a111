"""Numbers of JAX, to be compared with: this file, run as a program with `jax` installed, writes ``jax.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("jax.json")
SEEDS = (0, 42, -1, 2**40 + 5, -(2**62))
SHAPES = ((), (5,), (2, 3))
BITS = ("uint8", "uint16", "uint32", "uint64")
FLOATS = ("float32", "float64")


def numbers() -> dict[str, Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    data, found = jax.random.key_data, {}
    for seed in SEEDS:
        key = jax.random.key(seed)
        found[f"key {seed}"] = data(key).tolist()
        found[f"split {seed}"] = data(jax.random.split(key, 3)).tolist()
        found[f"fold_in {seed}"] = data(jax.random.fold_in(key, 7)).tolist()
        for shape in SHAPES:
            found |= {f"bits {d} {seed} {shape}": jax.random.bits(key, shape, d).tolist() for d in BITS}
            found |= {f"uniform {d} {seed} {shape}": jax.random.uniform(key, shape, d).tolist() for d in FLOATS}
            found |= {f"normal {d} {seed} {shape}": jax.random.normal(key, shape, d).tolist() for d in FLOATS}
    return found


if __name__ == "__main__":
    PATH.write_text(json.dumps(numbers(), indent=0) + "\n")
