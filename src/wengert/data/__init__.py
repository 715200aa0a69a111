"""Data: datasets, loaders that make batches ahead, and what prepares arrays for learning."""

from .collating import default_collate
from .datasets import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from .loader import DataLoader
from .preparing import Standardizer, on_inputs, one_hot, random_flip, random_shift
from .samplers import BatchSampler, DistributedSampler, RandomSampler, SequentialSampler, WeightedRandomSampler

__all__ = [
    "BatchSampler",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "SequentialSampler",
    "Standardizer",
    "Subset",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "on_inputs",
    "one_hot",
    "random_flip",
    "random_shift",
    "random_split",
]
