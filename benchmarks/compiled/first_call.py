"""The first call of the training step, in a fresh process: ``python -m benchmarks.compiled.first_call wengert``.

Recording or tracing, compiling and running count; importing the libraries and making the parameters do not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..timing import now
from . import training
from .workload import Call


def _wengert() -> Call:
    return training.wengert()


def _jax() -> Call:
    return training.jax()


def _torch_compile() -> Call:
    import torch

    return training.torch(torch.compile)


CALLS: dict[str, Callable[[], Call]] = {"wengert": _wengert, "jax": _jax, "torch.compile": _torch_compile}


def main() -> None:
    """Print the seconds that the first call of a library takes, on the wall and of processors."""
    call = CALLS[sys.argv[1]]()
    start = now()
    call()
    taken = now() - start
    print(taken.wall, taken.cpu)


if __name__ == "__main__":
    main()
