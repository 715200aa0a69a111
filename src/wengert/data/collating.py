"""How samples become a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np


def default_collate(samples: Sequence[Any]) -> Any:
    """The batch of samples that are nested alike: their numbers and arrays stacked, their texts in lists.

    >>> import wengert as wg
    >>> wg.data.default_collate([{"x": 1.0, "name": "a"}, {"x": 2.0, "name": "b"}])
    {'x': tensor([1., 2.]), 'name': ['a', 'b']}
    """
    pairs = [wg.trees.flatten(sample) for sample in samples]
    structure = pairs[0][1]
    for number, (_, other) in enumerate(pairs):
        if other != structure:
            raise ValueError(
                f"[default_collate] sample {number} of the batch is nested otherwise than sample 0, wanted all alike; "
                "write collate_fn=... for samples that differ"
            )
    columns = zip(*[leaves for leaves, _ in pairs], strict=True)
    return wg.trees.unflatten(structure, [_stacked(column) for column in columns])


def _stacked(column: Sequence[Any]) -> Any:
    if isinstance(column[0], (str, bytes)):
        return list(column)
    shapes = [np.shape(each) for each in column]
    if len(set(shapes)) > 1:
        raise ValueError(
            f"[default_collate] the samples have the shapes {', '.join(map(str, dict.fromkeys(shapes)))}, wanted one "
            "shape; write collate_fn=... that pads them"
        )
    return np.stack([np.asarray(each) for each in column])
