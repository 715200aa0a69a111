"""Matrix products: tiles, cells, and small ones."""
