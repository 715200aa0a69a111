"""A list of operations as C99: scalar terms, arrays of them, loops where arrays are large or turns are many."""
