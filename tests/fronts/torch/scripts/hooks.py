"""Hooks of modules and tensors, gradients that are kept, frozen parameters, and what a backward pass leaves."""

import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
x = torch.randn(5, 3)
kept = {}


def keep(name):
    def hook(model, input, output):
        kept[name] = output.detach()

    return hook


handles = [layer.register_forward_hook(keep(str(place))) for place, layer in enumerate(net)]
net(x)
print({name: tuple(each.shape) for name, each in kept.items()}, kept["1"].mean())
for handle in handles:
    handle.remove()
kept.clear()
net(x)
print(kept)

before = net[0].register_forward_pre_hook(lambda module, args: (args[0] * 2,))
after = net[2].register_forward_hook(lambda module, args, output: output + 1)
print(net(x)[0])
before.remove()
after.remove()
print(net(x)[0])

seen = []
handle = net[2].register_full_backward_hook(
    lambda module, grad_input, grad_output: seen.append((grad_input[0].norm(), grad_output[0].norm()))
)
net(x).pow(2).sum().backward()
print(seen)
handle.remove()

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * 3
b.retain_grad()
h = b.register_hook(lambda grad: grad * 2)
c = (b**2).sum()
c.backward()
print(a.grad, b.grad, c.grad_fn is not None, a.is_leaf, b.is_leaf)
h.remove()
a.register_hook(lambda grad: print("the gradient of a is", grad))
(a * 2).sum().backward()
print(a.grad)

net.zero_grad()
for name, parameter in net.named_parameters():
    parameter.requires_grad = name.startswith("2")
net(x).sum().backward()
print({name: p.grad is not None for name, p in net.named_parameters()})
net.requires_grad_(True)
print(all(p.requires_grad for p in net.parameters()))


class Meter(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.register_buffer("calls", torch.tensor(0))
        self.register_forward_hook(self.count)

    @staticmethod
    def count(module, args, output):
        module.calls += 1

    def forward(self, x):
        return self.inner(x)


meter = Meter(net)
meter(x), meter(x)
print(meter.calls, list(meter.state_dict())[:2])
print([name for name, _ in meter.named_modules()], meter.get_submodule("inner.0").weight.shape)
print([type(m).__name__ for m in meter.modules()], [type(m).__name__ for m in meter.children()])
largest = max(net.parameters(), key=lambda p: p.numel())
print(largest.shape, torch.stack([p.norm() for p in net.parameters()]).norm())
