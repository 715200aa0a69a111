"""Small arrays in registers: graphs, loops and branches as straight-line code."""
