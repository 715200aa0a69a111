"""An autoencoder with a latent distribution: reparameterised draws, reconstruction and divergence, samples."""

import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.first = nn.Linear(36, 20)
        self.to_mean = nn.Linear(20, 3)
        self.to_spread = nn.Linear(20, 3)
        self.third = nn.Linear(3, 20)
        self.last = nn.Linear(20, 36)

    def encode(self, x):
        h1 = F.relu(self.first(x))
        return self.to_mean(h1), self.to_spread(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.last(F.relu(self.third(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 36))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def bound(redrawn, x, mu, logvar):
    reconstruction = F.binary_cross_entropy(redrawn, x.view(-1, 36), reduction="sum")
    divergence = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return reconstruction + divergence


torch.manual_seed(1)
corner = torch.randint(0, 4, (96, 2))
images = torch.zeros(96, 1, 6, 6)
for image, (row, column) in zip(images, corner.tolist()):
    image[0, row : row + 3, column : column + 3] = 1
train_loader = torch.utils.data.DataLoader(images[:72], batch_size=24, shuffle=True)
model = VAE()
optimizer = optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(1, 4):
    model.train()
    total = 0
    for data in train_loader:
        optimizer.zero_grad()
        again, mu, logvar = model(data)
        loss = bound(again, data, mu, logvar)
        loss.backward()
        total += loss.item()
        optimizer.step()
    print(f"{epoch}: trained {total / len(train_loader.dataset):.4f}")
    model.eval()
    with torch.no_grad():
        again, mu, logvar = model(images[72:])
        print(f"tested {bound(again, images[72:], mu, logvar).item() / 24:.4f}")
        print(model.decode(torch.randn(2, 3)).view(2, 1, 6, 6)[:, 0, 2].round(decimals=3))
encoder, decoder = (
    nn.ModuleList([model.first, model.to_mean]),
    nn.Sequential(model.third, nn.ReLU(), model.last, nn.Sigmoid()),
)
print(sum(p.numel() for p in encoder.parameters()), decoder(mu).mean())
