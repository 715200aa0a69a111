"""Trees: arrays nested in dicts, lists, tuples, named tuples, dataclasses and what is registered.

Every function of the library that takes an argument takes a tree of arrays; these are the tools to handle one.
Dicts are in the order of their keys, and ``None`` is a tree without leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .core.python import trees as _trees

__all__ = ["flatten", "leaves", "map", "register", "unflatten"]


def flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], Any]:
    """The leaves of a tree, and its structure, which can be hashed and compared.

    Args:
        tree: any tree.
        is_leaf: nodes of which it holds are leaves too.

    >>> import wengert as wg
    >>> wg.trees.flatten({"weight": 2.0, "rest": [1.0, None]})[0]
    [1.0, 2.0]
    >>> wg.trees.flatten([(1, 2), 3], is_leaf=lambda node: isinstance(node, tuple))[0]
    [(1, 2), 3]
    """
    return _trees.flatten(tree) if is_leaf is None else _trees.flatten_to(tree, is_leaf)


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in order.

    >>> import wengert as wg
    >>> wg.trees.leaves((1.0, [2.0, 3.0]))
    [1.0, 2.0, 3.0]
    """
    return flatten(tree)[0]


def unflatten(structure: Any, leaves: Sequence[Any]) -> Any:
    """The tree with a structure (see `flatten`) and these leaves.

    >>> import wengert as wg
    >>> leaves, structure = wg.trees.flatten((1.0, [2.0, 3.0]))
    >>> wg.trees.unflatten(structure, [2 * leaf for leaf in leaves])
    (2.0, [4.0, 6.0])
    """
    return _trees.unflatten(structure, leaves)


def map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The tree of what a function makes of each leaf, and of what is at its place in others.

    Args:
        f: a function of as many values as there are trees.
        tree: any tree.
        others: trees of the same structure; or with more of it, where `tree` has a leaf.

    Raises:
        ValueError: another tree has not the structure of the first.

    >>> import wengert as wg
    >>> wg.trees.map(lambda p, g: p - 0.1 * g, {"w": 1.0, "b": [2.0]}, {"w": 10.0, "b": [0.0]})
    {'w': 0.0, 'b': [2.0]}
    """
    found, structure = flatten(tree)
    try:
        columns = [structure.flatten_up_to(other) for other in others]
    except (ValueError, TypeError) as error:
        structures = ", ".join(str(flatten(each)[1]) for each in (tree, *others))
        raise ValueError(
            f"[trees.map] the trees have the structures {structures}, wanted the same for all; write them nested "
            "alike, with the same keys"
        ) from error
    return unflatten(structure, [f(*values) for values in zip(found, *columns, strict=True)])


def register(
    cls: type,
    to_children: Callable[[Any], tuple[Sequence[Any], Any, tuple[str, ...]]],
    from_children: Callable[[Any, Sequence[Any]], Any],
) -> None:
    """Let objects of a class be nodes of trees, so that every transformation takes and gives them.

    Dataclasses and named tuples need not be registered, and neither do subclasses of `wengert.nn.Module`.

    Args:
        cls: the class itself; subclasses are registered for themselves.
        to_children: from an object to its children, what else it consists of (hashable, with ``==``), and the names
            of the children.
        from_children: from what else it consists of, and children (of any type), to an object.

    >>> import wengert as wg
    >>> class Line:
    ...     def __init__(self, slope, shift):
    ...         self.slope, self.shift = slope, shift
    >>> wg.trees.register(Line, lambda l: ((l.slope, l.shift), None, ("slope", "shift")), lambda _, c: Line(*c))
    >>> wg.grad(lambda line: line.slope * 2.0 + line.shift)(Line(3.0, 1.0)).slope
    tensor(2.)
    """
    _trees.register(cls, to_children, from_children)
