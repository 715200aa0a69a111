"""What PyTorch's users rely on beside the numbers: what is followed, what is state, what files hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import wengert.torch as torch


def is_followed() -> bool:
    return (torch.ones(1, requires_grad=True) * 2).requires_grad


def test_set_grad_enabled_counts_from_where_it_is_called() -> None:
    with torch.no_grad():
        torch.set_grad_enabled(True)
        assert is_followed()
        torch.set_grad_enabled(False)
        assert not is_followed()
    assert is_followed()
    with torch.set_grad_enabled(False):
        assert not is_followed()
    assert is_followed()


def test_inference_mode_is_a_block_and_a_decorator() -> None:
    with torch.inference_mode():
        assert not is_followed()
    with torch.inference_mode(False):
        assert is_followed()
    assert not torch.inference_mode(is_followed)()
    assert not torch.inference_mode()(is_followed)()


def test_results_are_written_where_they_are_asked_to_be() -> None:
    a, out = torch.eye(2) * 4, torch.zeros(2, 2)
    assert torch.linalg.inv(a, out=out) is out
    assert torch.equal(out, torch.eye(2) / 4)
    out = torch.zeros(2)
    assert torch.exp(torch.zeros(2), out=out) is out
    assert out.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("persistent", [True, False])
def test_a_buffer_is_state(persistent: bool) -> None:
    net = torch.nn.Linear(1, 1)
    net.count = torch.nn.Buffer(torch.zeros(1), persistent=persistent)
    assert [name for name, _ in net.named_buffers()] == ["count"]
    assert ("count" in net.state_dict()) == persistent
    net.count += 1
    assert net.count.item() == 1
    assert "count" not in dict(net.named_parameters())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_short_numbers_are_float32_ones_rounded(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    short = torch.rand(6, dtype=dtype)
    torch.manual_seed(0)
    assert torch.equal(short, torch.rand(6).to(dtype))


@pytest.mark.parametrize("saved", [{"tensor": torch.ones(2)}, {"a": {"b": torch.ones(1)}}, torch.ones(3)], ids=str)
def test_files_hold_what_was_saved(saved: object, tmp_path: Path) -> None:
    torch.save(saved, tmp_path / "file")
    found = torch.load(tmp_path / "file")
    assert repr(found) == repr(saved)


@pytest.mark.parametrize("begin", [b"\x80\x04\x95\x10\x00\x00\x00\x00", b"PK\x03\x04\x00\x00\x08\x08"])
def test_a_pickle_is_refused(begin: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(begin + b"rest")
    with pytest.raises(ValueError, match=r"wanted a file in the format safetensors; write safetensors.torch.save_file"):
        torch.load(tmp_path / "file")
