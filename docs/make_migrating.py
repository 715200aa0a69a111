"""Writes ``docs/migrating.md``: what other libraries' names are here. Run ``python -m docs.make_migrating``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wengert import names

PAGE = Path(__file__).parent / "migrating.md"

TEXT = """# Coming from PyTorch, JAX, HIPS autograd or NumPy

A script runs as it is, with the library's name standing for a front of this engine:

```sh
python -m wengert.torch script.py
python -m wengert.jax script.py
python -m wengert.autograd script.py
```

or by one changed line: `import wengert.torch as torch`, `import wengert.jax as jax` and
`import wengert.jax.numpy as jnp`, `import wengert.autograd.numpy as np`. In a program, `wengert.torch.install()`,
called first, lets `import torch` give the front from then on.

## What is the same, and what is not

| | PyTorch's front | JAX's front | autograd's front |
|---|---|---|---|
| precision of Python's floats | float32, `set_default_dtype` | float32, `jax_enable_x64` | float64 |
| dtypes are promoted | by category, also of tensors without axes | by category, weak arrays too | as in NumPy |
| arrays outside of derivatives | tensors | arrays that never change | NumPy's |
| derivatives by complex numbers | the direction of ascent | its conjugate | its conjugate |
| an index beyond the end | an error | the nearest element is read, nothing is written | an error |
| names of several devices (`pmap`, `shard_map`, `sharding`) | | an error that says what to write | |
| random numbers | PyTorch's on a CPU, in layers and distributions too | JAX's words bit for bit | NumPy's |
| writes in place, views | as in PyTorch, followed | refused; `x.at[i].set(v)` | they work here |
| devices | the CPU | the CPU | |
| files | safetensors, with plain values beside; a pickle is refused | | |
| `compile`, `jit` | `wg.jit`: Python's `if` on values just works, state is followed | the same | |
| names of nodes (`grad_fn`) | for the usual operations PyTorch's | | |

Of PyTorch's random numbers these are others here: what PyTorch asks Intel's library for on Intel's processors
(`bernoulli_`, `exponential_`, and so dropout and `multinomial`; on other processors they are the same), the slopes of
`rrelu`, draws of Wishart's and of LKJ's distribution, and normal numbers for a tensor whose elements are not in order
in memory. Derivatives of draws from Dirichlet's distribution are those of gamma numbers that are normalised, which are
others than PyTorch's of the same expectation.

Packages written for PyTorch run after `wengert.torch.install()`: the tests run programs with `einops`, `torchdiffeq`
(its adjoint method too) and every optimizer of `torch_optimizer` but one that inverts nearly singular matrices. What
builds on names of PyTorch with an underscore, such as `pytorch-minimize`, does not.

A name that is not there raises an error that says so, and the nearest one. The tests run scripts of every kind
(`tests/fronts/*/scripts`) and compare what they print with what the library itself printed.

## Names

What to write in plain Wengert (`import wengert as wg, wengert.numpy as np`) for another library's name:
"""

TABLES: dict[str, Mapping[str, str]] = {
    "The package": names.OF_THE_PACKAGE,
    "Arrays and functions": names.OF_NUMPY,
    "Methods of tensors": names.OF_A_TENSOR,
    "Layers": names.OF_NN,
    "Tools of layers": names.OF_NN_UTILS,
    "Methods of modules": names.OF_A_MODULE,
    "Random numbers": names.OF_RANDOM,
    "Distributions": names.OF_A_DISTRIBUTION,
    "Optimization": names.OF_OPTIMIZE,
    "Sparse arrays": names.OF_SPARSE,
    "Sparse linear algebra": names.OF_SPARSE_LINALG,
}
"""The tables of other libraries' names, by what they are of."""


def render() -> str:
    """The page."""
    return "\n".join([TEXT, *(_table(title, table) for title, table in TABLES.items())])


def _table(title: str, table: Mapping[str, str]) -> str:
    rows = [f"| `{name}` | {here} |" for name, here in sorted(table.items())]
    return "\n".join([f"### {title}", "", "| there | here |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(render())
