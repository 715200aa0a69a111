"""What everything stands on: tensors, primitives, nodes, recording. Knows no other package of the house."""
