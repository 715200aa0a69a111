"""A training for `test_resuming`, which may be killed: ``python resumable.py FOLDER`` goes on where it was."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy

import wengert as wg

EPOCHS = 4


class Interrupted(Exception):  # noqa: N818 - it is no error
    """A training was stopped."""


class StopAt(wg.training.Callback):
    """Interrupt a training after a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, training: Any) -> None:
        if training.step == self.step:
            raise Interrupted


class Say(wg.training.Callback):
    """Tell whoever watches that a step was made."""

    def on_step(self, training: Any) -> None:
        print(training.step, flush=True)


def jitter(batch: Any, generator: numpy.random.Generator) -> Any:
    inputs, targets = batch
    return inputs + 0.01 * generator.normal(size=inputs.shape).astype("float32"), targets


def train(folder: Path | None, *callbacks: Any, every: int | None = 1, workers: int = 0, compiled: bool = True) -> Any:
    """Train a small network, from its checkpoint on if there is one."""
    rng = numpy.random.default_rng(0)
    x = rng.normal(size=(48, 4)).astype("float32")
    y = numpy.sin(x.sum(axis=1, keepdims=True))
    wg.random.seed(3)
    net = wg.nn.Sequential(
        wg.nn.Linear(4, 16), wg.nn.BatchNorm1d(16), wg.nn.Tanh(), wg.nn.Dropout(0.1), wg.nn.Linear(16, 1)
    )
    params = list(net.parameters())
    optimizer = wg.optim.Adam(params, lr=0.02)
    average = wg.optim.Average(params, decay=0.9)

    class Averaging(wg.training.Callback):
        def on_step(self, training: Any) -> None:
            average.update()

    def loss(batch: Any) -> Any:
        inputs, targets = batch
        return wg.nn.functional.mse_loss(net(inputs), targets)

    return wg.training.fit(
        loss,
        optimizer,
        wg.data.DataLoader(
            wg.data.TensorDataset(x, y), batch_size=8, shuffle=True, seed=1, transform=jitter, num_workers=workers
        ),
        epochs=EPOCHS,
        model=net,
        validation=[(x, y)],
        scheduler=wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS),
        callbacks=[Averaging(), wg.training.EarlyStopping(patience=EPOCHS, restore_best=False), *callbacks],
        checkpoint=None if folder is None else folder / "checkpoint.safetensors",
        checkpoint_every=every,
        state={"average": average},
        compiled=compiled,
    )


def outcome(training: Any) -> Any:
    """All that a training leaves behind, as bytes and numbers."""
    state = training.state_dict()
    return [
        training.history,
        [numpy.asarray(leaf).tobytes() for leaf in wg.trees.leaves([state["model"], state["optimizer"]["state"]])],
        [numpy.asarray(leaf).tobytes() for leaf in wg.trees.leaves(state["state average"])],
        state["loader"],
    ]


if __name__ == "__main__":
    train(Path(sys.argv[1]), Say())
