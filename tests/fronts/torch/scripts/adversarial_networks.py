"""Two networks against each other: one makes small pictures from noise, the other tells them from real ones."""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(999)
noise_size, width, judge_width, batch = 6, 4, 4, 8
REAL, PAINTED = 1.0, 0.0


def start(m):
    kind = m.__class__.__name__
    if kind.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif kind.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Painter(nn.Module):
    def __init__(self):
        super(Painter, self).__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(noise_size, width * 2, 3, 1, 0, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 2, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(True),
            nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, input):
        return self.layers(input)


class Judge(nn.Module):
    def __init__(self):
        super(Judge, self).__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, judge_width, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(judge_width, judge_width * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(judge_width * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(judge_width * 2, 1, 3, 1, 0, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, input):
        return self.layers(input).view(-1, 1).squeeze(1)


def stripes(count):
    phase, slope = torch.rand(count, 1, 1) * 6, torch.randn(count, 1, 1)
    grid = torch.arange(12.0)
    return torch.sin(phase + 0.8 * (grid[None, :, None] + slope * grid[None, None, :])).unsqueeze(1)


painter, judge = Painter(), Judge()
painter.apply(start)
judge.apply(start)
print(painter)
criterion = nn.BCELoss()
same_noise = torch.randn(4, noise_size, 1, 1)
judge_steps = optim.Adam(judge.parameters(), lr=0.002, betas=(0.5, 0.999))
painter_steps = optim.Adam(painter.parameters(), lr=0.002, betas=(0.5, 0.999))
for i in range(5):
    judge.zero_grad()
    label = torch.full((batch,), REAL, dtype=torch.float)
    output = judge(stripes(batch))
    on_real = criterion(output, label)
    on_real.backward()
    said_of_real = output.mean().item()
    painted = painter(torch.randn(batch, noise_size, 1, 1))
    label.fill_(PAINTED)
    output = judge(painted.detach())
    on_painted = criterion(output, label)
    on_painted.backward()
    said_before = output.mean().item()
    of_judge = on_real + on_painted
    judge_steps.step()
    painter.zero_grad()
    label.fill_(REAL)
    output = judge(painted)
    of_painter = criterion(output, label)
    of_painter.backward()
    said_after = output.mean().item()
    painter_steps.step()
    print(
        f"[{i}] Loss_D: {of_judge.item():.4f} Loss_G: {of_painter.item():.4f} D(x): {said_of_real:.4f} D(G(z)): {said_before:.4f}/{said_after:.4f}"
    )
painter.eval()
with torch.no_grad():
    painted = painter(same_noise).detach().cpu()
print(painted.shape, painted.mean(), painted[0, 0, 5, :4])
