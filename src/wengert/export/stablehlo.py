"""`stablehlo`: a function or its derivative as an artifact that JAX and XLA load without this package."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..compile.passes import simplified
from ..compile.xla.portable import portable
from ..core.python.files import write_whole
from ..core.python.search import first
from ..core.python.trees import flatten
from .recorded import Exported, exported

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
"""What an artifact can be for, as JAX names it."""


def stablehlo(
    f: Callable[..., Any],
    *args: Any,
    platforms: Sequence[str] = ("cpu",),
    path: str | os.PathLike[str] | None = None,
) -> bytes:
    """A function as a portable artifact of StableHLO, as ``jax.export`` serializes it.

    ``jax.export.deserialize(artifact).call(*args)`` calls it where JAX is installed; its ``mlir_module()`` is the text.
    Tensors outside that `f` reads are constants of it. Functions of numbers of 64 bits are called in the context
    ``jax.enable_x64(True)``.

    Args:
        f: a function of arrays or nestings of arrays; its derivative is ``stablehlo(wg.grad(f), x)``.
        args: arguments of the shapes and dtypes for which the artifact is to be.
        platforms: where it is to run: ``"cpu"``, ``"cuda"``, ``"rocm"``, ``"tpu"``, of which none need be there.
        path: a file to write it to as well, whole or not at all.

    Raises:
        ImportError: JAX is not installed (``pip install 'wengert[xla]'``).
        NotImplementedError: XLA has no form of an operation.
        TypeError: `f` decides by values, writes to what is outside, or takes what is no array.
        ValueError: there is no such platform.
    """
    _check_platforms(platforms)
    recorded = exported(f, args, "stablehlo")
    _check_arguments(recorded, args)
    nested = tuple if recorded.results is None else recorded.results.rebuilt
    made = portable(simplified(recorded.graph), args, nested, platforms)
    if path is not None:
        write_whole(Path(path), made)
    return made


def _check_platforms(platforms: Sequence[str]) -> None:
    unknown = [name for name in platforms if name not in PLATFORMS]
    if isinstance(platforms, str) or unknown or not platforms:
        raise ValueError(
            f"[stablehlo] platforms={platforms!r} was given, wanted some of {', '.join(PLATFORMS)} in a tuple; write "
            "platforms=('cpu', 'cuda')"
        )


def _check_arguments(recorded: Exported, args: Sequence[Any]) -> None:
    """Refuse what is no array among the arguments."""
    leaves = flatten(tuple(args))[0]
    if len(leaves) != len(recorded.graph.inputs):
        other = first(leaf for leaf in leaves if type(leaf) in (bool, str, bytes))
        raise TypeError(
            f"[stablehlo] {other!r} is among the arguments, wanted arrays; write a function that has it inside: "
            f"lambda x: {recorded.name}(x, {other!r})"
        )
