"""Sparse derivatives: patterns, colourings, and plans that give Jacobians and Hessians as matrices of `scipy.sparse`.

A matrix of derivatives of which most elements are zero takes few products: columns that do not meet in a row are told
apart in one (A. Curtis, M. Powell and J. Reid, 1974). The pattern is found in the list of the function, the columns are
coloured, and the products compiled, once; then each matrix costs a few runs of the function.

>>> import wengert as wg, wengert.numpy as np
>>> def residual(u):
...     return 2 * u[1:-1] - u[2:] - u[:-2] + 0.01 * np.exp(u[1:-1])
>>> plan = wg.sparse.plan_jacobian(residual, np.zeros(1000))
>>> plan
<plan of a 998 x 1000 Jacobian: 2994 nonzeros, 3 products>
>>> plan(np.zeros(1000)).nnz
2994
"""

from .colorings import Coloring, coloring
from .derivatives import SparseDerivative, hessian, jacobian
from .patterns import hessian_pattern, jacobian_pattern
from .plans import HessianPlan, JacobianPlan, plan_hessian, plan_jacobian
from .saving import load_plan, save_plan

__all__ = [
    "Coloring",
    "HessianPlan",
    "JacobianPlan",
    "SparseDerivative",
    "coloring",
    "hessian",
    "hessian_pattern",
    "jacobian",
    "jacobian_pattern",
    "load_plan",
    "plan_hessian",
    "plan_jacobian",
    "save_plan",
]
