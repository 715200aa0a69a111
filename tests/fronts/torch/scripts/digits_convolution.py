"""Small pictures of digits, told apart by a convolutional network: training and test loops, dropout, a schedule."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

SEGMENTS = {0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd", 6: "afgedc", 7: "abc", 8: "abcdefg"}
PLACES = {
    "a": (slice(1, 3), slice(3, 9)), "b": (slice(2, 6), slice(8, 10)), "c": (slice(6, 10), slice(8, 10)),
    "d": (slice(9, 11), slice(3, 9)), "e": (slice(6, 10), slice(2, 4)), "f": (slice(2, 6), slice(2, 4)),
    "g": (slice(5, 7), slice(3, 9)),
}  # fmt: skip


def draw(count):
    images, labels = torch.zeros(count, 1, 12, 12), torch.randint(0, 9, (count,))
    for image, label in zip(images, labels):
        for segment in SEGMENTS[label.item()]:
            image[0][PLACES[segment]] = 1.0
    return images + 0.2 * torch.randn_like(images), labels


class Reader(nn.Module):
    def __init__(self):
        super(Reader, self).__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, 1)
        self.conv2 = nn.Conv2d(4, 8, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(128, 32)
        self.fc2 = nn.Linear(32, 9)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = self.dropout2(x)
        return F.log_softmax(self.fc2(x), dim=1)


def train(args, model, device, loader, optimizer, epoch):
    model.train()
    for number, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        if number % args.log_interval == 0:
            done, share = number * len(data), 100.0 * number / len(loader)
            print(f"epoch {epoch}, {done} of {len(loader.dataset)} ({share:.0f}%): loss {loss.item():.6f}")


def test(model, device, loader):
    model.eval()
    total, correct = 0, 0
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            total += F.nll_loss(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    total /= len(loader.dataset)
    print(f"tested: loss {total:.4f}, {correct} of {len(loader.dataset)} right")


def main():
    parser = argparse.ArgumentParser(description="digits")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1.0)
    parser.add_argument("--gamma", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-interval", type=int, default=3)
    args = parser.parse_args([])
    use_cuda = torch.cuda.is_available()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if use_cuda else "cpu")
    kwargs = {"batch_size": args.batch_size}
    if use_cuda:
        kwargs.update({"num_workers": 1, "pin_memory": True})
    training = DataLoader(TensorDataset(*draw(256)), shuffle=True, **kwargs)
    testing = DataLoader(TensorDataset(*draw(64)), **kwargs)
    model = Reader().to(device)
    print(model)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    for epoch in range(1, args.epochs + 1):
        train(args, model, device, training, optimizer, epoch)
        test(model, device, testing)
        scheduler.step()
    print(scheduler.get_last_lr())


if __name__ == "__main__":
    main()
