"""Packages that were written for PyTorch run on the front, which is installed before they are imported."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

PROGRAMS = {
    "einops": """
from einops import rearrange, reduce, repeat, einsum, pack, unpack
from einops.layers.torch import EinMix, Rearrange
x = torch.arange(48.0, requires_grad=True).reshape(2, 3, 4, 2)
y = rearrange(x, "b c (h one) w -> b (h w) c one", one=1)
assert y.shape == (2, 8, 3, 1) and torch.equal(rearrange(y, "b (h w) c 1 -> b c h w", w=2), x)
assert torch.equal(reduce(x, "b c h w -> b c", "max"), x.amax((2, 3)))
assert torch.equal(repeat(x[0, 0, 0], "w -> w n", n=3), x[0, 0, 0][:, None].expand(2, 3))
assert torch.allclose(einsum(x, x, "b c h w, b d h w -> b c d"), torch.einsum("bchw,bdhw->bcd", x, x))
packed, shapes = pack([x[0], x[1]], "* h w")
assert all(torch.equal(a, b) for a, b in zip(unpack(packed, shapes, "* h w"), x))
mix = EinMix("b h w c -> b h d", weight_shape="w c d", w=2, c=3, d=5)
net = torch.nn.Sequential(Rearrange("b c h w -> b h w c"), mix)
net(x).sum().backward()
assert mix.weight.grad.shape == (2, 3, 5)
""",
    "torchdiffeq": """
from torchdiffeq import odeint, odeint_adjoint, odeint_event
class Decay(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rate = torch.nn.Parameter(torch.tensor(0.5, dtype=torch.float64))
    def forward(self, t, y):
        return -self.rate * y
t = torch.linspace(0.0, 2.0, 5, dtype=torch.float64)
for solve, method in ((odeint, "dopri5"), (odeint, "rk4"), (odeint, "bosh3"), (odeint_adjoint, "dopri8")):
    f, y0 = Decay(), torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = solve(f, y0, t, method=method, options={"step_size": 0.02} if method == "rk4" else None)
    assert torch.allclose(y, torch.exp(-0.5 * t)[:, None] * y0, atol=1e-4), method
    y[-1].sum().backward()
    expected = torch.tensor(-2.0 * 3.0 * 0.36787944117, dtype=torch.float64)
    assert torch.allclose(f.rate.grad, expected, atol=1e-4), (method, f.rate.grad)
    assert torch.allclose(y0.grad, torch.full((2,), 0.36787944117, dtype=torch.float64), atol=1e-4)
""",
    "torch_optimizer": """
import torch_optimizer
def trained(make, steps=30):
    torch.manual_seed(0)
    weights = torch.nn.Parameter(torch.tensor([1.5, -1.0]))
    optimizer = make([weights])
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((weights * torch.tensor([1.0, 2.0]) - 1) ** 2).sum()
        loss.backward(create_graph=type(optimizer).__name__ == "Adahessian")
        optimizer.step()
    return loss.item()
others = ("Lookahead", "Shampoo")  # one is given an optimizer, the other inverts matrices that are nearly singular
names = [name for name in torch_optimizer.__all__ if name[0].isupper() and name not in others]
assert len(names) > 25
for name in names:
    assert trained(getattr(torch_optimizer, name)) < 9.25, name
assert trained(lambda p: torch_optimizer.Lookahead(torch_optimizer.Yogi(p, lr=0.1))) < 1
assert trained(lambda p: torch_optimizer.AdamP(p, lr=0.1)) < 1
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_package_runs(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    program = f"import wengert.torch; wengert.torch.install(); import torch\n{PROGRAMS[name]}"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
