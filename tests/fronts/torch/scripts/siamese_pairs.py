"""Twins with the same weights learn which shapes are alike; triplets, contrastive and cosine losses."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __init__(self, per_class=8, classes=3):
        super().__init__()
        generator = torch.Generator().manual_seed(11)
        self.centres = torch.randn(classes, 10, generator=generator)
        self.data = self.centres.repeat_interleave(per_class, 0)
        self.data = self.data + 0.3 * torch.randn(self.data.shape, generator=generator)
        self.targets = torch.arange(classes).repeat_interleave(per_class)
        self.members_of = {i: torch.where(self.targets == i)[0] for i in range(classes)}

    def __len__(self):
        return self.data.shape[0]

    def __getitem__(self, index):
        one, kind = self.data[index], self.targets[index].item()
        alike = index % 2 == 0
        other_kind = kind if alike else (kind + 1 + index % 2) % 3
        members = self.members_of[other_kind]
        other = self.data[members[(index * 5) % len(members)]]
        return one, other, torch.tensor(float(alike))


class Twins(nn.Module):
    def __init__(self):
        super(Twins, self).__init__()
        self.tower = nn.Sequential(nn.Linear(10, 16), nn.ReLU(inplace=True), nn.Linear(16, 6))
        self.compare = nn.Sequential(nn.Linear(12, 8), nn.ReLU(inplace=True), nn.Linear(8, 1))
        self.sigmoid = nn.Sigmoid()
        self.tower.apply(self.start)
        self.compare.apply(self.start)

    def start(self, m):
        if isinstance(m, nn.Linear):
            torch.nn.init.xavier_uniform_(m.weight)
            m.bias.data.fill_(0.01)

    def embed(self, x):
        return self.tower(x)

    def forward(self, input1, input2):
        output1, output2 = self.embed(input1), self.embed(input2)
        return self.sigmoid(self.compare(torch.cat((output1, output2), 1)))


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        distance = F.pairwise_distance(output1, output2)
        return torch.mean(label * distance.pow(2) + (1 - label) * torch.clamp(self.margin - distance, min=0.0).pow(2))


torch.manual_seed(1)
dataset = Pairs()
loader = DataLoader(dataset, batch_size=6, shuffle=True)
model = Twins()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.BCELoss()
for epoch in range(2):
    for one, other, targets in loader:
        optimizer.zero_grad()
        outputs = model(one, other).squeeze()
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
    pred = torch.where(outputs > 0.5, 1, 0)
    print(epoch, f"{loss.item():.4f}", pred.eq(targets.view_as(pred)).sum().item(), len(pred))
contrastive, triplet = ContrastiveLoss(2.0), nn.TripletMarginLoss(margin=1.0, p=2)
cosine = nn.CosineEmbeddingLoss(margin=0.2)
for step in range(3):
    anchors, positives, negatives = dataset.data[:8], dataset.data[4:12].flip(0), dataset.data[16:24]
    a, p, n = map(model.embed, (anchors, positives, negatives))
    losses = [
        contrastive(a, n, torch.zeros(8)) + contrastive(a, p, torch.ones(8)),
        triplet(a, p, n),
        cosine(a, p, torch.ones(8)) + cosine(a, n, -torch.ones(8)),
    ]
    optimizer.zero_grad()
    sum(losses).backward()
    optimizer.step()
    print([round(each.item(), 4) for each in losses])
with torch.no_grad():
    embedded = F.normalize(model.embed(dataset.data), dim=1)
    alike = embedded @ embedded.T
    print(alike[0, :4], F.cosine_similarity(embedded[0], embedded[20], dim=0), torch.cdist(embedded[:2], embedded[2:4]))
