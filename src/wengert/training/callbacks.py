"""Callbacks: what is called while a training runs."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wengert as wg
import wengert.numpy as np

if TYPE_CHECKING:
    from .loop import Training


class Callback:
    """What is called while a training runs; a subclass has some of the methods.

    One with ``state_dict`` and ``load_state_dict`` is a part of checkpoints.

    >>> import wengert as wg
    >>> class Print(wg.training.Callback):
    ...     def on_epoch(self, training):
    ...         print(training.epoch, training.history[-1]["loss"])
    """

    def on_begin(self, training: Training) -> None:
        """The training begins, or goes on."""

    def on_step(self, training: Training) -> None:
        """A step was made; ``training.loss`` is of it."""

    def on_epoch(self, training: Training) -> None:
        """An epoch has ended; ``training.history[-1]`` is of it."""

    def on_end(self, training: Training) -> None:
        """The training has ended, or was ended by an error."""


class EarlyStopping(Callback):
    """Stop when a value has not become better for some epochs.

    Args:
        monitor: its name in the history.
        patience: how many epochs may pass without a better value.
        min_delta: what is better by less is not better.
        mode: ``"min"`` if less is better, or ``"max"``.
        restore_best: give the parameters the values that they had at the best epoch.

    Attributes:
        best: the best value.
    """

    def __init__(
        self,
        monitor: str = "validation loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str = "min",
        restore_best: bool = True,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"[EarlyStopping] mode is {mode!r}, wanted 'min' or 'max'; write mode='min'")
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.sign: float = 1.0 if mode == "max" else -1.0
        self.restore_best = restore_best
        self.best: float | None = None
        self.waited = 0
        self.parameters: list[Any] = []

    def on_epoch(self, training: Training) -> None:
        """Take note of the value."""
        row = training.history[-1]
        if self.monitor not in row:
            raise KeyError(
                f"[EarlyStopping] the history has no {self.monitor!r}, wanted one of {', '.join(map(repr, row))}; "
                "write monitor='loss', or give validation data"
            )
        value = float(row[self.monitor])
        if self.best is None or self.sign * value > self.sign * self.best + self.min_delta:
            self.best, self.waited = value, 0
            self.parameters = [np.array(p.detach()) for p in training.parameters] if self.restore_best else []
            return
        self.waited += 1
        training.stopped = training.stopped or self.waited >= self.patience

    def on_end(self, training: Training) -> None:
        """Restore the parameters."""
        with wg.no_grad():
            for p, value in zip(training.parameters, self.parameters, strict=False):
                p.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {"best": self.best, "waited": self.waited, "parameters": self.parameters}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on."""
        vars(self).update(state_dict)


class CSVLog(Callback):
    """Write the history to a file of comma-separated values after each epoch.

    Args:
        path: the file; it is written anew each time, so that a resumed training leaves no row twice.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)

    def on_epoch(self, training: Training) -> None:
        """Write all rows."""
        text = io.StringIO()
        names = list(dict.fromkeys(name for row in training.history for name in row))
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(training.history)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text.getvalue())


class TensorBoard(Callback):
    """Write losses, rates and metrics as events of TensorBoard (the extra ``training``: tensorboardX).

    Args:
        folder: where the events go: ``tensorboard --logdir folder`` shows them.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: Path = Path(folder)
        self.writer: Any = None

    def on_begin(self, training: Training) -> None:
        """Open the file; events after the step that is resumed at are void."""
        try:
            from tensorboardX import SummaryWriter  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise ImportError(
                "[TensorBoard] the package tensorboardX is not installed, wanted it for events; write pip install "
                "'wengert[training]'"
            ) from error
        self.writer = SummaryWriter(str(self.folder), purge_step=training.step or None)

    def on_step(self, training: Training) -> None:
        """Write the loss of a step."""
        self.writer.add_scalar("step/loss", training.loss, training.step)

    def on_epoch(self, training: Training) -> None:
        """Write the values of an epoch."""
        for name, value in training.history[-1].items():
            if name not in ("epoch", "step"):
                self.writer.add_scalar(f"epoch/{name.replace(' ', '_')}", value, training.step)

    def on_end(self, training: Training) -> None:
        """Close the file."""
        if self.writer is not None:
            self.writer.close()


class Progress(Callback):
    """Show a bar of the steps, with the loss (the extra ``training``: tqdm)."""

    def __init__(self) -> None:
        self.bar: Any = None

    def on_begin(self, training: Training) -> None:
        """Open the bar."""
        try:
            from tqdm.auto import tqdm  # pyright: ignore[reportMissingModuleSource]
        except ImportError as error:
            raise ImportError(
                "[Progress] the package tqdm is not installed, wanted it for bars; write pip install "
                "'wengert[training]', or progress=False"
            ) from error
        self.bar = tqdm(total=training.total_steps, initial=training.step, unit="step")

    def on_step(self, training: Training) -> None:
        """Advance the bar."""
        self.bar.update()
        self.bar.set_postfix(loss=f"{training.loss:.4g}", refresh=False)

    def on_end(self, training: Training) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()
