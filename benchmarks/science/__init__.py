"""Scientific computing beside the libraries that are made for it."""
