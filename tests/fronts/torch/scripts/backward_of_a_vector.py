"""A layer of two numbers: backward() on a vector is an error, on its sum it is not."""

import torch
from torch import nn

torch.manual_seed(0)
linear = nn.Linear(2, 2)
x = torch.tensor([1.0, 2.0])
y = linear(x)
z = y**2
try:
    z.backward()
except RuntimeError:
    print("grad can be implicitly created only for scalar outputs")
z = linear(x) ** 2
z.sum().backward()
print(linear.weight.grad)
print(linear.bias.grad)
z = linear(x) ** 2
linear.zero_grad()
z.backward(torch.tensor([1.0, 0.5]))
print(linear.weight.grad, linear.weight)
