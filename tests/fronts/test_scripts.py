"""Scripts written for other libraries print with a front what they print with the library itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from tests.fronts.printed import numbers, printed_by_front, scripts, stored, words

LIBRARIES = ("autograd", "jax", "torch")
TO_ROUNDING = {"random_numbers", "samplers"}
"""Scripts whose numbers are made of random words that are the library's bit for bit."""

SCRIPTS = [(library, script) for library in LIBRARIES for script in scripts(library)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "script"), SCRIPTS, ids=[f"{lib}-{script.stem}" for lib, script in SCRIPTS])
def test_prints_what_the_library_prints(library: str, script: Path) -> None:
    found, wanted = printed_by_front(library, script), stored(script)
    assert words(found) == words(wanted)
    rtol, atol = (5e-6, 2e-7) if (library, script.stem in TO_ROUNDING) == ("jax", True) else (2e-4, 2e-5)
    numpy.testing.assert_allclose(numbers(found), numbers(wanted), rtol=rtol, atol=atol)


@pytest.mark.parametrize("front", LIBRARIES)
def test_a_front_imports_what_people_train_with_when_it_is_asked_for(front: str) -> None:
    asked = "[m for m in ('nn', 'optim', 'data') if f'wengert.{m}' in sys.modules]"
    program = f"import sys, wengert.{front}; print({asked})"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
