"""Writes torch_numbers.npz: what PyTorch gives for the cases, with the gradients of inputs and parameters.

From the root of the project: ``python -m tests.nn.make_torch_numbers`` (torch 2.13, CPU, float64).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import torch

from .cases import CASES, cotangent, inputs_of, parameter_values

HERE = Path(__file__).parent


def flat(result: Any) -> list[Any]:
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, torch.nn.utils.rnn.PackedSequence):
        return [result.data]
    return [tensor for part in result if part is not None for tensor in flat(part)]


def as_tensor(x: Any) -> Any:
    tensor = torch.tensor(x)
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


def numbers(name: str) -> dict[str, Any]:
    """The outputs and gradients of a case, by name."""
    case = CASES[name]
    layer = case.make(torch.nn)
    parameters = {}
    if isinstance(layer, torch.nn.Module):
        layer.double().train(case.training)
        parameters = dict(layer.named_parameters())
        values = parameter_values(name, {key: tuple(p.shape) for key, p in parameters.items()})
        layer.load_state_dict({k: torch.tensor(v) for k, v in values.items()}, strict=False)
    inputs = [as_tensor(x) if isinstance(x, numpy.ndarray) else x for x in inputs_of(name)]
    outputs = flat(layer(*inputs))
    loss = sum((o * torch.tensor(cotangent(name, i, tuple(o.shape)))).sum() for i, o in enumerate(outputs))
    loss.backward()
    found = {f"output {i}": o for i, o in enumerate(outputs)}
    leaves = {f"input {i}": x for i, x in enumerate(inputs) if isinstance(x, torch.Tensor)}
    leaves |= {f"parameter {key}": p for key, p in parameters.items()}
    found |= {f"gradient of {key}": leaf.grad for key, leaf in leaves.items() if leaf.grad is not None}
    buffers = dict(layer.named_buffers()) if isinstance(layer, torch.nn.Module) else {}
    found |= {f"buffer {key}": b for key, b in buffers.items() if "running" in key}
    return {f"{name}: {key}": t.detach().numpy() for key, t in found.items()}


if __name__ == "__main__":
    everything: dict[str, Any] = {}
    for case_name in CASES:
        everything |= numbers(case_name)
    index = {name: array.shape for name, array in everything.items()}
    data = numpy.concatenate([array.ravel() for array in everything.values()])
    numpy.savez_compressed(HERE / "torch_numbers.npz", index=numpy.array(json.dumps(index)), data=data)
    print(len(everything), "arrays")
