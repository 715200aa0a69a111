"""The gradient of every sample: by a loop, by mapping, clipped one by one; and derivatives of functions of modules."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp, vmap


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, 1)
        self.conv2 = nn.Conv2d(3, 4, 3, 1)
        self.fc1 = nn.Linear(16, 8)
        self.fc2 = nn.Linear(8, 4)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


torch.manual_seed(0)
batch_size = 6
data, targets = torch.randn(batch_size, 1, 8, 8), torch.randint(4, (batch_size,))
model = Pictures()
loss_fn = F.nll_loss


def gradient_of(sample, target):
    prediction = model(sample.unsqueeze(0))
    loss = loss_fn(prediction, target.unsqueeze(0))
    return torch.autograd.grad(loss, list(model.parameters()))


each = [gradient_of(data[i], targets[i]) for i in range(batch_size)]
looped = [torch.stack(shards) for shards in zip(*each)]
print([tuple(each.shape) for each in looped])
params = {k: v.detach() for k, v in model.named_parameters()}
buffers = {k: v.detach() for k, v in model.named_buffers()}


def loss_of(params, buffers, sample, target):
    predictions = functional_call(model, (params, buffers), (sample.unsqueeze(0),))
    return loss_fn(predictions, target.unsqueeze(0))


mapped = vmap(grad(loss_of), in_dims=(None, None, 0, 0))(params, buffers, data, targets)
for by_loop, by_map in zip(looped, mapped.values()):
    assert torch.allclose(by_loop, by_map, atol=3e-3, rtol=1e-5)
norms = torch.stack([g.flatten(1).norm(dim=1) for g in mapped.values()]).norm(dim=0)
print(norms)
clipped = {k: (g * (1 / norms.clamp(min=1.0)).view(-1, *[1] * (g.dim() - 1))).mean(0) for k, g in mapped.items()}
print({k: round(v.norm().item(), 4) for k, v in clipped.items()})
gradients, values = vmap(grad_and_value(loss_of), in_dims=(None, None, 0, 0))(params, buffers, data, targets)
print(values, gradients["fc2.bias"][0])


def predict(weight, bias, x):
    return F.linear(x, weight, bias).tanh()


weight, bias, x = torch.randn(3, 4), torch.randn(3), torch.randn(4)
jacobian = jacrev(predict, argnums=2)(weight, bias, x)
print(torch.allclose(jacobian, jacfwd(predict, argnums=2)(weight, bias, x), atol=1e-6), jacobian.shape)
by_two = jacrev(predict, argnums=(0, 1))(weight, bias, x)
print([tuple(each.shape) for each in by_two])
print(hessian(lambda x: predict(weight, bias, x).sum())(x).shape, jacfwd(jacrev(torch.sin))(x).diagonal(0, 0, 1).sum())
print(jvp(lambda x: predict(weight, bias, x), (x,), (torch.ones(4),))[1])
out, pullback = vjp(lambda x: predict(weight, bias, x), x)
print(pullback(torch.ones(3))[0], vmap(pullback)(torch.eye(3))[0].shape)
xs = torch.randn(5, 4)
print(vmap(jacrev(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, xs).shape)
print(grad(lambda params: sum((p**2).sum() for p in params.values()))({"a": x, "b": bias})["b"])
