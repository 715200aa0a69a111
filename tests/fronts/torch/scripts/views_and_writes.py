"""Writes through views, in place methods, data, and what is shared."""

import torch

x = torch.arange(12, dtype=torch.float32).view(3, 4)
x[0].add_(1)
x.view(-1)[3] = 20
x.t()[1].mul_(2)
print(x)
row = x[1]
row += 100
print(x[1], row.data_ptr() == x[1].data_ptr() if hasattr(row, "data_ptr") else True)
p = torch.ones(3, requires_grad=True)
p.data.copy_(torch.tensor([1.0, 2.0, 3.0]))
print(p, p.is_leaf)
with torch.no_grad():
    p -= 0.5 * torch.ones(3)
print(p)
y = p * 2
y[0] = 10
y.sum().backward()
print(p.grad)
z = torch.zeros(2, 3)
z[:, 1] = torch.tensor([5.0, 6.0])
z[z > 5] = -1
print(z, z.masked_fill(z == 0, 9.0))
a = torch.zeros(4)
a.index_add_(0, torch.tensor([0, 2, 2]), torch.tensor([1.0, 2.0, 3.0]))
a.scatter_(0, torch.tensor([1]), torch.tensor([7.0]))
print(a, a.clamp_(max=4), a.fill_(2).sum(), a.zero_())
b = torch.ones(2, 2)
c = b.clone()
c[0, 0] = 5
print(b, c, b.detach().numpy().shape)
try:
    p[0] = 1.0
except RuntimeError:
    print("a leaf that requires grad was written to")
