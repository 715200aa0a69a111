"""A model of words with an LSTM: a corpus in columns, truncated backpropagation, clipped gradients, perplexity."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

TEXT = """the fox runs over the hill and the dog runs after the fox
the hill is green and the fox is red
after the rain the dog sleeps and the fox runs over the green hill
the rain is over and the hill is green""".replace("\n", " <eos> ")


class Vocabulary(object):
    def __init__(self):
        self.number_of = {}
        self.words = []

    def add(self, word):
        if word not in self.number_of:
            self.words.append(word)
            self.number_of[word] = len(self.words) - 1
        return self.number_of[word]

    def __len__(self):
        return len(self.words)


class Words(nn.Module):
    def __init__(self, rnn_type, count, width, inside, layers, dropout=0.5, tie_weights=False):
        super(Words, self).__init__()
        self.count, self.inside, self.layers = count, inside, layers
        self.drop = nn.Dropout(dropout)
        self.embed = nn.Embedding(count, width)
        self.rnn = getattr(nn, rnn_type)(width, inside, layers, dropout=dropout)
        self.predict = nn.Linear(inside, count)
        if tie_weights:
            self.predict.weight = self.embed.weight
        self.start()

    def start(self):
        bound = 0.1
        nn.init.uniform_(self.embed.weight, -bound, bound)
        nn.init.zeros_(self.predict.bias)
        nn.init.uniform_(self.predict.weight, -bound, bound)

    def forward(self, input, hidden):
        emb = self.drop(self.embed(input))
        output, hidden = self.rnn(emb, hidden)
        decoded = self.predict(self.drop(output)).view(-1, self.count)
        return F.log_softmax(decoded, dim=1), hidden

    def first_state(self, columns):
        weight = next(self.parameters())
        shape = self.layers, columns, self.inside
        return (weight.new_zeros(*shape), weight.new_zeros(*shape))


def in_columns(data, columns):
    rows = data.size(0) // columns
    data = data.narrow(0, 0, rows * columns)
    return data.view(columns, -1).t().contiguous()


def let_go(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(let_go(v) for v in h)


def part_at(source, i, steps):
    seq_len = min(steps, len(source) - 1 - i)
    return source[i : i + seq_len], source[i + 1 : i + 1 + seq_len].view(-1)


torch.manual_seed(1111)
vocabulary = Vocabulary()
ids = torch.tensor([vocabulary.add(word) for word in TEXT.split()]).type(torch.int64)
train_data = in_columns(ids, 4)
print(len(vocabulary), train_data.shape)
model = Words("LSTM", len(vocabulary), 12, 12, 2, dropout=0.2, tie_weights=True)
criterion = nn.NLLLoss()
lr = 5.0
for epoch in range(3):
    model.train()
    total_loss, hidden = 0.0, model.first_state(4)
    for batch, i in enumerate(range(0, train_data.size(0) - 1, 5)):
        data, targets = part_at(train_data, i, 5)
        model.zero_grad()
        hidden = let_go(hidden)
        output, hidden = model(data, hidden)
        loss = criterion(output, targets)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)
        total_loss += loss.item()
    average = total_loss / (batch + 1)
    print(f"{epoch}: rate {lr:.2f}, loss {average:.4f}, perplexity {math.exp(average):.4f}, norm {norm:.4f}")
    lr /= 4.0
model.eval()
hidden, word = model.first_state(1), torch.randint(len(vocabulary), (1, 1), dtype=torch.long)
with torch.no_grad():
    said = []
    for _ in range(8):
        output, hidden = model(word, hidden)
        weights = output.squeeze().div(1.0).exp().cpu()
        index = torch.multinomial(weights, 1)[0]
        word.fill_(index)
        said.append(vocabulary.words[index])
print(" ".join(said))
