"""What is said of a loss that is not finite: where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import wengert as wg
import wengert.numpy as np

if TYPE_CHECKING:
    from .loop import Training


def explain_not_finite(training: Training, batch: Any, norm: float) -> NoReturn:
    """Compute the loss and its gradients once more, line by line, to name the operation.

    Raises:
        FloatingPointError: always; with the message of `wengert.trace_nans` if an operation made NaN or infinity of
            finite numbers, otherwise with what was not finite to begin with.
    """
    given = _not_finite_of(training, batch)
    if given is None:
        with wg.trace_nans():
            training.optimizer.zero_grad()
            training.loss_function(batch).backward()
    raise FloatingPointError(
        f"[fit] the loss is {training.loss} and the norm of its gradients {norm} at step {training.step}: "
        f"{given or 'no operation makes it of finite numbers outside jit'}, wanted finite numbers; "
        "write wg.data.Standardizer(x) to look through the data, a lower lr, or max_norm=1.0"
    )


def _not_finite_of(training: Training, batch: Any) -> str | None:
    """What of the batch and the parameters is not finite."""
    leaves, structure = wg.trees.flatten(batch)
    for path, leaf in zip(structure.paths(), leaves, strict=True):
        place = "".join(f"[{entry!r}]" for entry in path)
        if _is_not_finite(leaf):
            return f"the batch has NaN or infinity in batch{place}"
    for number, p in enumerate(training.parameters):
        if _is_not_finite(p.detach()):
            return f"parameter {number} (shape {p.shape}) has NaN or infinity"
    return None


def _is_not_finite(leaf: Any) -> bool:
    return np.issubdtype(np.asarray(leaf).dtype, np.inexact) and not bool(np.all(np.isfinite(leaf)))
