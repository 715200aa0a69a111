"""What is not lowered, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive
from ...core.python.source import at_line
from ...ops.matrices import determinants, equations, functions
from ...ops.special import bessel as b, gamma, incomplete as i, statistical as s

NO_FUNCTION = "JAX has no such function"
NO_SCHUR = "JAX has no such function of matrices, or on the processor alone"

_BESSEL = (
    *(b.j0, b.j1, b.y0, b.y1, b.k0, b.k1, b.k0e, b.k1e, b.jv, b.jve, b.yv, b.yve, b.iv, b.ive, b.kv, b.kve, b.yn, b.kn),
    *(b.hankel1, b.hankel2, b.ive_derivative, b.kve_derivative, *b.airy),
    *(b.spherical_jn, b.spherical_yn, b.spherical_in, b.spherical_kn),
)
_POLYNOMIALS = (
    *(s.eval_chebyt, s.eval_chebyu, s.eval_gegenbauer, s.eval_genlaguerre, s.eval_hermite, s.eval_hermitenorm),
    *(s.eval_jacobi, s.eval_laguerre, s.eval_legendre),
)
_OTHERS = (
    *(gamma.binom, i.gammaincinv, i.gammainccinv, i.betaincinv, i.betainccinv, i.stdtr, i.stdtrit, i.student_slope),
    *(s.ellipe, s.ellipk, s.ellipkm1, s.erfc_ratio, s.hyp0f1, s.lambertw, s.ndtri_exp, *s.shichi),
)
_OF_MATRICES = (
    *(functions.sqrtm, functions.logm, functions.fractional_matrix_power),
    *(equations.continuous_riccati, equations.discrete_riccati),
)

REFUSED: dict[Primitive, str] = by_primitive(
    {
        **dict.fromkeys((*_BESSEL, *_POLYNOMIALS, *_OTHERS), NO_FUNCTION),
        **dict.fromkeys(_OF_MATRICES, NO_SCHUR),
        determinants.adjugate_change: "the second derivative of a determinant is by exponents of singular values",
    }
)
"""The primitives that are not lowered, and why."""


class UnsuitableError(Exception):
    """A primitive has no form on such operands."""


class NotLoweredError(NotImplementedError):
    """A function has an operation that has no form for XLA."""


def refusal(node: GraphNode, reason: str) -> NotLoweredError:
    """The error for a function with an operation that is not lowered."""
    forms: Sequence[Any] = node.operand_forms
    shown = ", ".join(f"{form.dtype}{list(form.shape)}" for form in forms)
    return NotLoweredError(
        f"[xla] {node.primitive.name}({shown}) has no form for XLA ({reason}), wanted operations that have one; write "
        f"x.to('cpu') before it, or backend='native' for a compiled function{at_line()}"
    )
