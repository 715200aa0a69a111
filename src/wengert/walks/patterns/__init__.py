"""A walk that carries, for each number of the list, which inputs it depends on."""
