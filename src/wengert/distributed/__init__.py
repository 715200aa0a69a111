"""Many devices and many machines: arrays cut along named axes of a mesh, and programs that XLA partitions.

One program is written as for one device. Where its arrays lie on a mesh it runs on all of its devices, each with its
part, and what they have to exchange follows from the layouts: gradients of a batch that is cut reduce by themselves.
"""

from ..core.mesh import Mesh
from .checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from .collectives import all_gather, all_to_all, ppermute, psum, reduce_scatter, shard_map
from .layouts import constrain, join, mesh, replicate, shard
from .parallel import data_parallel, shard_parameters, tensor_parallel
from .processes import attempt, average, initialize, print_once, process_count, process_index

__all__ = [
    "Checkpoint",
    "Mesh",
    "all_gather",
    "all_to_all",
    "attempt",
    "average",
    "constrain",
    "data_parallel",
    "initialize",
    "join",
    "load_checkpoint",
    "mesh",
    "ppermute",
    "print_once",
    "process_count",
    "process_index",
    "psum",
    "reduce_scatter",
    "replicate",
    "save_checkpoint",
    "shard",
    "shard_map",
    "shard_parameters",
    "tensor_parallel",
]
