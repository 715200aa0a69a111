"""Writes data/autocast.npz: a network under PyTorch's autocast on the CPU.

From the root of the project: ``python -m tests.nn.make_torch_autocast`` (torch 2.13, CPU).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import torch


def net() -> Any:
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 16),
        torch.nn.Tanh(), torch.nn.Linear(16, 3),
    )  # fmt: skip


if __name__ == "__main__":
    torch.manual_seed(0)
    module, x, weights = net(), torch.randn(5, 2, 4, 4), torch.randn(5, 3)
    found: dict[str, Any] = {"x": x.numpy(), "weights": weights.numpy()}
    found |= {f"p {name}": p.detach().numpy() for name, p in module.named_parameters()}
    for dtype in ("float16", "bfloat16"):
        module.zero_grad()
        with torch.autocast("cpu", dtype=getattr(torch, dtype)):
            out = module(x).float()
        (out * weights).sum().backward()
        found[f"{dtype} output"] = out.detach().numpy()
        found |= {f"{dtype} gradient {name}": p.grad.numpy().copy() for name, p in module.named_parameters()}
    numpy.savez_compressed(Path(__file__).parent / "data" / "autocast.npz", **found)
