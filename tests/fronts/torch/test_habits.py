"""What PyTorch's users rely on beside the numbers: what is followed, what is state, what files hold."""

from __future__ import annotations

import copy
import importlib
import io
from pathlib import Path
from typing import Any

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


def test_a_state_dict_is_what_the_parameters_are() -> None:
    layer = torch.nn.Linear(1, 1)
    state, before = layer.state_dict(), copy.deepcopy(layer.state_dict())
    layer.weight.data += 1
    assert torch.equal(state["weight"], layer.weight)
    assert not torch.equal(before["weight"], layer.weight)
    state["bias"].zero_()
    assert layer.bias.item() == 0


def test_what_a_checkpoint_holds_comes_back_as_it_was(tmp_path: Path) -> None:
    parameter = torch.ones(2, requires_grad=True)
    saved = {
        "epoch": 3, "loss": 0.25, "names": ["a", ("b", None, True)], 7: parameter, "size": torch.Size([2]),
        "dtype": torch.float64, "nested": {"lr": 1e-3, "buffers": [torch.zeros(1, dtype=torch.int64)]},
    }  # fmt: skip
    torch.save(saved, tmp_path / "file")
    assert repr(torch.load(tmp_path / "file")) == repr(saved)
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    buffer.seek(0)
    assert repr(torch.load(buffer, map_location="cpu", weights_only=True)) == repr(saved)
    with pytest.raises(TypeError, match=r"\[save\] net is a Linear, wanted tensors, numbers and texts"):
        torch.save({"net": torch.nn.Linear(1, 1)}, tmp_path / "file")


@pytest.mark.parametrize("make", [lambda: torch.nn.Linear(2, 2), lambda: torch.nn.LSTM(2, 2), torch.nn.PReLU])
def test_a_copy_of_a_layer_is_a_layer_of_its_own(make: Any) -> None:
    layer = make()
    layer(-torch.ones(1, 2))
    twin = copy.deepcopy(layer)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    out = twin(-torch.ones(1, 2))
    assert not (out[0] if isinstance(out, tuple) else out).any()
    assert all(parameter.any() for parameter in layer.parameters())


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("nn.modules.conv", "Conv2d"), ("nn.modules", "ReLU"), ("nn.parameter", "Parameter"),
        ("utils.data.dataloader", "DataLoader"), ("distributions.normal", "Normal"), ("optim.adam", "Adam"),
        ("optim.optimizer", "Optimizer"), ("autograd.variable", "Variable"),
    ],
)  # fmt: skip
def test_modules_are_found_at_their_addresses(address: str, name: str) -> None:
    package = address.partition(".")[0] if not address.startswith("utils") else "utils.data"
    found = getattr(importlib.import_module(f"wengert.torch.{address}"), name)
    assert found is getattr(importlib.import_module(f"wengert.torch.{package}"), name, found)


@pytest.mark.parametrize("name", ["torch.relou", "torch.nn.Linaer", "torch.optim.Adan", "torch.linalg.solv"])
def test_a_name_that_is_not_there_says_the_nearest(name: str) -> None:
    place = torch
    *parts, last = name.split(".")[1:]
    for part in parts:
        place = getattr(place, part)
    with pytest.raises(AttributeError, match=r"wanted .* write (torch|wengert)"):
        getattr(place, last)


def test_a_function_of_ones_own_finds_the_parameters_that_it_saved() -> None:
    scale = torch.tensor(3.0, requires_grad=True)

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: Any) -> Any:
            ctx.save_for_backward(x, factor)
            return x * factor

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> Any:
            x, factor = ctx.saved_tensors
            with torch.enable_grad():
                inside = x.detach() * scale  # as a module computes, from the parameter itself
            (of_factor,) = torch.autograd.grad(inside, factor, cotangent)
            return cotangent * factor, of_factor

    Scaled.apply(torch.tensor(2.0), scale).backward()
    assert scale.grad.item() == 2
