"""The same letters by networks of several kinds behind one interface: averaged, recurrent, gated."""

import torch
import torch.nn as nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from torch.utils.data.dataloader import DataLoader

WORDS = "anna otto hannah bob eve ada noon level radar civic madam refer".split()


class Letters(Dataset):
    def __init__(self, words):
        self.words = words
        self.chars = sorted(set("".join(words)))
        self.length = max(len(w) for w in words)
        self.stoi = {ch: i + 1 for i, ch in enumerate(self.chars)}
        self.itos = {i: s for s, i in self.stoi.items()}

    def __len__(self):
        return len(self.words)

    def count(self):
        return len(self.chars) + 1

    def longest(self):
        return self.length + 1

    def encode(self, word):
        return torch.tensor([self.stoi[w] for w in word], dtype=torch.long)

    def __getitem__(self, idx):
        ix = self.encode(self.words[idx])
        x = torch.zeros(self.length + 1, dtype=torch.long)
        y = torch.zeros(self.length + 1, dtype=torch.long)
        x[1 : 1 + len(ix)] = ix
        y[: len(ix)] = ix
        y[len(ix) + 1 :] = -1
        return x, y


class Averaged(nn.Module):
    def __init__(self, length):
        super().__init__()
        self.register_buffer("bias", torch.tril(torch.ones(length, length)).view(1, length, length))

    def forward(self, x):
        B, T, C = x.size()
        att = torch.zeros((B, T, T), device=x.device)
        att = att.masked_fill(self.bias[:, :T, :T] == 0, float("-inf"))
        return F.softmax(att, dim=-1) @ x


class Bag(nn.Module):
    def __init__(self, size, length, width=12):
        super().__init__()
        self.tokens, self.places = nn.Embedding(size, width), nn.Embedding(length, width)
        self.average = Averaged(length)
        self.mlp = nn.ModuleDict(dict(widen=nn.Linear(width, width), narrow=nn.Linear(width, width)))
        self.inside = lambda x: self.mlp.narrow(F.tanh(self.mlp.widen(x)))
        self.to_letters = nn.Linear(width, size)

    def forward(self, idx):
        pos = torch.arange(0, idx.shape[1], dtype=torch.long).unsqueeze(0)
        x = self.tokens(idx) + self.places(pos)
        x = x + self.average(x)
        return self.to_letters(x + self.inside(x))


class Plain(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mix = nn.Linear(2 * width, width)

    def forward(self, letter, state):
        return F.tanh(self.mix(torch.cat([letter, state], dim=1)))


class Gated(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.keep, self.reset, self.propose = (nn.Linear(2 * width, width) for _ in range(3))

    def forward(self, letter, state):
        xh = torch.cat([letter, state], dim=1)
        r = F.sigmoid(self.reset(xh))
        proposed = F.tanh(self.propose(torch.cat([letter, r * state], dim=1)))
        z = F.sigmoid(self.keep(xh))
        return (1 - z) * state + z * proposed


class Recurrent(nn.Module):
    def __init__(self, size, length, cell, width=12):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(1, width))
        self.tokens = nn.Embedding(size, width)
        self.cell = cell(width)
        self.to_letters = nn.Linear(width, size)

    def forward(self, idx):
        b, t = idx.size()
        emb = self.tokens(idx)
        state = self.start.expand((b, -1))
        states = []
        for i in range(t):
            state = self.cell(emb[:, i, :], state)
            states.append(state)
        return self.to_letters(torch.stack(states, 1))


class Bigram(nn.Module):
    def __init__(self, size, length):
        super().__init__()
        self.logits = nn.Parameter(torch.zeros((size, size)))

    def forward(self, idx):
        return self.logits[idx]


def loss_of(model, x, y):
    logits = model(x)
    return F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1), ignore_index=-1)


def sample(model, dataset, count):
    idx = torch.zeros(count, 1, dtype=torch.long)
    for _ in range(dataset.longest() - 1):
        probs = F.softmax(model(idx)[:, -1, :], dim=-1)
        idx = torch.cat((idx, torch.multinomial(probs, num_samples=1)), dim=1)
    rows = (row[: row.index(0)] if 0 in row else row for row in idx[:, 1:].tolist())
    return ["".join(dataset.itos[i] for i in row) for row in rows]


torch.manual_seed(3407)
permutation = torch.randperm(len(WORDS)).tolist()
train_words = [WORDS[i] for i in permutation[:-3]]
train_dataset, test_dataset = Letters(train_words), [WORDS[i] for i in permutation[-3:]]
print(train_words, test_dataset)
size, length = train_dataset.count(), train_dataset.longest()
for name, make in {
    "bigram": lambda: Bigram(size, length),
    "bag": lambda: Bag(size, length),
    "rnn": lambda: Recurrent(size, length, Plain),
    "gru": lambda: Recurrent(size, length, Gated),
}.items():
    torch.manual_seed(1)
    model = make()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-1, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8)
    sampler = torch.utils.data.RandomSampler(train_dataset, replacement=True, num_samples=int(16))
    loader = iter(DataLoader(train_dataset, batch_size=4, sampler=sampler, pin_memory=False))
    losses = []
    while True:
        try:
            X, Y = next(loader)
        except StopIteration:
            break
        loss = loss_of(model, X, Y)
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(f"{loss.item():.4f}")
    print(name, sum(p.numel() for p in model.parameters()), losses)
    with torch.inference_mode():
        print(sample(model, train_dataset, 3))
