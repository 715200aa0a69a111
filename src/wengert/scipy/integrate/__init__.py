"""Ordinary and stochastic differential equations, integrals of functions and of samples, with SciPy's names."""

from .boundary import BVPResult, solve_bvp
from .initial_values import solve_ivp
from .odeint import odeint
from .quadrature import IntegrationWarning, dblquad, fixed_quad, nquad, quad, quad_vec, tplquad
from .result import OdeResult
from .samples import cumulative_simpson, cumulative_trapezoid, romb, simpson, trapezoid
from .stepwise import OdeSolution
from .stochastic import SdeResult, solve_sde

__all__ = [
    "BVPResult",
    "IntegrationWarning",
    "OdeResult",
    "OdeSolution",
    "SdeResult",
    "cumulative_simpson",
    "cumulative_trapezoid",
    "dblquad",
    "fixed_quad",
    "nquad",
    "odeint",
    "quad",
    "quad_vec",
    "romb",
    "simpson",
    "solve_bvp",
    "solve_ivp",
    "solve_sde",
    "tplquad",
    "trapezoid",
]
