"""Files of tensors: both ways between here and PyTorch, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn
from wengert.nn import saving

from .networks import NETWORKS, image

HERE = Path(__file__).parent / "data"
NUMBERS = numpy.load(HERE / "outputs.npz")
"""Made by make_torch_files.py: what PyTorch's networks give, and what it read in the files that were written here."""


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_of_pytorch_loads_and_gives_its_outputs(name: str) -> None:
    net = NETWORKS[name](nn).eval()
    state = nn.load(HERE / f"{name}.safetensors")
    assert net.load_state_dict(state) == ([], [])
    numpy.testing.assert_allclose(net(image(name)).detach(), NUMBERS[f"{name} of torch"], 1e-5, 1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_written_here_is_what_pytorch_loaded(name: str, tmp_path: Path) -> None:
    net = NETWORKS[name](nn).eval()
    net.load_state_dict(nn.load(HERE / f"{name}.safetensors"))
    doubled = {key: 2 * value for key, value in net.state_dict().items()}
    nn.save(doubled, tmp_path / "written", {"made": "here"})
    (tmp_path / "read by torch").write_bytes(NUMBERS[f"{name} written"].tobytes())
    written, read = nn.load(tmp_path / "written"), nn.load(tmp_path / "read by torch")
    assert written.keys() == read.keys()
    assert all(numpy.array_equal(value, read[key]) for key, value in written.items())
    net.load_state_dict(written)
    numpy.testing.assert_allclose(net(image(name)).detach(), NUMBERS[f"{name} doubled"], 1e-4, 1e-4)


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    nn.save({"a": np.ones(100)}, path)
    for content in (path.read_bytes()[:-1], b"", b"no tensors at all", path.read_bytes()[:8] + b"x" * 500):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"nn\.load") as error:
            nn.load(path)
        text = str(error.value)
        assert text.startswith(f"[nn.load] the file {path}, which is damaged or of another format (")
        assert text.endswith(
            ") was given, wanted a file in the format safetensors; write safetensors.torch.save_file(net.state_dict(), "
            "path) in PyTorch, or nn.save here"
        )


def test_a_module_is_not_its_state(tmp_path: Path) -> None:
    with pytest.raises(TypeError) as error:
        nn.save(nn.Linear(1, 1), tmp_path / "net")  # type: ignore[arg-type]
    assert str(error.value) == (
        "[nn.save] a Linear was given, wanted a dict of arrays by name; write nn.save(net.state_dict(), path)"
    )


def test_an_interrupted_write_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.safetensors"
    nn.save({"a": np.ones(3)}, path)

    def fail(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(saving.os, "fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        nn.save({"a": np.zeros(3)}, path)
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]
    assert nn.load(path)["a"].tolist() == [1, 1, 1]


def test_scalars_integers_and_other_layouts_keep_their_values(tmp_path: Path) -> None:
    state = {
        "count": np.asarray(3),
        "turned": np.ones((2, 3)).T,
        "flags": np.asarray([True, False]),
        "none": np.ones(0),
    }
    nn.save(state, tmp_path / "file")
    for key, value in nn.load(tmp_path / "file").items():
        assert value.dtype == state[key].dtype
        assert value.shape == state[key].shape
        assert wg.numpy.array_equal(value, state[key])
