"""Everything that HIPS autograd 1.9 differentiates has derivatives here.

The names were read from its sources: numpy_vjps.py, numpy_wrapper.py, linalg.py and fft.py of ``autograd.numpy``, and
special.py and linalg.py of ``autograd.scipy``. Left out are `msort` and `row_stack`, which NumPy 2 has not, and what is
autograd's own (`make_diagonal`, `concatenate_args`, ...).
"""

from __future__ import annotations

import importlib

import pytest
from docs import make_functions

DIFFERENTIATED = {
    "wengert.numpy": """
        abs absolute add amax amin angle append arccos arccosh arcsin arcsinh arctan arctan2 arctanh array array_split
        astype atleast_1d atleast_2d atleast_3d broadcast_to clip column_stack concatenate conj conjugate cos cosh cross
        cumsum deg2rad degrees diag diagonal diff divide dot dsplit einsum exp exp2 expand_dims expm1 fabs fliplr flipud
        fmax fmin full gradient hsplit hstack hypot imag inner kron linspace log log10 log1p log2 logaddexp logaddexp2
        matmul max maximum mean min minimum mod moveaxis multiply nan_to_num negative outer pad partition power prod
        rad2deg radians ravel real real_if_close reciprocal remainder repeat reshape roll rollaxis rot90 select sin sinc
        sinh sort split sqrt square squeeze stack std subtract sum swapaxes tan tanh tensordot tile trace transpose tril
        triu true_divide var vsplit vstack where""",
    "wengert.numpy.linalg": "cholesky det eig eigh inv norm pinv slogdet solve svd",
    "wengert.numpy.fft": """
        fft fft2 fftn fftshift ifft ifft2 ifftn ifftshift irfft irfft2 irfftn rfft rfft2 rfftn""",
    "wengert.scipy.special": """
        beta betainc betaln digamma erf erfc erfcinv erfinv expit gamma gammainc gammaincc gammaln i0 i1 iv ive j0 j1 jn
        logit logsumexp multigammaln polygamma psi rgamma y0 y1 yn""",
    "wengert.scipy.linalg": "solve_banded solve_sylvester solve_triangular sqrtm",
}

MORE = {
    "wengert.numpy": """
        take_along_axis cumprod median percentile quantile interp convolve put_along_axis searchsorted argsort
        argpartition nanmean""",
    "wengert.numpy.linalg": "lstsq qr",
    "wengert.scipy.linalg": "expm",
    "wengert.scipy.signal": "convolve",
}
"""What the project asks for besides."""

WITHOUT_DERIVATIVE = """
    all allclose any argmax argmin argpartition argsort argwhere around array_equal array_equiv ceil count_nonzero
    equal fix flatnonzero floor floor_divide greater greater_equal isclose iscomplex iscomplexobj isfinite isinf isnan
    isneginf
    isposinf isreal isscalar less less_equal logical_and logical_not logical_or logical_xor ndim nonzero not_equal
    ones_like result_type rint round searchsorted shape sign size trunc zeros_like"""


@pytest.mark.parametrize("namespace", list(DIFFERENTIATED))
def test_what_autograd_differentiates_has_derivatives(namespace: str) -> None:
    module = importlib.import_module(namespace)
    names = DIFFERENTIATED[namespace].split()
    assert [name for name in names if not hasattr(module, name)] == []
    rows = make_functions.rows()
    unproved = [n for n in names if (row := rows.get(getattr(module, n))) is None or row.order < 2]
    assert unproved == []


@pytest.mark.parametrize("namespace", list(MORE))
def test_what_the_project_asks_for_is_there(namespace: str) -> None:
    module = importlib.import_module(namespace)
    assert [name for name in MORE[namespace].split() if not hasattr(module, name)] == []


def test_what_autograd_passes_through_without_derivative_is_there() -> None:
    module = importlib.import_module("wengert.numpy")
    assert [name for name in WITHOUT_DERIVATIVE.split() if not hasattr(module, name)] == []
