"""Writes data/: files of PyTorch's networks, what they give, and what PyTorch read in files that were written here.

From the root of the project: ``python -m tests.nn.make_torch_files`` (torch 2.13, CPU; safetensors 0.8).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy
import safetensors.torch
import torch

from wengert import nn

from .networks import NETWORKS, image

HERE = Path(__file__).parent / "data"

if __name__ == "__main__":
    torch.manual_seed(0)
    HERE.mkdir(exist_ok=True)
    found: dict[str, Any] = {}
    for name, make in NETWORKS.items():
        net = make(torch.nn)
        x = torch.tensor(image(name))
        net(x)  # running means are no zeros
        net.eval()
        found[f"{name} of torch"] = net(x).detach().numpy()
        safetensors.torch.save_file(net.state_dict(), HERE / f"{name}.safetensors")
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "written.safetensors"
            doubled = {key: 2 * value for key, value in nn.load(HERE / f"{name}.safetensors").items()}
            nn.save(doubled, written, {"made": "here"})
            net.load_state_dict(safetensors.torch.load_file(written))
            found[f"{name} written"] = numpy.frombuffer(written.read_bytes(), numpy.uint8)
        found[f"{name} doubled"] = net(x).detach().numpy()
    numpy.savez_compressed(HERE / "outputs.npz", **found)
