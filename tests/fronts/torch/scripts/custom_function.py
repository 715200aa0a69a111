"""An operation with a backward pass of one's own, checked against differences."""

import torch


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i, scale):
        result = i.exp() * scale
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * result, None


x = torch.tensor([0.5, 1.0], requires_grad=True)
Exp.apply(x, 2.0).sum().backward()
print(x.grad)


class ClampThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp(-1, 1)

    @staticmethod
    def backward(ctx, g):
        return g


w = torch.tensor([-2.0, 0.3, 5.0], requires_grad=True)
(ClampThrough.apply(w) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
print(w.grad)
double = torch.tensor([0.1, 0.2], dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda t: t.sin() * t, (double,)))
