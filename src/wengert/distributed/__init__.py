"""Many devices and many machines: arrays cut along named axes of a mesh, and programs that XLA partitions.

One program is written as for one device. Where its arrays lie on a mesh it runs on all of its devices, each with its
part, and what they have to exchange follows from the layouts: gradients of a batch that is cut reduce by themselves.
"""

from ..core.mesh import Mesh
from .layouts import constrain, join, mesh, replicate, shard
from .parallel import data_parallel, shard_parameters, tensor_parallel

__all__ = [
    "Mesh",
    "constrain",
    "data_parallel",
    "join",
    "mesh",
    "replicate",
    "shard",
    "shard_parameters",
    "tensor_parallel",
]
