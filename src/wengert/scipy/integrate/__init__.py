"""Integration on tensors: ordinary differential equations, with SciPy's names."""

from .initial_values import solve_ivp
from .result import OdeResult
from .stepwise import OdeSolution

__all__ = ["OdeResult", "OdeSolution", "solve_ivp"]
