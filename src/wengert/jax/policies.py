"""``jax.checkpoint_policies``: what is kept by `checkpoint`, which keeps the arguments whatever they say."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

__all__ = ["checkpoint_policies"]


def _policy(*_: Any, **__: Any) -> bool:
    return False


def _of_names(*_: Any, **__: Any) -> Callable[..., bool]:
    return _policy


checkpoint_policies: Final = SimpleNamespace(
    **dict.fromkeys(
        (
            "checkpoint_dots", "checkpoint_dots_with_no_batch_dims", "dots_saveable",
            "dots_with_no_batch_dims_saveable", "everything_saveable", "nothing_saveable",
        ),
        _policy,
    ),
    **dict.fromkeys(
        (
            "save_any_names_but_these", "save_anything_except_these_names", "save_from_both_policies",
            "save_only_these_names",
        ),
        _of_names,
    ),
)  # fmt: skip
"""``jax.checkpoint_policies``."""
