"""A training that was interrupted, or killed, ends with the same bits as one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .resumable import Interrupted, StopAt, outcome, train

STEPS = 24


@pytest.fixture(scope="module")
def whole() -> Any:
    return outcome(train(None))


@pytest.mark.part(4)
@pytest.mark.parametrize("step", [1, 6, 11, STEPS])
@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupted_training_goes_on(tmp_path: Path, whole: Any, step: int, workers: int) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, StopAt(step), workers=workers)
    found = train(tmp_path, StopAt(-1), workers=workers)
    assert found.step == STEPS
    assert outcome(found) == whole


def test_a_training_goes_on_from_an_earlier_checkpoint(tmp_path: Path, whole: Any) -> None:
    """Steps after the last checkpoint are made again."""
    with pytest.raises(Interrupted):
        train(tmp_path, StopAt(11), every=4)
    assert outcome(train(tmp_path, StopAt(-1), every=4)) == whole


def test_a_completed_training_is_not_trained_again(tmp_path: Path, whole: Any) -> None:
    train(tmp_path)
    assert outcome(train(tmp_path, every=None)) == whole


def killed_now_and_then(folder: Path, kills: int, seed: int) -> int:
    """Run the training to its end in processes that are killed at random moments; how many were."""
    chance, done = random.Random(seed), 0
    command = [sys.executable, "-m", "tests.training.resumable", str(folder)]
    while True:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            if done < kills and process.stdout.readline():
                time.sleep(chance.uniform(0.0, 0.03))
                os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        if process.returncode == 0:
            return done
        assert process.returncode == -signal.SIGKILL
        done += 1


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.wide)])
def test_a_killed_training_goes_on(tmp_path: Path, whole: Any, kills: int) -> None:
    finished = killed = 0
    while killed < kills:
        folder = tmp_path / str(finished)
        killed += killed_now_and_then(folder, min(kills - killed, 3), seed=finished)
        finished += 1
        assert outcome(train(folder)) == whole
        assert [path.name for path in folder.iterdir() if path.suffix == ".safetensors"] == ["checkpoint.safetensors"]
