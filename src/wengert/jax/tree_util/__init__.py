"""``jax.tree`` and ``jax.tree_util``: trees of arrays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

from ...names import missing_name as _missing_name
from .nodes import (
    Partial as Partial,
    register_dataclass as register_dataclass,
    register_pytree_node as register_pytree_node,
    register_pytree_node_class as register_pytree_node_class,
    register_pytree_with_keys as register_pytree_with_keys,
    register_pytree_with_keys_class as register_pytree_with_keys_class,
    register_static as register_static,
)
from .paths import (
    DictKey as DictKey,
    FlattenedIndexKey as FlattenedIndexKey,
    GetAttrKey as GetAttrKey,
    SequenceKey as SequenceKey,
    keystr as keystr,
    tree_flatten_with_path as tree_flatten_with_path,
    tree_leaves_with_path as tree_leaves_with_path,
    tree_map_with_path as tree_map_with_path,
)
from .walking import (
    PyTreeDef as PyTreeDef,
    all_leaves as all_leaves,
    tree_all as tree_all,
    tree_broadcast as tree_broadcast,
    tree_flatten as tree_flatten,
    tree_leaves as tree_leaves,
    tree_map as tree_map,
    tree_reduce as tree_reduce,
    tree_structure as tree_structure,
    tree_transpose as tree_transpose,
    tree_unflatten as tree_unflatten,
)

tree: Final = SimpleNamespace(
    map=tree_map, leaves=tree_leaves, flatten=tree_flatten, unflatten=tree_unflatten, structure=tree_structure,
    reduce=tree_reduce, all=tree_all, transpose=tree_transpose, broadcast=tree_broadcast,
    flatten_with_path=tree_flatten_with_path, leaves_with_path=tree_leaves_with_path, map_with_path=tree_map_with_path,
)  # fmt: skip
"""``jax.tree``."""


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.tree_util")
