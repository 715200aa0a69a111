"""Small pictures made larger by rearranging channels; a network that chooses where to look by an affine grid."""

from math import log10

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
import torch.optim as optim


class Enlarger(nn.Module):
    def __init__(self, factor):
        super(Enlarger, self).__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 8, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(8, factor**2, (3, 3), (1, 1), (1, 1))
        self.rearrange = nn.PixelShuffle(factor)
        self.start()

    def forward(self, x):
        return self.rearrange(self.conv2(self.relu(self.conv1(x))))

    def start(self):
        init.orthogonal_(self.conv1.weight, init.calculate_gain("relu"))
        init.kaiming_normal_(self.conv2.weight, mode="fan_out", nonlinearity="relu")
        init.zeros_(self.conv2.bias)


torch.manual_seed(123)
grid = torch.stack(torch.meshgrid(torch.linspace(0, 6, 12), torch.linspace(0, 6, 12), indexing="ij"))
waves = torch.randn(8, 2, 1, 1)
large = torch.sin((waves * grid).sum(1, keepdim=True))
small = F.interpolate(large, scale_factor=0.5, mode="bilinear", align_corners=False)
print(small.shape, F.interpolate(small, size=(12, 12), mode="nearest").sub(large).abs().mean())
model = Enlarger(factor=2)
gain = model.conv1.weight.flatten(1)
print((gain @ gain.T).diagonal()[:2], model.conv2.weight.std())
criterion, optimizer = nn.MSELoss(), optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    epoch_loss = 0
    for input, target in zip(small.split(2), large.split(2)):
        optimizer.zero_grad()
        loss = criterion(model(input), target)
        epoch_loss += loss.item()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        mse = criterion(model(small), large)
    print(f"Epoch {epoch}: loss {epoch_loss / 4:.4f}, PSNR {10 * log10(1 / mse.item()):.4f} dB")


class Spatial(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(1, 3, 5), nn.MaxPool2d(2, stride=2), nn.ReLU(True))
        self.choose = nn.Sequential(nn.Linear(3 * 4 * 4, 8), nn.ReLU(True), nn.Linear(8, 3 * 2))
        self.choose[2].weight.data.zero_()
        self.choose[2].bias.data.copy_(torch.tensor([0.9, 0.1, 0.03, -0.1, 0.95, 0.02]))

    def forward(self, x):
        xs = self.look(x)
        theta = self.choose(xs.view(-1, 48)).view(-1, 2, 3)
        return F.grid_sample(x, F.affine_grid(theta, x.size(), align_corners=False), align_corners=False)


spatial = Spatial()
print((spatial(large) - large).abs().mean())
optimizer = optim.SGD(spatial.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = F.mse_loss(spatial(large), large.flip(-1))
    loss.backward()
    optimizer.step()
    print(round(loss.item(), 5), spatial.choose[2].bias.data)
