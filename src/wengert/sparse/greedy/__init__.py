"""Greedy colourings and their orders, as native loops."""
