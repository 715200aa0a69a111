"""Arrays and training steps on a mesh of eight devices, in a process of its own that has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EIGHT = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}


TOLERANCES = {"float32": 1e-6, "float64": 1e-12}


def on_eight_devices(*dtypes: str) -> Any:
    """What a process with eight devices has found."""
    pytest.importorskip("jax")
    command = [sys.executable, "-m", "tests.distributed.on_eight_devices", *dtypes]
    environment = {**os.environ, **EIGHT, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found() -> Any:
    return on_eight_devices()


def check(found: Any, count: int, exchanges: int) -> None:
    """So many kinds of training are as on one device, and so many exchanges functions of whole arrays."""
    assert len(found["exchanges"]) == exchanges
    assert not {name: size for name, size in found["exchanges"].items() if size > 1e-12}
    for dtype, differences in found["differences"].items():
        assert len(differences) == count
        assert not {kind: size for kind, size in differences.items() if size > TOLERANCES[dtype]}


def test_steps_and_exchanges_on_a_mesh(found: Any) -> None:
    check(found, 1, 3)


@pytest.mark.wide
def test_steps_and_exchanges_of_every_kind() -> None:
    check(on_eight_devices(*TOLERANCES), 4, 8)


def test_layouts(found: Any) -> None:
    assert found["layouts"] == {
        "block": [2, 1],
        "product": "P('data',)",
        "constrained": "P(None, ('model', 'data'))",
        "eagerly": "P(None, 'data')",
        "of a batch": [8, 2],
        "like": "P('data', 'model')",
        "gradient": "cpu",
        "back": 120.0,
    }


def test_what_is_said_of_wrong_input(found: Any) -> None:
    assert found["refusals"] == {
        "devices": "[mesh] 3 (data) x 2 (model) is 6, and there are 8 devices, wanted lengths whose product is that; "
        "write mesh({'data': 4, 'model': 2}), or devices= with 6 names; on a processor the environment variable "
        "XLA_FLAGS=--xla_force_host_platform_device_count=6 makes 6 of it",
        "no device": "[mesh] there is no device 'cpu:99', wanted some of cpu:0, cpu:1, cpu:2, cpu:3, cpu:4, cpu:5, "
        "cpu:6, cpu:7; leave devices= out for all of them",
        "mixed": "[add] the operands are on cpu:0 and mesh(data=4, model=2), wanted one device; write "
        "wg.distributed.replicate(x, mesh) for the others",
        "elsewhere": "[constrain] mesh(data=4, model=2) was given, and the operands are on cpu:0, wanted some that are "
        "on this mesh; write wg.distributed.replicate(x, mesh) for one of them",
        "compiled elsewhere": "[constrain] mesh(data=4, model=2) was given, and the operands are on cpu:0, wanted some "
        "that are on this mesh; write wg.distributed.replicate(x, mesh) for one of them",
        "batch": "[join] axis 0 of shape (6,) has length 6, which 'data' of mesh(data=4, model=2) cuts into 4 parts, "
        "wanted a multiple of 4; write None for axis 0, or pad it to 8",
    }
