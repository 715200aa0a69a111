"""Parts that are imported when they are first asked for: in whichever way, by whichever thread."""

import subprocess
import sys

import pytest

import wengert as wg
import wengert.numpy as np

WAYS = {
    "an attribute": "np.testing.assert_equal; np.polynomial.Polynomial; wg.jit; wg.explain; wg.check; wg.trace_nans",
    "an import": "import wengert.numpy.testing; wengert.numpy.testing.assert_equal",
    "a name": "from wengert.numpy import polynomial, testing; testing.assert_equal; polynomial.Polynomial",
    "a part": "from wengert.numpy.polynomial.chebyshev import chebval; import wengert.numpy.testing.overrides",
    "names of the package": "from wengert import GradientError, check, explain, jit, trace_nans",
    "all names of the package": "from wengert import *; jit, check, explain",
    "threads": "from concurrent.futures import ThreadPoolExecutor as E; "
    "assert len(set(E(8).map(lambda _: (np.testing, np.polynomial.chebyshev, wg.jit), range(32)))) == 1",
}
LATE = ("numpy.testing", "unittest", "logging", "pathlib", "wengert.compile", "wengert.checking", "wengert.explaining")


@pytest.mark.part(2)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_late_is_found(way: str) -> None:
    code = f"import sys, wengert as wg, wengert.numpy as np; assert not sys.modules.keys() & set({LATE}); {WAYS[way]}"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_what_is_late_is_listed() -> None:
    assert {"polynomial", "testing", "sin"} <= set(dir(np))
    assert {"jit", "check", "explain", "trace_nans", "GradientError", "grad"} <= set(dir(wg))
    assert set(wg.__all__) <= set(dir(wg))


def test_what_is_late_is_found_by_a_name_like_it() -> None:
    with pytest.raises(AttributeError, match=r"write np\.testing"):
        np.testin  # noqa: B018  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"write wg\.explain"):
        wg.explian  # noqa: B018  # type: ignore[attr-defined]
