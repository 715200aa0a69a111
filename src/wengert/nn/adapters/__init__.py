"""Changes to trained networks: low-rank adapters, pruning, quantisation; their public names are in `wengert.nn`."""
