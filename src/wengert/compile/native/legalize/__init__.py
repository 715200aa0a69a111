"""Legalised Graph: operations that have no lowering, as others that have."""
