"""``torch.utils``: data, checkpoints, timing."""

from . import benchmark as benchmark, checkpoint as checkpoint, data as data

__all__ = ["benchmark", "checkpoint", "data"]
