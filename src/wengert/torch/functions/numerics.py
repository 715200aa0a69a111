"""``torch.linalg``, ``torch.fft`` and ``torch.special``: the engine's functions under PyTorch's arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import wengert.numpy as np
from wengert.fronts.face import fronted
from wengert.scipy import special as of_special

from ...names import missing_name
from ..promotion import floating
from ..tensor import Tensor
from .reductions import found

__all__ = ["NAMESPACES"]

ARGUMENTS = {"dim": "axis", "keepdim": "keepdims", "input": "x", "A": "a"}
"""What PyTorch calls arguments, and NumPy."""


def renamed(below: Callable[..., Any], **others: str) -> Callable[..., Any]:
    """A function of the engine with PyTorch's names for keyword arguments, which takes and gives faces."""
    call = fronted(below, Tensor, {**ARGUMENTS, **others})

    @wraps(below)
    def written(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Any:
        found = call(*args, **kwargs)
        return found if out is None else out.copy_(found)

    return written


def _svd(a: Any, full_matrices: bool = True) -> Any:
    return np.linalg.svd(a, full_matrices)


def _qr(a: Any, mode: str = "reduced") -> Any:
    return np.linalg.qr(a, mode)


def _solve_triangular(a: Any, b: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    from wengert.scipy import linalg

    if not left:
        return np.swapaxes(_solve_triangular(a.mT, b.mT, upper=not upper, unitriangular=unitriangular), -1, -2)
    return linalg.solve_triangular(a, b, lower=not upper, unit_diagonal=unitriangular)


def _vector_norm(x: Any, ord: Any = 2, axis: Any = None, keepdims: bool = False) -> Any:
    return np.linalg.vector_norm(x, axis=axis, ord=ord, keepdims=keepdims)


def _expm(a: Any) -> Any:
    from wengert.scipy import linalg

    return linalg.expm(a)


def _lu(a: Any, *, pivot: bool = True) -> Any:
    from wengert.scipy import linalg

    _check_pivot(pivot)
    return found("linalg_lu", "P", "L", "U")(*linalg.lu(a))


def _lu_factor(a: Any, *, pivot: bool = True) -> Any:
    from wengert.scipy import linalg

    _check_pivot(pivot)
    packed, pivots = linalg.lu_factor(a)
    return found("linalg_lu_factor", "LU", "pivots")(packed, (pivots + 1).astype("int32"))


def _check_pivot(pivot: bool) -> None:
    if not pivot:
        raise NotImplementedError(
            "[linalg.lu] pivot=False was given, wanted rows to be exchanged, without which divisors may be 0; write "
            "pivot=True"
        )


def _lu_solve(LU: Any, pivots: Any, b: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    from wengert.scipy import linalg

    if not left:
        return np.conjugate(_lu_solve(LU, pivots, np.conjugate(b.mT), adjoint=not adjoint)).mT
    return linalg.lu_solve((LU, pivots - 1), b, trans=2 * adjoint)


def _vander(x: Any, N: int | None = None) -> Any:
    return (x[..., None] ** np.arange(x.shape[-1] if N is None else N)).astype(x.dtype)


LINALG = {
    "norm": np.linalg.norm, "vector_norm": _vector_norm, "matrix_norm": np.linalg.matrix_norm, "det": np.linalg.det,
    "slogdet": np.linalg.slogdet, "inv": np.linalg.inv, "pinv": np.linalg.pinv, "solve": np.linalg.solve,
    "lstsq": np.linalg.lstsq, "cholesky": np.linalg.cholesky, "qr": _qr, "svd": _svd, "svdvals": np.linalg.svdvals,
    "eig": np.linalg.eig, "eigh": np.linalg.eigh, "eigvals": np.linalg.eigvals, "eigvalsh": np.linalg.eigvalsh,
    "matrix_power": np.linalg.matrix_power, "matrix_rank": np.linalg.matrix_rank, "multi_dot": np.linalg.multi_dot,
    "cond": np.linalg.cond, "cross": np.linalg.cross, "outer": np.linalg.outer, "vecdot": np.linalg.vecdot,
    "solve_triangular": _solve_triangular, "matrix_exp": _expm, "tensorsolve": np.linalg.tensorsolve,
    "tensorinv": np.linalg.tensorinv, "diagonal": np.linalg.diagonal, "matmul": np.matmul,
    "lu": _lu, "lu_factor": _lu_factor, "lu_solve": _lu_solve, "vander": _vander,
}  # fmt: skip
"""``torch.linalg``."""

FFT = {
    name: getattr(np.fft, name)
    for name in (
        "fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "rfft", "irfft", "rfft2", "irfft2", "rfftn", "irfftn", "hfft",
        "ihfft", "fftfreq", "rfftfreq", "fftshift", "ifftshift",
    )
}  # fmt: skip
"""``torch.fft``."""

SPECIAL = {
    "expit": of_special.expit, "logit": of_special.logit, "erf": of_special.erf, "erfc": of_special.erfc,
    "erfinv": of_special.erfinv, "erfcx": of_special.erfcx, "gammaln": of_special.gammaln,
    "digamma": of_special.digamma, "psi": of_special.digamma, "polygamma": of_special.polygamma,
    "gammainc": of_special.gammainc, "gammaincc": of_special.gammaincc, "zeta": of_special.zeta,
    "xlogy": of_special.xlogy,
    "xlog1py": of_special.xlog1py, "entr": of_special.entr, "ndtr": of_special.ndtr, "ndtri": of_special.ndtri,
    "log_ndtr": of_special.log_ndtr, "i0": of_special.i0, "i0e": of_special.i0e, "i1": of_special.i1,
    "i1e": of_special.i1e, "bessel_j0": of_special.j0, "bessel_j1": of_special.j1, "bessel_y0": of_special.y0,
    "bessel_y1": of_special.y1, "logsumexp": of_special.logsumexp, "softmax": of_special.softmax,
    "log_softmax": of_special.log_softmax, "sinc": np.sinc, "exp2": np.exp2, "expm1": np.expm1, "log1p": np.log1p,
    "round": np.round,
}  # fmt: skip
"""``torch.special``."""


def _of_real(below: Callable[..., Any]) -> Callable[..., Any]:
    """A function of real numbers, which takes integers as numbers of the default dtype."""

    @wraps(below)
    def call(first: Any, *args: Any, **kwargs: Any) -> Any:
        return below(floating(first) if hasattr(first, "dtype") else first, *args, **kwargs)

    return call


def _namespace(name: str, table: dict[str, Any], others: dict[str, str]) -> ModuleType:
    module = ModuleType(f"wengert.torch.{name}", f"``torch.{name}``: `wengert`'s functions under PyTorch's arguments.")
    for each, below in table.items():
        setattr(module, each, renamed(_of_real(below) if name == "special" else below, **others))

    def missing(attribute: str) -> Any:
        raise missing_name(module.__name__, attribute, {}, f"torch.{name}")

    module.__getattr__ = missing  # type: ignore[method-assign]
    sys.modules[module.__name__] = module
    return module


NAMESPACES = {
    "linalg": _namespace("linalg", LINALG, {"B": "b"}),
    "fft": _namespace("fft", FFT, {"input": "a", "dim": "axis"}),
    "special": _namespace("special", SPECIAL, {}),
}
"""The modules, by name."""
