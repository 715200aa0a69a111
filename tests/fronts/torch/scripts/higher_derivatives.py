"""Derivatives of derivatives, vector-Jacobian products, Jacobians and Hessians."""

import torch

x = torch.tensor(3.0, requires_grad=True)
y = x**3
first = torch.autograd.grad(y, x, create_graph=True)[0]
second = torch.autograd.grad(first, x)[0]
print(first, second)

v = torch.tensor([2.0, 3.0], requires_grad=True)
out = torch.stack([v[0] ** 2 + v[1] ** 2, v[0] * v[1], torch.sin(v[0]) + torch.cos(v[1])])
print(torch.autograd.grad(out, v, grad_outputs=torch.tensor([1.0, 2.0, 3.0]), retain_graph=True))
jacobian = torch.zeros(3, 2)
for i in range(3):
    jacobian[i] = torch.autograd.grad(out[i], v, retain_graph=True)[0]
print(jacobian @ torch.tensor([1.0, 0.5]))


def f(v):
    return (v**3).sum() * v[0]


print(torch.autograd.functional.jacobian(lambda v: v * v.sum(), torch.tensor([1.0, 2.0])))
print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0])))
print(torch.autograd.functional.jvp(f, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.5])))
print(torch.func.jacrev(torch.sin)(torch.tensor([0.0, 1.0])), torch.func.hessian(f)(torch.tensor([1.0, 2.0])))
