"""Many models at once: their states stacked, one function mapped over models and batches."""

import copy
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, stack_module_state, vmap


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 8)
        self.fc2 = nn.Linear(8, 8)
        self.fc3 = nn.Linear(8, 3)

    def forward(self, x):
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


torch.manual_seed(0)
count = 4
data, targets = torch.randn(count, 5, 1, 3, 4), torch.randint(3, (20,))
models = [Net() for _ in range(count)]
batches = data[:count]
one_by_one = [model(batch) for model, batch in zip(models, batches)]
batch = data[0]
of_one_by_one = [model(batch) for model in models]
params, buffers = stack_module_state(models)
print({name: tuple(each.shape) for name, each in params.items()}, buffers)
form = copy.deepcopy(models[0])
form = form.to("meta")


def run(params, buffers, x):
    return functional_call(form, (params, buffers), (x,))


together = vmap(run)(params, buffers, batches)
print(torch.allclose(together, torch.stack(one_by_one), atol=1e-5, rtol=1e-4))
of_one_batch = vmap(run, in_dims=(0, 0, None))(params, buffers, batch)
print(torch.allclose(of_one_batch, torch.stack(of_one_by_one), atol=1e-5, rtol=1e-4), of_one_batch.shape)
print(of_one_batch.mean(0).softmax(-1)[0], of_one_batch.std(0)[0])


def loss(params, buffers, x, t):
    return F.cross_entropy(run(params, buffers, x), t)


grads = vmap(torch.func.grad(loss))(params, buffers, batches, targets.view(4, 5))
print({name: (tuple(each.shape), round(each.norm().item(), 4)) for name, each in grads.items()})


@partial(vmap, in_dims=(0, None))
def scaled(row, factor):
    return row * factor


print(scaled(torch.arange(6.0).view(2, 3), torch.tensor(2.0)))
print(vmap(vmap(torch.dot))(torch.ones(2, 3, 4), torch.ones(2, 3, 4)))
print(vmap(torch.outer, in_dims=(1, None), out_dims=2)(torch.arange(6.0).view(3, 2), torch.ones(2)).shape)
