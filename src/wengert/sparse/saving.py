"""Plans in files: pattern and colouring, and the shapes that they are for; a file is whole or not there."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
from scipy import sparse

from ..core.python.files import write_whole
from .colorings import KINDS, ORDERS, Coloring
from .plans import HessianPlan, JacobianPlan, Plan, plan_hessian, plan_jacobian

FORMAT = 1

MAKERS: dict[str, Callable[..., Plan]] = {JacobianPlan.name: plan_jacobian, HessianPlan.name: plan_hessian}


def save_plan(path: str | os.PathLike[str], plan: Plan) -> None:
    """Write the pattern and the colouring of a plan to a file (npz), which appears when it is complete.

    >>> import tempfile, wengert as wg, wengert.numpy as np
    >>> f = lambda x: x[1:] * x[:-1]
    >>> plan = wg.sparse.plan_jacobian(f, np.ones(5))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wg.sparse.save_plan(f"{folder}/plan.npz", plan)
    ...     wg.sparse.load_plan(f"{folder}/plan.npz", f, np.ones(5))
    <plan of a 4 x 5 Jacobian: 8 nonzeros, 2 products>
    """
    coloring, pattern = plan.coloring, plan.pattern
    texts = {"derivative": plan.name, "kind": coloring.kind, "order": coloring.order}
    arrays = {"indices": pattern.indices, "starts": pattern.indptr, "shape": pattern.shape}
    colors = {"columns": coloring.columns, "rows": coloring.rows}
    content = io.BytesIO()
    numpy.savez_compressed(content, format=FORMAT, **texts, **arrays, **colors)
    write_whole(Path(path), content.getvalue())


def load_plan(
    path: str | os.PathLike[str], f: Callable[..., Any], *args: Any, argnums: int | Sequence[int] = 0
) -> Plan:  # fmt: skip
    """The plan that a file was written of, for a function and arguments of the same shapes.

    Nothing is searched for or coloured. Since the function may have changed since then, the pattern is tried at each
    call, as one that is given.

    Raises:
        ValueError: the file is damaged, or no plan; or the plan is for other shapes.
    """
    try:
        with open(path, "rb") as contents, numpy.load(contents, allow_pickle=False) as file:
            entries = {name: file[name] for name in file.files}
        maker, coloring = _read(entries)
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(
            f"[load_plan] {os.fspath(path)} is damaged or no plan ({error}), wanted a file written by save_plan; write "
            "wg.sparse.save_plan(path, plan)"
        ) from error
    return maker(f, *args, argnums=argnums, coloring=coloring)


def _read(entries: dict[str, Any]) -> tuple[Callable[..., Plan], Coloring]:
    if int(entries["format"]) != FORMAT:
        raise ValueError(f"format {int(entries['format'])}")
    rows, columns = map(int, entries["shape"])
    kind, order = str(entries["kind"]), str(entries["order"])
    if kind not in KINDS or order not in ORDERS:
        raise ValueError(f"a coloring of kind {kind} in the order {order}")
    data = numpy.ones(entries["indices"].size, bool)
    pattern = sparse.csr_array((data, entries["indices"], entries["starts"]), (rows, columns))
    pattern.check_format(full_check=True)
    colors = [_colors(entries[name], count) for name, count in (("columns", columns), ("rows", rows))]
    coloring = Coloring(pattern, kind, order, *colors)
    if not coloring.is_enough:
        raise ValueError("the colors do not tell all elements apart")
    return MAKERS[str(entries["derivative"])], coloring


def _colors(given: Any, count: int) -> Any:
    if given.shape != (count,) or given.dtype.kind != "i" or (given < 0).any():
        raise ValueError(f"colors of shape {given.shape} for {count} lines")
    return given
