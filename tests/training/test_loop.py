"""The loop: what it gives, calls and refuses."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import data, optim, training

X = numpy.linspace(-1.0, 1.0, 12)


class Line:
    """A line to be fitted, with what a module has."""

    def __init__(self) -> None:
        self.slope, self.shift = (wg.tensor(value, requires_grad=True) for value in (0.0, 1.0))
        self.modes: list[str] = []

    def loss(self, batch: Any) -> Any:
        x, y = batch
        return np.mean((self.slope * x + self.shift - y) ** 2)

    def train(self) -> None:
        self.modes.append("train")

    def eval(self) -> None:
        self.modes.append("eval")

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: Any) -> None: ...


def fitted(line: Line | None = None, lr: float = 0.3, epochs: int = 3, **options: Any) -> Any:
    line = line or Line()
    loader = data.DataLoader(data.TensorDataset(X, 2 * X - 1), batch_size=4, shuffle=True, seed=0)
    options = {"compiled": False, **options}
    return training.fit(line.loss, optim.SGD([line.slope, line.shift], lr=lr), loader, epochs=epochs, **options)


@pytest.mark.parametrize("compiled", [False, True])
def test_it_is_the_loop_that_one_writes(compiled: bool) -> None:
    line, hand = Line(), Line()
    history = fitted(line, compiled=compiled).history
    optimizer = optim.SGD([hand.slope, hand.shift], lr=0.3)
    loader = data.DataLoader(data.TensorDataset(X, 2 * X - 1), batch_size=4, shuffle=True, seed=0)
    for epoch in range(3):
        losses = []
        for batch in loader:
            optimizer.zero_grad()
            loss = hand.loss(batch)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert history[epoch]["loss"] == pytest.approx(sum(losses) / 3)
    assert [row["step"] for row in history] == [3, 6, 9]
    numpy.testing.assert_allclose(line.slope.detach(), hand.slope.detach(), rtol=1e-13)


def test_validation_takes_means_over_samples_without_gradients() -> None:
    line = Line()
    batches = [(X[:8], 2 * X[:8] - 1), (X[8:], 2 * X[8:] - 1)]
    watched = []

    def is_watched(batch: Any) -> Any:
        watched.append(line.loss(batch).requires_grad)
        return line.loss(batch)

    found = fitted(line, epochs=2, lr=0.0, model=line, validation=batches, metrics={"watched": is_watched})
    whole = line.loss((X, 2 * X - 1)).item()
    assert found.history[0]["validation loss"] == pytest.approx(whole)
    assert found.history[0]["validation watched"] == pytest.approx(whole)
    assert not any(watched)
    assert line.modes == ["train", "eval"] * 2


@pytest.mark.parametrize(("each", "expected"), [("epoch", [0.5, 0.25, 0.125]), ("step", [0.5**3, 0.5**6, 0.5**9])])
def test_rates_are_scheduled(each: str, expected: list[float]) -> None:
    line = Line()
    optimizer = optim.SGD([line.slope, line.shift], lr=1.0)
    rates = []

    class Note(training.Callback):
        def on_epoch(self, training: Any) -> None:
            rates.append(optimizer.param_groups[0]["lr"])

    training.fit(
        line.loss,
        optimizer,
        [(X[i : i + 4], X[i : i + 4]) for i in (0, 4, 8)],
        epochs=3,
        scheduler=optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
        schedule_each=each,
        callbacks=[Note()],
    )
    assert rates == expected


def test_rates_fall_on_a_plateau() -> None:
    line = Line()
    optimizer = optim.SGD([line.slope, line.shift], lr=1e-9)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, eps=0.0)
    training.fit(line.loss, optimizer, [(X, X)], epochs=4, scheduler=scheduler)
    assert optimizer.param_groups[0]["lr"] == 0.5e-9


def test_gradients_are_clipped() -> None:
    line = Line()
    fitted(line, epochs=1, lr=1.0, max_norm=1e-3)
    assert abs(line.slope.item()) + abs(line.shift.item() - 1.0) < 3 * 1.5e-3


def test_it_stops_early_and_restores_the_best() -> None:
    line, values = Line(), iter([3.0, 1.0, 2.0, 2.0, 0.0])
    at_best = []

    def metric(batch: Any) -> float:
        value = next(values)
        if value == 1.0:
            at_best.append(line.slope.item())
        return value

    stopping = training.EarlyStopping("validation metric", patience=2)
    found = fitted(line, epochs=9, validation=[(X, X)], metrics={"metric": metric}, callbacks=[stopping])
    assert (found.epoch, found.stopped, stopping.best) == (4, True, 1.0)
    assert line.slope.item() == at_best[0]


def test_the_history_is_a_table(tmp_path: Path) -> None:
    found = fitted(callbacks=[training.CSVLog(tmp_path / "log" / "history.csv")])
    rows = list(csv.DictReader((tmp_path / "log" / "history.csv").read_text().splitlines()))
    assert [float(row["loss"]) for row in rows] == [row["loss"] for row in found.history]


def test_events_are_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    found = fitted(callbacks=[training.TensorBoard(tmp_path)])
    (path,) = tmp_path.iterdir()
    values = {(v.tag, e.step): v.simple_value for e in events(path.read_bytes(), Event) for v in e.summary.value}
    assert values["step/loss", 9] == pytest.approx(found.loss, rel=1e-6)
    assert values["epoch/loss", 3] == pytest.approx(found.history[0]["loss"], rel=1e-6)


def events(content: bytes, kind: Any) -> list[Any]:
    """The records of a file of TensorBoard: a length, its checksum, the record, its checksum."""
    found, place = [], 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        found.append(kind.FromString(content[place + 12 : place + 12 + length]))
        place += 16 + length
    return found


def test_a_bar_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    fitted(progress=True)
    assert "9/9" in capsys.readouterr().err


def nan_at(step: int) -> Any:
    x = numpy.ones((4, 1))
    x[step] = numpy.nan
    return data.DataLoader(data.TensorDataset(x, numpy.ones((4, 1))))


@pytest.mark.filterwarnings("ignore:invalid value encountered in log")
@pytest.mark.parametrize("compiled", [False, True])
def test_a_loss_that_is_not_finite_says_where_it_began(compiled: bool) -> None:
    x = wg.tensor(0.5, requires_grad=True)

    def loss(batch: Any) -> Any:
        return np.mean(np.log(x - batch))

    with pytest.raises(FloatingPointError) as error:
        training.fit(loss, optim.SGD([x]), [wg.tensor([0.1]), wg.tensor([0.9])], epochs=1, compiled=compiled)
    assert str(error.value).startswith("[trace_nans] log gave nan at element [0]\n    x = [-0.4025]")
    assert "np.mean(np.log(x - batch))" in str(error.value)
    assert numpy.isfinite(x.item())


def test_a_gradient_that_is_not_finite_says_where_it_began() -> None:
    x = wg.tensor(0.0, requires_grad=True)
    with pytest.raises(FloatingPointError) as error:
        training.fit(lambda batch: np.sqrt(x) + batch, optim.SGD([x]), [wg.tensor(1.0)], epochs=1)
    assert str(error.value).startswith("[trace_nans] the derivative of sqrt became inf in the backward walk")
    assert x.item() == 0.0


def test_data_that_are_not_finite_are_named() -> None:
    line = Line()
    optimizer = optim.SGD([line.slope, line.shift])
    with pytest.raises(FloatingPointError) as error:
        training.fit(line.loss, optimizer, nan_at(2), epochs=1)
    assert str(error.value) == (
        "[fit] the loss is nan and the norm of its gradients nan at step 2: the batch has NaN or infinity in batch[0], "
        "wanted finite numbers; write wg.data.Standardizer(x) to look through the data, a lower lr, or max_norm=1.0"
    )


def test_a_parameter_that_is_not_finite_is_named() -> None:
    line = Line()
    with wg.no_grad():
        line.shift.copy_(numpy.inf)
    with pytest.raises(FloatingPointError, match=r"parameter 1 \(shape \(\)\) has NaN or infinity"):
        fitted(line)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "schedule": (
        lambda: fitted(schedule_each="batch"),
        "[fit] schedule_each is 'batch', wanted 'epoch' or 'step'; write one of them",
    ),
    "mode": (
        lambda: training.EarlyStopping(mode="low"),
        "[EarlyStopping] mode is 'low', wanted 'min' or 'max'; write mode='min'",
    ),
    "monitor": (
        lambda: fitted(callbacks=[training.EarlyStopping()]),
        "[EarlyStopping] the history has no 'validation loss', wanted one of 'epoch', 'step', 'lr', 'loss'; write "
        "monitor='loss', or give validation data",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((ValueError, KeyError)) as error:
        wrong()
    assert error.value.args[0] == message


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    fitted(checkpoint=path)
    with pytest.raises(ValueError, match="differ") as error:
        fitted(checkpoint=path, state={"average": optim.Average([wg.tensor(1.0)])})
    assert str(error.value) == (
        f"[fit] the checkpoint {path} and this training differ in state average, wanted the same optimizer, model, "
        "scheduler, loader, callbacks and state; write another path for another training"
    )
