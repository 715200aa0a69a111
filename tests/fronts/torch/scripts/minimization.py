"""Functions minimised in the ways that people write: by L-BFGS with a line search, by Newton's method with a Hessian,
by projected steps, by implicit differentiation, and a differential equation solved with derivatives."""

import torch
from torch.autograd.functional import hessian, hvp, jacobian, vjp


def rosenbrock(x):
    return (1 - x[:-1]).pow(2).sum() + 100 * (x[1:] - x[:-1] ** 2).pow(2).sum()


x = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.double, requires_grad=True)
optimizer = torch.optim.LBFGS([x], lr=1, max_iter=15, history_size=5, line_search_fn="strong_wolfe")
for _ in range(3):

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(x)
        loss.backward()
        return loss

    print(optimizer.step(closure).item())
print(x.data, x.grad.norm() < 1e-3)

z = torch.tensor([-1.2, 1.0], dtype=torch.float64)
for i in range(6):
    g, H = jacobian(rosenbrock, z), hessian(rosenbrock, z)
    z = z - torch.linalg.solve(H, g)
print(z, rosenbrock(z) < 1e-8, torch.linalg.eigvalsh(hessian(rosenbrock, z)))
print(
    hvp(rosenbrock, z, torch.ones(2, dtype=torch.float64))[1],
    vjp(lambda v: v**2, z, torch.ones(2, dtype=torch.float64))[1],
)

p = torch.full((4,), 0.25, requires_grad=True)
cost = torch.tensor([1.0, 0.5, 2.0, 0.7])
for _ in range(50):
    loss = (cost * p).sum() + 0.1 * (p * p.log()).sum()
    (grad,) = torch.autograd.grad(loss, p)
    with torch.no_grad():
        p *= torch.exp(-0.5 * grad)
        p /= p.sum()
print(p.detach(), torch.softmax(-cost / 0.1, 0))


class FixedPoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        y = torch.ones_like(a)
        for _ in range(50):
            y = torch.cos(a * y)
        ctx.save_for_backward(a, y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        a, y = ctx.saved_tensors
        slope = torch.sin(a * y)
        return grad_output * (-slope * y) / (1 + slope * a)


a = torch.tensor([0.5, 0.9], dtype=torch.double, requires_grad=True)
y = FixedPoint.apply(a)
y.sum().backward()
print(y, a.grad, torch.autograd.gradcheck(FixedPoint.apply, (a,), eps=1e-6, atol=1e-4))


def decay(rate, steps=40):
    y = torch.tensor([1.0, 0.0], dtype=torch.double)
    A = torch.stack([torch.stack([-rate, rate * 0]), torch.stack([rate, -rate * 0.5])])
    h = 0.05
    for _ in range(steps):
        k1 = A @ y
        k2 = A @ (y + h / 2 * k1)
        k3 = A @ (y + h / 2 * k2)
        k4 = A @ (y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


rate = torch.tensor(0.8, dtype=torch.double, requires_grad=True)
out = decay(rate)
(first,) = torch.autograd.grad(out[1], rate, create_graph=True)
(second,) = torch.autograd.grad(first, rate)
print(out.detach(), first.item(), second.item(), torch.func.jacfwd(decay)(rate.detach()))
