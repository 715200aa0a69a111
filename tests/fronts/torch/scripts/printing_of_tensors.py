"""Tensors of many kinds as text."""

import torch

for value in (
    torch.arange(5), torch.arange(24.0).reshape(2, 3, 4), torch.tensor([1e-8, 1.0, 1e5]), torch.tensor([0.1, 100.25]),
    torch.tensor([float("nan"), float("inf"), -1.5]), torch.tensor(True), torch.tensor([True, False]), torch.zeros(0),
    torch.zeros(2, 0), torch.ones(3, dtype=torch.float64), torch.tensor([1, 200, -3]), torch.tensor(3.14159265),
    torch.tensor([1 + 2j, -0.5j]), torch.arange(1001), torch.linspace(0, 1, 30), torch.tensor([[1.5, -2.25], [1e3, 0]]),
    torch.ones(2, dtype=torch.int32), torch.ones(2, requires_grad=True), torch.tensor(1e10), torch.tensor([1e10, 1.0]),
    torch.rand(40, 40, generator=torch.Generator().manual_seed(0)), torch.tensor([0.0, -0.0]), torch.ones(2).half(),
):  # fmt: skip
    print(value)
print(torch.float32, torch.Size([2, 3]), torch.device("cpu"), torch.zeros(2, 3).size(), torch.finfo(torch.float32).eps)
