"""The functions of tensors, a file a family; they put themselves into the registry."""

from . import elementwise, in_place, indexing, products, reductions, shapes

__all__ = ["elementwise", "in_place", "indexing", "products", "reductions", "shapes"]
