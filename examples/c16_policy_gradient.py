"""Policy gradients on CartPole: REINFORCE, and an actor with a critic by proximal policy optimisation (PPO).

A cart balances a pole for as long as it can, at most 500 steps. REINFORCE weighs the log-probability of what was done
by what came after it, less its mean (R. Williams, 1992); it is to reach a mean return of 195 over 100 episodes. PPO has
a critic that learns what to expect, and learns several times from the same episodes while the policy stays near
(J. Schulman et al., "Proximal policy optimization algorithms", 2017); it is to reach 475. Many carts run at once, and
steps of training are compiled as a whole, as is the choice of actions.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import gymnasium
import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.nn import Linear, Sequential, Tanh
from wengert.nn.functional import log_softmax

CARTS, STEPS = 16, 500
DISCOUNT, SMOOTHING, CLIP = 0.99, 0.95, 0.2


def network(outputs: int) -> Sequential:
    """From the place and speed of the cart and the angle and speed of the pole."""
    return Sequential(Linear(4, 64), Tanh(), Linear(64, 64), Tanh(), Linear(64, outputs))


def log_probability(policy: Sequential, states: Any, actions: Any) -> Any:
    return np.take_along_axis(log_softmax(policy(states), -1), actions[..., None], -1)[..., 0]


def play(choose: Any, carts: int, seed: int) -> tuple[Any, Any, Any]:
    """An episode of each cart.

    Returns:
        The states, of shape (501, carts, 4); the actions, (500, carts); and whether each pole still stands before each
        step and after the last, (501, carts).
    """
    world = gymnasium.make_vec("CartPole-v1", carts, vectorization_mode="vector_entry_point")
    states = numpy.zeros((STEPS + 1, carts, 4), "float32")
    actions = numpy.zeros((STEPS, carts), int)
    stands = numpy.zeros((STEPS + 1, carts), "float32")
    states[0], stands[0] = world.reset(seed=seed)[0], 1
    for t in range(STEPS):
        actions[t] = choose(states[t])
        states[t + 1], _, fallen, _, _ = world.step(actions[t])
        stands[t + 1] = stands[t] * ~fallen
        if not stands[t + 1].any():
            break
    return states, actions, stands


def player(policy: Sequential, seed: int) -> Any:
    """What chooses actions by their probabilities."""
    rng = wg.random.default_rng(seed)

    @wg.jit
    def choose(states: Any) -> Any:
        with wg.no_grad():
            push_right = np.exp(log_softmax(policy(states), -1))[:, 1]
            return rng.random(states.shape[0]) < push_right

    return lambda states: choose(states).numpy()


def backward_sum(values: Any, factor: Any) -> Any:
    """s[t] = values[t] + factor[t] * s[t + 1]."""

    def step(later: Any, now: Any) -> tuple[Any, Any]:
        value, decay = now
        later = value + decay * later
        return later, later

    return wg.scan(step, np.zeros_like(values[0]), (values, factor), reverse=True)[1]


def standardised(x: Any, stands: Any) -> Any:
    """With mean 0 and variance 1 over what happened while the pole stood."""
    mean = np.sum(stands * x) / np.sum(stands)
    variance = np.sum(stands * (x - mean) ** 2) / np.sum(stands)
    return (x - mean) / np.sqrt(variance + 1e-8)


def reinforce(updates: int, seed: int) -> tuple[Sequential, list[float]]:
    """The policy, and the mean return of each update."""
    policy = network(2)
    optimizer = wg.optim.Adam(policy.parameters(), lr=1e-2)

    @wg.jit
    def step(states: Any, actions: Any, stands: Any) -> None:
        stood = stands[:-1]
        returns = backward_sum(stood, DISCOUNT * stands[1:])
        weights = stood * standardised(returns, stood)
        optimizer.zero_grad()
        (-np.sum(weights * log_probability(policy, states[:-1], actions)) / np.sum(stood)).backward()
        optimizer.step()

    choose, means = player(policy, seed), []
    for update in trange(updates, unit="update", desc="REINFORCE"):
        states, actions, stands = play(choose, CARTS, seed * 10_000 + update)
        step(states, actions, stands)
        means.append(float(stands[:-1].sum(axis=0).mean()))
    return policy, means


def ppo(updates: int, seed: int) -> tuple[Sequential, list[float]]:
    """The policy, and the mean return of each update."""
    policy, critic = network(2), network(1)
    optimizer = wg.optim.Adam([*policy.parameters(), *critic.parameters()], lr=3e-3)

    @wg.jit
    def judge(states: Any, actions: Any, stands: Any) -> tuple[Any, Any, Any]:
        """How much better each action was than expected, what to expect, and how probable the action is."""
        with wg.no_grad():
            values, stood, stayed = critic(states)[..., 0], stands[:-1], stands[1:]
            surprise = stood * (1 + DISCOUNT * stayed * values[1:] - values[:-1])
            advantages = backward_sum(surprise, DISCOUNT * SMOOTHING * stayed)
            logs = log_probability(policy, states[:-1], actions)
            return standardised(advantages, stood), advantages + values[:-1], logs

    @wg.jit
    def step(states: Any, actions: Any, stood: Any, advantages: Any, expected: Any, before: Any) -> None:
        ratio = np.exp(log_probability(policy, states, actions) - before)
        gain = np.minimum(ratio * advantages, np.clip(ratio, 1 - CLIP, 1 + CLIP) * advantages)
        error = (critic(states)[..., 0] - expected) ** 2
        optimizer.zero_grad()
        (np.sum(stood * (0.005 * error - gain)) / np.sum(stood)).backward()
        wg.optim.clip_grad_norm_([*policy.parameters(), *critic.parameters()], 0.5)
        optimizer.step()

    choose, means = player(policy, seed), []
    for update in trange(updates, unit="update", desc="PPO"):
        states, actions, stands = play(choose, CARTS, seed * 10_000 + update)
        judged = judge(states, actions, stands)
        for _ in range(10):
            step(states[:-1], actions, stands[:-1], *judged)
        means.append(float(stands[:-1].sum(axis=0).mean()))
    return policy, means


def mean_return(policy: Sequential, seed: int) -> float:
    """Over 100 episodes, with actions drawn by their probabilities as in training."""
    return float(play(player(policy, seed + 1), 100, seed + 1_000_000)[2][:-1].sum(axis=0).mean())


def save_picture(path: Path, curves: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for (name, means), goal, colour in zip(curves.items(), (195, 475), ("#d98324", "#2f855a"), strict=True):
        axes.plot(means, color=colour, label=name)
        axes.axhline(goal, color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="update (16 episodes each)", ylabel="mean return", title="CartPole")
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    updates = 60 if size == "full" else 12
    curves, reached = {}, {}
    for name, learn, goal in (("REINFORCE", reinforce, 195), ("PPO", ppo, 475)):
        policy, curves[name] = learn(updates, seed)
        reached[name] = mean_return(policy, seed)
        print(f"{name:10} mean return over 100 episodes {reached[name]:6.1f}   (wanted at least {goal})")
    picture = folder / "c16_policy_gradient.png"
    save_picture(picture, curves)
    print(f"saved {picture}")
    return {**reached, "curves": curves, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
