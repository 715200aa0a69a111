"""Integrals of functions, differentiable in parameters and limits."""

from .messages import IntegrationWarning
from .several import dblquad, nquad, tplquad
from .single import fixed_quad, quad, quad_vec

__all__ = ["IntegrationWarning", "dblquad", "fixed_quad", "nquad", "quad", "quad_vec", "tplquad"]
