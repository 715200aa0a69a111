"""Recorded function: a call on tensors without values gives a Graph and the state that it touches."""
