"""Linear regression by a module, a loss and an optimizer, a hundred epochs."""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(1)
X = torch.randn(100, 1)
y = 2 * X + 1 + 0.1 * torch.randn(100, 1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)


model = Model()
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.05)
for epoch in range(100):
    optimizer.zero_grad()
    loss = criterion(model(X), y)
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 20 == 0:
        print(f"Epoch {epoch + 1}/100, Loss: {loss.item():.4f}")
print(model.linear.weight.item(), model.linear.bias.item())
for name, parameter in model.named_parameters():
    print(name, parameter.data, parameter.shape)
