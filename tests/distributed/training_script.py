"""A training in several processes that goes on from its last checkpoint: run by `test_processes`.

Arguments: a folder, the number of steps, and how the parameters lie, ``whole`` or ``sharded``; and a step in which the
last process kills itself when it is there for the first time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
from wengert import data, distributed, nn, optim

BATCH, SAMPLES, EVERY = 8, 16, 2


def samples() -> data.TensorDataset:
    rng = numpy.random.default_rng(0)
    return data.TensorDataset(rng.normal(size=(SAMPLES, 4)), rng.normal(size=(SAMPLES, 4)))


def new_model() -> nn.Module:
    """The model, alike in each process."""
    wg.random.seed(0)
    return nn.Sequential(nn.Linear(4, 8, dtype="float64"), nn.Tanh(), nn.Linear(8, 4, dtype="float64"))


def optimizer_of(model: nn.Module) -> optim.SGD:
    return optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def step_of(model: nn.Module, sgd: optim.SGD) -> Callable[[Any, Any], Any]:
    def step(x: Any, y: Any) -> Any:
        sgd.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        sgd.step()
        return loss

    return step


def alone(steps: int) -> list[float]:
    """The losses in one process, without a mesh."""
    model = new_model()
    run = wg.jit(step_of(model, optimizer_of(model)))
    loader = data.DataLoader(samples(), BATCH)
    return [run(*batch).item() for batch in islice(chain.from_iterable(repeat(loader)), steps)]


def main(folder: Path, steps: int, kind: str, fatal: int | None) -> None:
    distributed.initialize()
    (folder / f"process-{os.getpid()}").touch()
    mesh = distributed.mesh({"data": distributed.process_count()})
    model = new_model()
    distributed.shard_parameters(model, mesh, axis="data" if kind == "sharded" else None)
    sgd = optimizer_of(model)
    run = distributed.data_parallel(step_of(model, sgd), mesh)
    done = restored(folder, model, sgd)
    dataset = samples()
    sampler = data.DistributedSampler(dataset, shuffle=False)
    loader = data.DataLoader(dataset, BATCH // distributed.process_count(), sampler=sampler)
    for batch in islice(chain.from_iterable(repeat(loader)), done, steps):
        if done == fatal and distributed.attempt() == 0 and is_last():
            os.kill(os.getpid(), signal.SIGKILL)
        loss = run(*batch).item()
        distributed.print_once(f"loss {done} {loss!r}")
        done += 1
        if done % EVERY == 0:
            distributed.save_checkpoint(folder, state_of(model, sgd), done)
    held = [*model.parameters(), *(s["momentum_buffer"] for s in sgd.state.values())]
    distributed.print_once("layouts", sorted({str(tensor._value.sharding.spec) for tensor in held}))
    distributed.print_once("ranks", distributed.average(float(distributed.process_index())).item())


def is_last() -> bool:
    return distributed.process_index() == distributed.process_count() - 1


def state_of(model: nn.Module, sgd: optim.SGD) -> dict[str, Any]:
    return {"model": model.state_dict(), "optimizer": sgd.state_dict()}


def restored(folder: Path, model: nn.Module, sgd: optim.SGD) -> int:
    """The number of steps that the last checkpoint was written after, once it has been restored."""
    found = distributed.load_checkpoint(folder, like=state_of(model, sgd))
    if found is None:
        return 0
    model.load_state_dict(found.state["model"])
    sgd.load_state_dict(found.state["optimizer"])
    return found.step


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else None)
