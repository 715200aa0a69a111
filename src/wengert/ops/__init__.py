"""The primitives, a file a family. Each takes raw values or tensors and gives back the same kind."""
