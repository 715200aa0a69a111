"""Actor and critic: one network says what to do and what to expect; a pole is kept upright."""

import math
from collections import namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

Chosen = namedtuple("Chosen", ["log_prob", "value"])


class Pole:
    def reset(self):
        self.angle, self.speed = [float(x) for x in torch.empty(2).uniform_(-0.05, 0.05)]
        return torch.tensor([self.angle, self.speed])

    def step(self, action):
        push = 1.5 if action == 1 else -1.5
        self.speed += 0.05 * (9.8 * math.sin(self.angle) + push * math.cos(self.angle))
        self.angle += 0.05 * self.speed
        return torch.tensor([self.angle, self.speed]), 1.0, abs(self.angle) > 0.3


class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.first = nn.Linear(2, 32)
        self.to_actions = nn.Linear(32, 2)
        self.to_value = nn.Linear(32, 1)
        self.chosen = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.first(x))
        return F.softmax(self.to_actions(x), dim=-1), self.to_value(x)


torch.manual_seed(7)
env, model = Pole(), Policy()
optimizer = optim.Adam(model.parameters(), lr=3e-2)


def choose(state):
    probs, worth = model(state.float())
    m = Categorical(probs)
    action = m.sample()
    model.chosen.append(Chosen(m.log_prob(action), worth))
    return action.item()


def learn():
    R, of_actions, of_values, returns = 0, [], [], []
    for r in model.rewards[::-1]:
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-7)
    for (log_prob, value), R in zip(model.chosen, returns):
        advantage = R - value.item()
        of_actions.append(-log_prob * advantage)
        of_values.append(F.smooth_l1_loss(value, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(of_actions).sum() + torch.stack(of_values).sum()
    loss.backward()
    optimizer.step()
    del model.rewards[:]
    del model.chosen[:]
    return loss.item()


for episode in range(8):
    state, total = env.reset(), 0
    for _ in range(60):
        state, reward, done = env.step(choose(state))
        model.rewards.append(reward)
        total += reward
        if done:
            break
    print(f"Episode {episode}: length {total:.0f}, loss {learn():.4f}")
