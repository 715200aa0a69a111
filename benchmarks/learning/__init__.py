"""Steps of training and inference of small networks, beside PyTorch and JAX."""
