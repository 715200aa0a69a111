"""Checking derivatives, and tracing numbers that are not finite."""
