"""The loop: gradients, a step, callbacks, a checkpoint now and then."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..names import teaches_keywords
from .callbacks import Callback, Progress
from .checkpoints import load_checkpoint, save_checkpoint
from .not_finite import explain_not_finite


@teaches_keywords
def fit(
    loss: Callable[[Any], Any],
    optimizer: Any,
    loader: Iterable[Any],
    *,
    epochs: int,
    model: Any = None,
    validation: Iterable[Any] | None = None,
    metrics: Mapping[str, Callable[[Any], Any]] | None = None,
    scheduler: Any = None,
    schedule_each: str = "epoch",
    max_norm: float | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    state: Mapping[str, Any] | None = None,
    progress: bool = False,
    compiled: bool = True,
) -> Training:
    """Train the parameters of an optimizer for some epochs.

    Two compiled calls make a step: the loss and its gradients, and the update. Where the loss or the norm of its
    gradients is not finite, nothing is updated, and the error says which operation it began at.

    With a `checkpoint` that is there the training goes on where it was written, in the middle of an epoch too; one that
    was killed at any moment ends with the same bits as one that was not, if its randomness comes from the loader,
    `wengert.random` or `state`.

    Args:
        loss: from a batch to the loss, which reads the parameters where they are.
        optimizer: with the parameters.
        loader: the batches of an epoch; a `wengert.data.DataLoader` is resumed where it was, any other iterable is
            gone through up to there.
        epochs: how many times.
        model: a module: it is told when it is trained (``train()``) and when not (``eval()``), and its ``state_dict``
            is a part of checkpoints.
        validation: batches on which loss and metrics are taken after each epoch, without gradients.
        metrics: functions of a batch by name, of which the means are taken over `validation`.
        scheduler: one of `wengert.optim.lr_scheduler`.
        schedule_each: ``"epoch"`` or ``"step"``: when the scheduler makes a step.
        max_norm: the norm that gradients are clipped to.
        callbacks: called on the way.
        checkpoint: the file that is written at the end of each epoch.
        checkpoint_every: write it after so many steps, too.
        state: more that belongs to checkpoints: objects with ``state_dict`` and ``load_state_dict``, by name.
        progress: show a bar.
        compiled: compile loss and metrics with `wengert.jit`.

    Returns:
        The training at its end, with its history.

    Raises:
        FloatingPointError: the loss, or the norm of its gradients, is not finite.
    """
    if schedule_each not in ("epoch", "step"):
        raise ValueError(f"[fit] schedule_each is {schedule_each!r}, wanted 'epoch' or 'step'; write one of them")
    if not hasattr(optimizer, "param_groups"):
        raise TypeError(
            f"[fit] a {type(optimizer).__name__} was given for the optimizer, wanted one with its parameters; write "
            "wg.optim.Adam(net.parameters()), or wg.optim.Optimizer(net.parameters(), rule)"
        )
    training = Training(loss, optimizer, loader, epochs, model, max_norm, compiled)
    training.validation, training.metrics = validation, dict(metrics or {})
    training.scheduler, training.schedule_each = scheduler, schedule_each
    training.callbacks = [*callbacks, *([Progress()] if progress else [])]
    training.checkpoint = None if checkpoint is None else Path(checkpoint)
    training.checkpoint_every = checkpoint_every
    training.others = dict(state or {})
    training.run()
    return training


class Training:
    """A training, as callbacks see it.

    Attributes:
        epoch: how many epochs were completed.
        step: how many steps were made.
        loss: the loss of the last step.
        history: for each epoch a dict: ``"epoch"``, ``"step"``, ``"lr"``, ``"loss"``, the mean over its steps,
            ``"validation loss"`` and each metric.
        stopped: whether the training is to end; to be set by callbacks.
        parameters: all of the optimizer.
    """

    def __init__(
        self,
        loss: Callable[[Any], Any],
        optimizer: Any,
        loader: Iterable[Any],
        epochs: int,
        model: Any = None,
        max_norm: float | None = None,
        compiled: bool = True,
    ) -> None:
        self.loss_function = loss
        self.optimizer = optimizer
        self.loader = loader
        self.model = model
        self.epochs = epochs
        self.max_norm = max_norm
        self.compile: Callable[[Any], Any] = wg.jit if compiled else lambda f: f
        self.gradients: Any = self.compile(self._gradients)
        self.validation: Iterable[Any] | None = None
        self.metrics: dict[str, Callable[[Any], Any]] = {}
        self.scheduler: Any = None
        self.schedule_each = "epoch"
        self.callbacks: list[Any] = []
        self.checkpoint: Path | None = None
        self.checkpoint_every: int | None = None
        self.others: dict[str, Any] = {}
        self.epoch: int = 0
        self.step: int = 0
        self.steps_in_epoch: int = 0
        self.loss, self.total = math.nan, 0.0
        self.history: list[dict[str, Any]] = []
        self.stopped = False

    @property
    def parameters(self) -> list[Any]:
        """All parameters of the optimizer."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    @property
    def total_steps(self) -> int | None:
        """How many steps there will be, if the loader knows its length."""
        return self.epochs * len(self.loader) if hasattr(self.loader, "__len__") else None  # type: ignore[arg-type]

    def run(self) -> None:
        """Train, from the checkpoint on if there is one."""
        if self.checkpoint is not None and self.checkpoint.exists():
            self.load_state_dict(load_checkpoint(self.checkpoint))
        try:
            self._tell("on_begin")
            while self.epoch < self.epochs and not self.stopped:
                self._run_epoch()
        finally:
            self._tell("on_end")

    def _tell(self, event: str) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self)

    def _set_mode(self, mode: str) -> None:
        if self.model is not None:
            getattr(self.model, mode)()

    def _run_epoch(self) -> None:
        self._set_mode("train")
        for batch in self._batches():
            self._make_step(batch)
        if self.step == 0:
            raise ValueError(
                "[fit] the loader gave no batch, wanted at least one in an epoch; write list(...) around a generator, "
                "which is used up once, and drop_last=False where there are fewer samples than batch_size"
            )
        self._end_epoch()

    def _batches(self) -> Iterator[Any]:
        """The batches of an epoch that are left."""
        skipped = 0 if hasattr(self.loader, "load_state_dict") else self.steps_in_epoch
        return islice(iter(self.loader), skipped, None)

    # -- a step ------------------------------------------------------------------------------------

    def _make_step(self, batch: Any) -> None:
        value, norm = self.gradients(batch)
        self.loss: float = float(value)
        if not (math.isfinite(self.loss) and math.isfinite(float(norm))):
            explain_not_finite(self, batch, float(norm))
        self.optimizer.step()
        if self.scheduler is not None and self.schedule_each == "step":
            self.scheduler.step()
        self.step += 1
        self.steps_in_epoch += 1
        self.total += self.loss
        self._tell("on_step")
        if self.checkpoint_every and self.step % self.checkpoint_every == 0:
            self._save()

    def _gradients(self, batch: Any) -> tuple[Any, Any]:
        """The loss and the norm of its gradients, which are left at the parameters."""
        self.optimizer.zero_grad()
        loss = self.loss_function(batch)
        loss.backward()
        if self.max_norm is not None:
            return loss.detach(), wg.optim.clip_grad_norm_(self.parameters, self.max_norm)
        return loss.detach(), wg.optim.global_norm([p.grad for p in self.parameters])

    # -- the end of an epoch -----------------------------------------------------------------------

    def _end_epoch(self) -> None:
        self.epoch += 1
        row = {"epoch": self.epoch, "step": self.step, "lr": float(self.optimizer.param_groups[0].get("lr", math.nan))}
        row["loss"] = self.total / self.steps_in_epoch if self.steps_in_epoch else math.nan
        if self.validation is not None:
            self._set_mode("eval")
            row |= self._validated(self.validation)
        self.history.append(row)
        self.total: float = 0.0
        self.steps_in_epoch: int = 0
        if self.scheduler is not None and self.schedule_each == "epoch":
            self._schedule(row)
        self._tell("on_epoch")
        self._save()

    def _schedule(self, row: dict[str, Any]) -> None:
        if isinstance(self.scheduler, wg.optim.lr_scheduler.ReduceLROnPlateau):
            self.scheduler.step(row.get("validation loss", row["loss"]))
        else:
            self.scheduler.step()

    def _validated(self, batches: Iterable[Any]) -> dict[str, float]:
        """The means of loss and metrics over batches, each counted as often as it has samples."""
        functions = {"loss": self.loss_function, **self.metrics}
        evaluate = self.compile(lambda batch: {name: f(batch) for name, f in functions.items()})
        totals, count = dict.fromkeys(functions, 0.0), 0
        with wg.no_grad():
            for batch in batches:
                size = np.shape(wg.trees.leaves(batch)[0])[0]
                count += size
                for name, value in evaluate(batch).items():
                    totals[name] += float(value) * size
        return {f"validation {name}": total / count for name, total in totals.items()} if count else {}

    # -- checkpoints -------------------------------------------------------------------------------

    def _save(self) -> None:
        if self.checkpoint is not None:
            save_checkpoint(self.checkpoint, self.state_dict())

    def _apart(self) -> list[Any]:
        """The parameters that are not those of the model."""
        own = set(self.model.parameters()) if hasattr(self.model, "parameters") else set()
        return [p for p in self.parameters if p not in own]

    def _parts(self) -> dict[str, Any]:
        """All that has a state of its own, by name."""
        callbacks = {f"callback {place}": callback for place, callback in enumerate(self.callbacks)}
        parts = {
            "optimizer": self.optimizer,
            "model": self.model,
            "scheduler": self.scheduler,
            "loader": self.loader,
            **callbacks,
            **{f"state {name}": value for name, value in self.others.items()},
        }
        return {name: part for name, part in parts.items() if hasattr(part, "state_dict")}

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on."""
        own = {name: getattr(self, name) for name in PLAIN}
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        held = [p.detach() for p in self._apart()]
        return {"training": own, "random": np.array(wg.random.get_state()), "parameters": held, **parts}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another training of the same kind gave its `state_dict`."""
        parts = self._parts()
        missing = sorted((parts.keys() | {"training", "random", "parameters"}) ^ state_dict.keys())
        if missing:
            raise ValueError(
                f"[fit] the checkpoint {self.checkpoint} and this training differ in {', '.join(missing)}, wanted the "
                "same optimizer, model, scheduler, loader, callbacks and state; write another path for another training"
            )
        vars(self).update(state_dict["training"])
        wg.random.set_state(state_dict["random"])
        for name, part in parts.items():
            part.load_state_dict(state_dict[name])
        with wg.no_grad():
            for p, value in zip(self._apart(), state_dict["parameters"], strict=True):
                p.copy_(value)


PLAIN = ("epoch", "step", "steps_in_epoch", "loss", "total", "history", "stopped")
"""What a training remembers itself."""
