"""A script is the user's whoever runs it: its classes and variables are watched under an installed launcher as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import wengert as wg, wengert.numpy as np
POWER = 2
class Settings:
    power = 2
settings = Settings()
def power():
    return POWER
programs = [
    wg.jit(lambda x: np.sum(x**settings.power)),
    wg.jit(lambda x: np.sum(x**Settings.power)),
    wg.jit(lambda x: np.sum(x**POWER)),
    wg.jit(lambda x: np.sum(x**power())),
]
x = np.array([1.0, 2.0])
before = [f(x).item() for f in programs]
Settings.power = POWER = 3
after = [f(x).item() for f in programs]
settings.power = 4
print(before, after, programs[0](x).item())
"""
LAUNCHER = """
import sys
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), {"__name__": "__main__"})
"""


def test_a_script_that_an_installed_program_runs(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "launcher.py").write_text(LAUNCHER)
    (tmp_path / "script.py").write_text(SCRIPT)
    path = os.pathsep.join([str(installed), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "launcher", str(tmp_path / "script.py")],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[5.0, 5.0, 5.0, 5.0] [9.0, 9.0, 9.0, 9.0] 17.0\n"
