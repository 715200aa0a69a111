"""The primitives of windows that move over an array."""
