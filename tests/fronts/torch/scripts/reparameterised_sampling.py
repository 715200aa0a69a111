"""Samples that differentiate in mean and deviation, and an evidence bound."""

import torch

torch.manual_seed(0)
mu = torch.tensor([0.5, -0.5], requires_grad=True)
log_sigma = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.Adam([mu, log_sigma], lr=0.05)
target = torch.tensor([1.0, 2.0])
for step in range(60):
    sigma = torch.exp(log_sigma)
    epsilon = torch.randn_like(sigma)
    z = mu + sigma * epsilon
    kl = 0.5 * (sigma**2 + mu**2 - 1 - 2 * log_sigma).sum()
    loss = ((z - target) ** 2).sum() * 2 + kl
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(mu.data, log_sigma.data, loss.item())
