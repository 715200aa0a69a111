"""Checkpoints: what was saved comes back; files are whole or not there, and foreign ones are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.training import load_checkpoint, save_checkpoint

STATE: dict[Any, Any] = {
    "x": wg.tensor(numpy.arange(6.0).reshape(2, 3).T),
    "x.y": wg.tensor(1.0),
    "x ": {"y": numpy.float32(2.5), 3: [True, None, "text", 0.1, -7]},
    "betas": (0.9, 0.999),
    "complex": numpy.array([1 + 2j, -3j]),
    "not finite": [float("inf"), -float("inf")],
    "whole": numpy.array(3, numpy.int64),
    "empty": [{}, [], (), numpy.zeros((0, 3), numpy.float16)],
}


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.safetensors"
    save_checkpoint(path, STATE)
    found = load_checkpoint(path)
    ours, structure = wg.trees.flatten(STATE)
    theirs, other = wg.trees.flatten(found)
    assert structure == other
    for a, b in zip(ours, theirs, strict=True):
        assert type(b) is (wg.Tensor if isinstance(a, (wg.Tensor, numpy.ndarray, numpy.generic)) else type(a))
        assert numpy.asarray(a).dtype == numpy.asarray(b).dtype
        numpy.testing.assert_array_equal(a, b)


def test_a_tensor_alone_is_a_state(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x", wg.tensor([1.0, 2.0]))
    numpy.testing.assert_array_equal(load_checkpoint(tmp_path / "x"), [1.0, 2.0])


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    save_checkpoint(path, {"step": 1})
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["state.safetensors"]


def test_what_cannot_be_saved_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError) as error:
        save_checkpoint(tmp_path / "x", {"a": [1, object()]})
    assert str(error.value) == (
        "[save_checkpoint] a.1 is of type object, wanted tensors, numbers, texts, and dicts, lists and tuples of them; "
        "write its state_dict()"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [lambda b: b[:100], lambda b: b"", lambda b: b"\x80\x04pickle" * 9, lambda b: b[:-4]]
)
def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "x"
    save_checkpoint(path, {"x": wg.tensor([1.0, 2.0])})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"^\[load_checkpoint\] .*x is damaged or no checkpoint \(.*\), wanted a file"):
        load_checkpoint(path)


def test_tensors_of_others_are_no_checkpoint(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file({"x": numpy.ones(2)}, tmp_path / "x")
    with pytest.raises(ValueError, match="it has tensors and no structure"):
        load_checkpoint(tmp_path / "x")
