"""A convolutional classifier, batches from a loader, a schedule, clipping, saving and loading."""

import os
import tempfile

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(2)
images = torch.randn(60, 1, 8, 8)
labels = (images.mean(dim=(1, 2, 3)) > 0).long()
train, test = random_split(TensorDataset(images, labels), [48, 12])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 4 * 4, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv1(x))), 2)
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = Net().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
for epoch in range(3):
    model.train()
    total = 0.0
    for data, target in DataLoader(train, batch_size=16, shuffle=True):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * data.size(0)
    scheduler.step()
    print(f"epoch {epoch}: {total / len(train):.4f}, norm {norm:.4f}, rate {scheduler.get_last_lr()[0]:.5f}")
model.eval()
correct = 0
with torch.no_grad():
    for data, target in DataLoader(test, batch_size=6):
        prediction = model(data).argmax(dim=1, keepdim=True)
        correct += prediction.eq(target.view_as(prediction)).sum().item()
print(correct, len(test))
path = os.path.join(tempfile.mkdtemp(), "net.pt")
torch.save(model.state_dict(), path)
other = Net()
print(other.load_state_dict(torch.load(path)))
other.eval()
print(torch.equal(other(images), model(images)), list(model.state_dict()))
