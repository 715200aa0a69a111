"""MAML on sinusoids, with second derivatives through the inner step."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
meta_optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


def forward(x, params):
    hidden = torch.relu(x @ params[0].t() + params[1])
    return hidden @ params[2].t() + params[3]


for iteration in range(10):
    meta_loss = 0.0
    for task in range(3):
        amplitude, phase = torch.rand(1) * 4 + 1, torch.rand(1) * 3
        x = torch.rand(10, 1) * 10 - 5
        y = amplitude * torch.sin(x + phase)
        params = [p.clone() for p in model.parameters()]
        support_loss = ((forward(x[:5], params) - y[:5]) ** 2).mean()
        grads = torch.autograd.grad(support_loss, params, create_graph=True)
        adapted = [p - 0.01 * g for p, g in zip(params, grads)]
        query_loss = ((forward(x[5:], adapted) - y[5:]) ** 2).mean()
        meta_loss += query_loss
    meta_optimizer.zero_grad()
    meta_loss.backward()
    meta_optimizer.step()
    print(f"{meta_loss.item():.4f}")
copy = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
for own, other in zip(copy.parameters(), model.parameters()):
    own.data.copy_(other.data)
print(torch.allclose(copy(torch.ones(1, 1)), model(torch.ones(1, 1))))
