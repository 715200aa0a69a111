"""Arrays in pieces: what is put together of parts is read part by part, and need not be put together at all."""
