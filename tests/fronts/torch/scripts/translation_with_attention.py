"""Numbers turned round by an encoder and a decoder that attends: padded batches, packed sequences, teacher forcing."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

PAD, SOS, EOS = 0, 1, 2
random.seed(5)
torch.manual_seed(5)


def pair():
    digits = [random.randrange(3, 9) for _ in range(random.randrange(2, 5))]
    return torch.tensor(digits + [EOS]), torch.tensor(digits[::-1] + [EOS])


class Reader(nn.Module):
    def __init__(self, input_size, hidden_size, dropout_p=0.1):
        super(Reader, self).__init__()
        self.embedding = nn.Embedding(input_size, hidden_size, padding_idx=PAD)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, input, lengths):
        embedded = self.dropout(self.embedding(input))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        output, hidden = self.gru(packed)
        output, _ = pad_packed_sequence(output, batch_first=True)
        return output, hidden


class Attention(nn.Module):
    def __init__(self, hidden_size):
        super(Attention, self).__init__()
        self.of_query, self.of_keys = nn.Linear(hidden_size, hidden_size), nn.Linear(hidden_size, hidden_size)
        self.to_score = nn.Linear(hidden_size, 1)

    def forward(self, query, keys, mask):
        scores = self.to_score(torch.tanh(self.of_query(query) + self.of_keys(keys)))
        scores = scores.squeeze(2).unsqueeze(1).masked_fill(~mask.unsqueeze(1), -1e9)
        weights = F.softmax(scores, dim=-1)
        return torch.bmm(weights, keys), weights


class Writer(nn.Module):
    def __init__(self, hidden_size, output_size):
        super(Writer, self).__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attention = Attention(hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, read, first_state, mask, answer=None, steps=5):
        word = torch.empty(read.size(0), 1, dtype=torch.long).fill_(SOS)
        state, written, attentions = first_state, [], []
        for i in range(steps if answer is None else answer.size(1)):
            query = state.permute(1, 0, 2)
            context, weights = self.attention(query, read, mask)
            together = torch.cat((self.embedding(word), context), dim=2)
            output, state = self.gru(together, state)
            written.append(self.out(output))
            attentions.append(weights)
            if answer is not None:
                word = answer[:, i].unsqueeze(1)
            else:
                _, best = written[-1].topk(1)
                word = best.squeeze(-1).detach()
        return F.log_softmax(torch.cat(written, dim=1), dim=-1), torch.cat(attentions, dim=1)


encoder, decoder = Reader(9, 16), Writer(16, 9)
optimizers = [torch.optim.Adam(net.parameters(), lr=0.01) for net in (encoder, decoder)]
criterion = nn.NLLLoss(ignore_index=PAD)
for step in range(6):
    sources, targets = zip(*(pair() for _ in range(8)))
    lengths = torch.tensor([len(each) for each in sources])
    source, target = (pad_sequence(each, batch_first=True, padding_value=PAD) for each in (sources, targets))
    for optimizer in optimizers:
        optimizer.zero_grad()
    outputs, hidden = encoder(source, lengths)
    predicted, attentions = decoder(outputs, hidden, source != PAD, target)
    loss = criterion(predicted.view(-1, predicted.size(-1)), target.view(-1))
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    if step % 2 == 0:
        print(step, round(loss.item(), 5), tuple(attentions.shape), attentions[0, 0])
encoder.eval()
with torch.no_grad():
    outputs, hidden = encoder(source[:2], lengths[:2])
    predicted, _ = decoder(outputs, hidden, (source != PAD)[:2, : outputs.size(1)])
    print(predicted.argmax(-1), predicted.exp().sum(-1)[0])
