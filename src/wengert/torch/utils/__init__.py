"""``torch.utils``: data, checkpoints."""

from . import checkpoint as checkpoint, data as data

__all__ = ["checkpoint", "data"]
