"""Two LSTM cells continue waves, trained by L-BFGS in double precision with a closure."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


class Waves(nn.Module):
    def __init__(self, size=8):
        super(Waves, self).__init__()
        self.size = size
        self.first = nn.LSTMCell(1, size)
        self.second = nn.LSTMCell(size, size)
        self.linear = nn.Linear(size, 1)

    def forward(self, input, future=0):
        outputs = []
        h_t = torch.zeros(input.size(0), self.size, dtype=torch.double)
        c_t = torch.zeros(input.size(0), self.size, dtype=torch.double)
        h_t2 = torch.zeros(input.size(0), self.size, dtype=torch.double)
        c_t2 = torch.zeros(input.size(0), self.size, dtype=torch.double)
        for input_t in input.split(1, dim=1):
            h_t, c_t = self.first(input_t, (h_t, c_t))
            h_t2, c_t2 = self.second(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        for i in range(future):
            h_t, c_t = self.first(output, (h_t, c_t))
            h_t2, c_t2 = self.second(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        return torch.cat(outputs, dim=1)


np.random.seed(0)
torch.manual_seed(0)
T, L, N = 5, 20, 6
x = np.empty((N, L), "int64")
x[:] = np.array(range(L)) + np.random.randint(-4 * T, 4 * T, N).reshape(N, 1)
data = np.sin(x / 1.0 / T).astype("float64")
input, target = torch.from_numpy(data[2:, :-1]), torch.from_numpy(data[2:, 1:])
test_input, test_target = torch.from_numpy(data[:2, :-1]), torch.from_numpy(data[:2, 1:])
waves = Waves()
waves.double()
criterion = nn.MSELoss()
optimizer = optim.LBFGS(waves.parameters(), lr=0.8, max_iter=4)
for i in range(2):
    print("STEP:", i)

    def closure():
        optimizer.zero_grad()
        out = waves(input)
        loss = criterion(out, target)
        print("loss:", loss.item())
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        future = 5
        pred = waves(test_input, future=future)
        loss = criterion(pred[:, :-future], test_target)
        print("test loss:", loss.item())
        print(pred.detach().numpy()[0, -3:].round(5))
