"""An LSTM that learns a sine, and an autoencoder."""

import torch
import torch.nn as nn

torch.manual_seed(0)


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.linear(out)


t = torch.linspace(0, 6.28, 21)
data = torch.sin(t).reshape(1, -1, 1)
model = Sequence()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
criterion = nn.MSELoss()
for i in range(20):
    optimizer.zero_grad()
    loss = criterion(model(data[:, :-1]), data[:, 1:])
    loss.backward()
    optimizer.step()
print(loss.item())
gru, rnn = nn.GRU(2, 3, num_layers=2), nn.RNN(2, 3)
x = torch.randn(4, 1, 2)
print(gru(x)[0][-1], rnn(x)[1].shape)
encoder, decoder = nn.Sequential(nn.Linear(6, 2), nn.ELU()), nn.Linear(2, 6)
optimizer = torch.optim.RMSprop([*encoder.parameters(), *decoder.parameters()], lr=0.01)
x = torch.rand(16, 6)
for i in range(20):
    loss = nn.functional.smooth_l1_loss(decoder(encoder(x)), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
