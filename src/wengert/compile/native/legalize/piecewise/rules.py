"""Which operations are done piece by piece, and how."""

from __future__ import annotations

from .....core.primitive import Primitive, by_primitive, primitives
from .....ops import join, shape as s
from .....ops.axes import reduce
from .....ops.broadcast import broadcast_to
from .....ops.elementwise import CASTS
from .....ops.indexing import gather as g
from ....passes.squeezing import ELEMENTWISE
from . import movement, pointwise
from .run import PieceRule

JOINTS = primitives(join.concatenate, join.stack, g.unslice, g.slice_set)
"""Operations that put values together."""

IN_PIECES: dict[Primitive, PieceRule] = {
    **dict.fromkeys((*ELEMENTWISE, *CASTS), pointwise.elementwise),
    **by_primitive(
        {
            reduce.sum: pointwise.summed,
            s.transpose: movement.transpose,
            s.reshape: movement.reshape,
            broadcast_to: movement.broadcast_to,
            g.block: movement.block,
            g.unslice: movement.unslice,
            g.slice_set: movement.slice_set,
            join.concatenate: movement.concatenate,
            join.stack: movement.stack,
        }
    ),
}
