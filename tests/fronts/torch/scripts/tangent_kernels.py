"""The kernel of a network's tangents at two sets of points, by Jacobians and by products with them."""

import torch
import torch.nn as nn
from torch.func import functional_call, jacrev, jvp, vjp, vmap


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3)
        self.conv2 = nn.Conv2d(4, 4, 3)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        x = self.conv1(x).relu()
        x = self.conv2(x).relu()
        return self.fc(x.flatten(1))


torch.manual_seed(0)
x_train, x_test = torch.randn(4, 2, 6, 6), torch.randn(3, 2, 6, 6)
net = Pictures()
params = {k: v.detach() for k, v in net.named_parameters()}


def of_one(params, x):
    return functional_call(net, params, (x.unsqueeze(0),)).squeeze(0)


def kernel_by_jacobians(of_one, params, x1, x2, compute="full"):
    jac1 = vmap(jacrev(of_one), (None, 0))(params, x1)
    jac1 = [j.flatten(2) for j in jac1.values()]
    jac2 = vmap(jacrev(of_one), (None, 0))(params, x2)
    jac2 = [j.flatten(2) for j in jac2.values()]
    expression = {"full": "Naf,Mbf->NMab", "trace": "Naf,Maf->NM", "diagonal": "Naf,Maf->NMa"}[compute]
    result = torch.stack([torch.einsum(expression, j1, j2) for j1, j2 in zip(jac1, jac2)])
    return result.sum(0)


def kernel_by_products(func, params, x1, x2, compute="full"):
    def kernel_of(x1, x2):
        def at_first(params):
            return func(params, x1)

        def at_second(params):
            return func(params, x2)

        output, vjp_fn = vjp(at_first, params)

        def column(vec):
            vjps = vjp_fn(vec)
            _, jvps = jvp(at_second, (params,), vjps)
            return jvps

        basis = torch.eye(output.numel(), dtype=output.dtype, device=output.device).view(output.numel(), -1)
        return torch.vmap(column)(basis)

    result = torch.vmap(torch.vmap(kernel_of, (None, 0)), (0, None))(x1, x2)
    if compute == "full":
        return result
    return torch.einsum({"trace": "NMKK->NM", "diagonal": "NMKK->NMK"}[compute], result)


full = kernel_by_jacobians(of_one, params, x_train, x_test)
print(full.shape, full[0, 0])
again = kernel_by_products(of_one, params, x_train, x_test)
print(torch.allclose(full, again, atol=1e-4))
trace = kernel_by_jacobians(of_one, params, x_train, x_train, "trace")
print(trace, torch.linalg.eigvalsh(trace).min() > 0)
print(kernel_by_products(of_one, params, x_train, x_test, "trace"))
targets = torch.tensor([1.0, -1.0, 0.5, 0.0])
weights = torch.linalg.solve(trace + 0.1 * torch.eye(4), targets)
print(weights, kernel_by_jacobians(of_one, params, x_test, x_train, "trace") @ weights)
