"""The layers, a file a family; their public names are in `wengert.nn`."""
