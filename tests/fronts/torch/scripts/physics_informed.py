"""y'' + y = 0 by a network, with second derivatives by grad."""

import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
t = torch.linspace(0, 1, 20, requires_grad=True).reshape(-1, 1)
for epoch in range(60):
    optimizer.zero_grad()
    y = net(t)
    dy = torch.autograd.grad(y, t, grad_outputs=torch.ones_like(y), create_graph=True)[0]
    d2y = torch.autograd.grad(dy, t, grad_outputs=torch.ones_like(dy), create_graph=True)[0]
    residual = ((d2y + y) ** 2).mean()
    boundary = net(torch.zeros(1, 1)) ** 2 + (net(torch.ones(1, 1)) - torch.sin(torch.ones(1, 1))) ** 2
    loss = residual + boundary.squeeze()
    loss.backward(retain_graph=True)
    optimizer.step()
    if epoch % 20 == 0:
        print(f"{epoch}: {loss.item():.5f}")
print(net(torch.tensor([[0.5]])).item())
