"""A list of operations as a graph of ONNX."""
