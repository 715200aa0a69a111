"""Whether values are known and watched, for what goes one way on values and another where it is recorded."""

from __future__ import annotations

from typing import Any

from .. import trees
from ..core.abstract import Abstract
from ..core.state import recording_watches, state
from ..core.tensor import Tensor
from ..transforms.custom import unwatched

__all__ = ["is_recorded", "is_watched", "unwatched"]


def is_recorded(tree: Any = ()) -> bool:
    """Whether what starts from these values is recorded, so that no value is known."""
    return bool(state.recorder or state.recordings) or any(map(_is_abstract, trees.leaves(tree)))


def _is_abstract(leaf: Any) -> bool:
    return type(leaf) is Tensor and type(leaf._value) is Abstract


def is_watched(tree: Any) -> bool:
    """Whether a derivative, ``backward()`` or a recording follows any of these values."""
    watches = recording_watches()
    return any(type(leaf) is Tensor and leaf._node.watch & watches for leaf in trees.leaves(tree))
