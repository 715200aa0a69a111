"""Twenty steps of each optimizer of PyTorch and optax, which `test_rules` compares with.

Run ``python -m tests.optim.reference`` where torch and optax are installed: it writes ``reference.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy

DATA = Path(__file__).with_suffix(".json")

STEPS = 20
DECAY = 0.05

OF_TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd decay": ("SGD", {"lr": 0.05, "weight_decay": DECAY}),
    "sgd momentum": ("SGD", {"lr": 0.05, "momentum": 0.8}),
    "sgd dampening": ("SGD", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3, "weight_decay": DECAY}),
    "sgd nesterov": ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": DECAY}),
    "sgd maximize": ("SGD", {"lr": 0.05, "momentum": 0.8, "maximize": True}),
    "adagrad": ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": DECAY, "initial_accumulator_value": 0.2}),
    "adadelta": ("Adadelta", {"lr": 0.9, "rho": 0.8, "weight_decay": DECAY}),
    "rmsprop": ("RMSprop", {"lr": 0.02, "alpha": 0.9}),
    "rmsprop all": ("RMSprop", {"lr": 0.02, "alpha": 0.9, "momentum": 0.7, "centered": True, "weight_decay": DECAY}),
    "adam": ("Adam", {"lr": 0.05}),
    "adam decay": ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": DECAY}),
    "adam amsgrad": ("Adam", {"lr": 0.05, "betas": (0.8, 0.6), "amsgrad": True}),
    "adamw": ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    "adamw amsgrad": ("AdamW", {"lr": 0.05, "betas": (0.8, 0.6), "amsgrad": True, "maximize": True}),
    "adamax": ("Adamax", {"lr": 0.05, "weight_decay": DECAY}),
    "nadam": ("NAdam", {"lr": 0.05, "weight_decay": DECAY}),
    "nadam decoupled": ("NAdam", {"lr": 0.05, "weight_decay": DECAY, "decoupled_weight_decay": True}),
    "radam": ("RAdam", {"lr": 0.05, "weight_decay": DECAY}),
    "radam decoupled": (
        "RAdam",
        {"lr": 0.05, "betas": (0.8, 0.9), "decoupled_weight_decay": True, "weight_decay": 0.3},
    ),
    "rprop": ("Rprop", {"lr": 0.05, "etas": (0.6, 1.3), "step_sizes": (0.02, 0.2)}),
    "asgd": ("ASGD", {"lr": 0.05, "lambd": 0.2, "alpha": 0.6, "weight_decay": DECAY}),
    "adafactor": ("Adafactor", {"lr": 0.05, "weight_decay": DECAY}),
    "adafactor eps": ("Adafactor", {"lr": 0.3, "beta2_decay": -0.5, "eps": (1e-6, 0.5), "d": 1.1}),
}
"""For each case the optimizer and its hyperparameters."""

OF_OPTAX: dict[str, tuple[str, dict[str, Any]]] = {
    "lion": ("lion", {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": DECAY}),
    "lamb": ("lamb", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": DECAY}),
}

MATRICES: dict[str, tuple[str, dict[str, Any]]] = {
    "muon": ("Muon", {"lr": 0.05, "momentum": 0.9, "weight_decay": DECAY}),
    "muon plain": ("Muon", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False}),
}
"""Those of PyTorch for matrices alone, which compute in bfloat16."""

OF_CLOSURES: dict[str, dict[str, Any]] = {
    "lbfgs": {"lr": 0.01, "max_iter": 2},
    "lbfgs wolfe": {"max_iter": 2, "line_search_fn": "strong_wolfe"},
    "lbfgs short": {"lr": 0.5, "max_iter": 3, "history_size": 2, "line_search_fn": "strong_wolfe", "max_eval": 9},
}
"""L-BFGS, by its hyperparameters."""


def start() -> list[numpy.ndarray]:
    """A matrix and a vector."""
    return [numpy.array([[0.5, -1.0, 2.0], [1.5, 0.1, -0.3]]), numpy.array([1.0, -2.0, 0.01])]


def gradient(p: Any, step: int) -> Any:
    """What would be the gradient of a parameter at a step: something of its value, different each time."""
    return numpy.cos(3.0 * p + step) + 0.3 * p


def valley(params: list[Any]) -> Any:
    """A loss that is hard to descend: Rosenbrock's, of a matrix and a vector."""
    first, second = params[0].reshape(-1), params[1]
    return ((1 - first) ** 2).sum() + 10 * ((second - first[:3] ** 2 + first[3:]) ** 2).sum()


def recorded(params: list[Any], step: Any) -> list[list[float]]:
    """All elements of the parameters after each step."""
    found = []
    for number in range(STEPS):
        params = step(params, number)
        found.append([float(f"{x:.13g}") for p in params for x in numpy.asarray(p).ravel()])
    return found


def by_torch(name: str, hyperparameters: dict[str, Any], values: list[numpy.ndarray]) -> list[list[float]]:
    import torch

    params = [torch.tensor(p, requires_grad=True) for p in values]
    optimizer = getattr(torch.optim, name)(params, **hyperparameters)

    def step(_: Any, number: int) -> list[Any]:
        for p in params:
            p.grad = torch.tensor(gradient(p.detach().numpy(), number))
        optimizer.step()
        return [p.detach().numpy().copy() for p in params]

    return recorded(params, step)


def by_closures(params: list[Any], optimizer: Any, values: Any) -> list[list[float]]:
    """The parameters after each step of an optimizer that takes a closure."""

    def closure() -> Any:
        optimizer.zero_grad()
        loss = valley(params)
        loss.backward()
        return loss

    def step(_: Any, number: int) -> list[Any]:
        optimizer.step(closure)
        return values(params)

    return recorded(params, step)


def lbfgs_of_torch(hyperparameters: dict[str, Any]) -> list[list[float]]:
    import torch

    params = [torch.tensor(p, requires_grad=True) for p in start()]
    optimizer = torch.optim.LBFGS(params, **hyperparameters)
    return by_closures(params, optimizer, lambda params: [p.detach().numpy().copy() for p in params])


def by_optax(name: str, hyperparameters: dict[str, Any]) -> list[list[float]]:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    b1, b2 = hyperparameters["betas"]
    rest = {key: value for key, value in hyperparameters.items() if key not in ("lr", "betas")}
    rule = getattr(optax, name)(hyperparameters["lr"], b1=b1, b2=b2, **rest)
    state = rule.init([jax.numpy.asarray(p) for p in start()])

    def step(params: list[Any], number: int) -> list[Any]:
        nonlocal state
        updates, state = rule.update([gradient(p, number) for p in params], state, params)
        return [numpy.asarray(p) for p in optax.apply_updates(params, updates)]

    return recorded(start(), step)


if __name__ == "__main__":
    cases = {name: by_torch(*case, start()) for name, case in OF_TORCH.items()}
    cases |= {name: by_optax(*case) for name, case in OF_OPTAX.items()}
    cases |= {name: by_torch(*case, start()[:1]) for name, case in MATRICES.items()}
    cases |= {name: lbfgs_of_torch(case) for name, case in OF_CLOSURES.items()}
    DATA.write_text("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(v)}" for n, v in cases.items()) + "\n}\n")
