"""Values of actions learned from a memory of transitions, with a second network that follows slowly."""

import math
import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))


class Memory:
    def __init__(self, capacity):
        self.memory = deque([], maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size):
        return random.sample(self.memory, batch_size)

    def __len__(self):
        return len(self.memory)


class Values(nn.Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.layer1 = nn.Linear(inputs, 24)
        self.layer2 = nn.Linear(24, 24)
        self.layer3 = nn.Linear(24, actions)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


class Hill:
    """A cart that must swing to get up."""

    def reset(self):
        self.x, self.v, self.t = -0.5 + 0.1 * random.random(), 0.0, 0
        return [self.x, self.v]

    def step(self, action):
        self.v = min(max(self.v + (action - 1) * 0.01 - 0.0125 * math.cos(3 * self.x), -0.1), 0.1)
        self.x, self.t = max(self.x + self.v, -1.2), self.t + 1
        done = self.x >= 0.5
        return [self.x, self.v], self.x, done, self.t >= 30


BATCH_SIZE, GAMMA, TAU, LR = 16, 0.95, 0.05, 1e-2
random.seed(0)
torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
online, slow = Values(2, 3).to(device), Values(2, 3).to(device)
slow.load_state_dict(online.state_dict())
optimizer = optim.AdamW(online.parameters(), lr=LR, amsgrad=True)
memory, env, steps = Memory(500), Hill(), 0


def choose(state):
    global steps
    curiosity = 0.05 + 0.85 * math.exp(-1.0 * steps / 40)
    steps += 1
    if random.random() > curiosity:
        with torch.no_grad():
            return online(state).max(1).indices.view(1, 1)
    return torch.tensor([[random.randrange(3)]], device=device, dtype=torch.long)


def learn():
    if len(memory) < BATCH_SIZE:
        return None
    batch = Transition(*zip(*memory.sample(BATCH_SIZE)))
    mask = torch.tensor(tuple(map(lambda s: s is not None, batch.next_state)), device=device, dtype=torch.bool)
    followers = torch.cat([s for s in batch.next_state if s is not None])
    state_batch, action_batch = torch.cat(batch.state), torch.cat(batch.action)
    reward_batch = torch.cat(batch.reward)
    expected_now = online(state_batch).gather(1, action_batch)
    after = torch.zeros(BATCH_SIZE, device=device)
    with torch.no_grad():
        after[mask] = slow(followers).max(1).values
    expected = (after * GAMMA) + reward_batch
    loss = nn.SmoothL1Loss()(expected_now, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(online.parameters(), 100)
    optimizer.step()
    return loss.item()


for episode in range(4):
    state = torch.tensor(env.reset(), dtype=torch.float32, device=device).unsqueeze(0)
    losses, total = [], 0.0
    while True:
        action = choose(state)
        observation, reward, terminated, truncated = env.step(action.item())
        total += reward
        reward = torch.tensor([reward], device=device)
        next_state = None if terminated else torch.tensor(observation, dtype=torch.float32).unsqueeze(0)
        memory.push(state, action, next_state, reward)
        state = next_state
        losses.append(learn())
        target, policy = slow.state_dict(), online.state_dict()
        for key in policy:
            target[key] = policy[key] * TAU + target[key] * (1 - TAU)
        slow.load_state_dict(target)
        if terminated or truncated:
            break
    print(f"episode {episode}: {len(losses)} steps, return {total:.3f}, last loss {losses[-1] or 0:.5f}")
print(slow(torch.tensor([[-0.5, 0.0]])))
