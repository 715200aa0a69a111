"""Policy gradients: a walker in a corridor learns to go to its end."""

from collections import deque
from itertools import count

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical


class Corridor:
    """States 0 to 7; to the right is better, the wind blows now and then."""

    def reset(self):
        self.place, self.steps = 2, 0
        return self.state()

    def state(self):
        x = torch.zeros(8)
        x[self.place] = 1.0
        return x

    def step(self, action):
        self.steps += 1
        move = 1 if action == 1 else -1
        if torch.rand(1).item() < 0.1:
            move = -move
        self.place = min(max(self.place + move, 0), 7)
        done = self.place == 7 or self.steps == 40
        return self.state(), 10.0 if self.place == 7 else -0.1, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.dropout = nn.Dropout(p=0.2)
        self.second = nn.Linear(16, 2)
        self.chosen = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.first(x)))
        return F.softmax(self.second(x), dim=1)


torch.manual_seed(543)
env = Corridor()
policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=1e-2)
eps = 1.1920929e-07


def choose(state):
    probs = policy(state.unsqueeze(0))
    m = Categorical(probs)
    action = m.sample()
    policy.chosen.append(m.log_prob(action))
    return action.item()


def learn():
    R = 0
    losses = []
    returns = deque()
    for r in policy.rewards[::-1]:
        R = r + 0.95 * R
        returns.appendleft(R)
    returns = torch.tensor(returns)
    if len(returns) > 1:
        returns = (returns - returns.mean()) / (returns.std() + eps)
    for log_prob, R in zip(policy.chosen, returns):
        losses.append(-log_prob * R)
    optimizer.zero_grad()
    losses = torch.cat(losses).sum()
    losses.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.chosen[:]
    return losses.item()


average = 0.0
for episode in range(1, 13):
    state, total = env.reset(), 0
    for t in count(1):
        state, reward, done = env.step(choose(state))
        policy.rewards.append(reward)
        total += reward
        if done:
            break
    average = 0.05 * total + (1 - 0.05) * average
    loss = learn()
    if episode % 3 == 0:
        print(f"Episode {episode}\tLast reward: {total:.2f}\tAverage: {average:.2f}\tLoss: {loss:.4f}")
