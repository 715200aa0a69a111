"""``python -m wengert.jax script.py``: run a script written for JAX."""

import sys

from wengert.fronts.scripts import main

if __name__ == "__main__":
    sys.exit(main("jax", "wengert.jax", sys.argv[1:]))
