"""Optimization on tensors, under SciPy's names: minima and roots differentiate by what they solve.

What works on arrays alone (assignments, integer programs, constraints and bounds as objects) is SciPy's own.
"""

from scipy.optimize import (
    BFGS,
    SR1,
    Bounds,
    HessianUpdateStrategy,
    LinearConstraint,
    NoConvergence,
    NonlinearConstraint,
    OptimizeResult,
    OptimizeWarning,
    RootResults,
    isotonic_regression,
    linear_sum_assignment,
    lsq_linear,
    milp,
    nnls,
    quadratic_assignment,
    show_options,
)

from ...names import OF_OPTIMIZE as _OF_OPTIMIZE, missing_name as _missing_name
from .comparing import approx_fprime, check_grad, line_search
from .global_minima import basinhopping, differential_evolution, direct, dual_annealing, shgo
from .linear import linprog
from .minimizing import minimize
from .quadratic import quadratic_program
from .roots import fsolve, root
from .scalars import (
    bisect,
    brenth,
    brentq,
    fixed_point,
    minimize_scalar,
    newton,
    ridder,
    root_scalar,
    toms748,
)
from .squares import curve_fit, least_squares

__all__ = [
    "BFGS",
    "SR1",
    "Bounds",
    "HessianUpdateStrategy",
    "LinearConstraint",
    "NoConvergence",
    "NonlinearConstraint",
    "OptimizeResult",
    "OptimizeWarning",
    "RootResults",
    "approx_fprime",
    "basinhopping",
    "bisect",
    "brenth",
    "brentq",
    "check_grad",
    "curve_fit",
    "differential_evolution",
    "direct",
    "dual_annealing",
    "fixed_point",
    "fsolve",
    "isotonic_regression",
    "least_squares",
    "line_search",
    "linear_sum_assignment",
    "linprog",
    "lsq_linear",
    "milp",
    "minimize",
    "minimize_scalar",
    "newton",
    "nnls",
    "quadratic_assignment",
    "quadratic_program",
    "ridder",
    "root",
    "root_scalar",
    "shgo",
    "show_options",
    "toms748",
]


def __getattr__(name: str) -> object:
    raise _missing_name(__name__, name, _OF_OPTIMIZE, "optimize")
