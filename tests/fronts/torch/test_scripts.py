"""Scripts written for PyTorch print with the front what they print with PyTorch."""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path

import numpy
import pytest

from tests.fronts.printed import numbers, scripts, stored, words
from wengert.fronts.scripts import installed


def printed(script: Path) -> str:
    """What a script prints with the front in the place of the library."""
    out = io.StringIO()
    with installed("torch", "wengert.torch"), contextlib.redirect_stdout(out):
        runpy.run_path(str(script), run_name="__main__")
    return out.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", scripts("torch"), ids=lambda script: script.stem)
def test_prints_what_pytorch_prints(script: Path) -> None:
    found, wanted = printed(script), stored(script)
    assert words(found) == words(wanted)
    numpy.testing.assert_allclose(numbers(found), numbers(wanted), rtol=2e-4, atol=2e-5)
