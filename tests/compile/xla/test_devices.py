"""Tensors on a device of XLA: eager operations, compiled functions, and training with state that stays there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim
from wengert.compile.xla.refused import NotLoweredError

pytest.importorskip("jax")

DEVICE = "cpu:0"
X = numpy.linspace(0.1, 2.0, 6)


def smooth(x: Any) -> Any:
    return np.sum(np.sin(x) * x**2 / (1 + np.exp(x)))


def test_devices() -> None:
    assert DEVICE in wg.devices()
    x = wg.device_put(X, "cpu:0")
    assert x.device == DEVICE
    assert x.to("cpu").device == "cpu"
    numpy.testing.assert_array_equal(x.numpy(), X)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(
        ValueError, match=r"^\[device\] there is no device 'cpu:99', wanted one of .*cpu:0, or 'cpu' for "
    ):
        wg.device_put(X, "cpu:99")


def test_eager_operations_are_those_of_the_processor() -> None:
    x = wg.tensor(X).to(DEVICE)
    for f in (
        smooth,
        wg.grad(smooth),
        wg.hessian(smooth),
        np.sort,
        lambda x: np.linalg.inv(np.diag(x)),
        lambda x: x[::-1],
    ):
        found = f(x)
        assert found.device == DEVICE
        assert_same(found.to("cpu"), f(wg.tensor(X)))


def test_writes() -> None:
    x = wg.tensor(X).to(DEVICE)
    part = x[2:4]
    x[1] = 5.0
    part += 1
    expected = X.copy()
    expected[1] = 5.0
    expected[2:4] += 1
    assert x.device == DEVICE
    assert_same(x.to("cpu"), wg.tensor(expected))


def test_operations_that_are_not_lowered() -> None:
    with pytest.raises(
        NotLoweredError, match=r"^\[xla\] j0\(float64\[6\]\) has no form for XLA \(JAX has no such function\)"
    ):
        wg.scipy.special.j0(wg.tensor(X).to(DEVICE))
    with pytest.raises(NotLoweredError, match=r"^\[xla\] j0\(float64\[6\]\) has no form for XLA"):
        wg.jit(wg.scipy.special.j0, backend="xla")(X)


def test_compiled_functions_run_where_their_tensors_are() -> None:
    f = wg.jit(smooth)
    assert f(wg.tensor(X).to(DEVICE)).device == DEVICE
    assert f(X).device == "cpu"
    assert "by XLA on cpu:0" in f.report()
    with wg.device(DEVICE):
        inside = wg.jit(smooth)
        assert_same(inside(X), smooth(wg.tensor(X)))
    assert "by XLA on cpu:0" in inside.report()


def test_derivatives_of_compiled_functions() -> None:
    f = wg.jit(smooth)
    x = wg.tensor(X).to(DEVICE)
    assert wg.grad(f)(x).device == DEVICE
    assert_same(wg.grad(f)(x).to("cpu"), wg.grad(smooth)(X))
    assert_same(wg.vmap(wg.grad(f))(np.stack([x, x])).to("cpu"), np.stack([wg.grad(smooth)(X)] * 2))


def test_sparse_matrices_of_derivatives_in_a_block() -> None:
    film = lambda u: 2 * u[1:-1] - u[2:] - u[:-2] + np.exp(u[1:-1])
    with wg.device(DEVICE):
        found = wg.jacobian(film, sparse=True)(X)
    numpy.testing.assert_allclose(found.toarray(), wg.jacobian(film)(X).numpy())


TWO = """
import numpy, wengert as wg, wengert.numpy as np
x, y = wg.device_put(numpy.ones(2), "cpu:0"), wg.device_put(numpy.ones(2), "cpu:1")
f = wg.jit(lambda x: np.sum(x**2))
assert [f(x).device, f(y).device, wg.grad(f)(y).device] == ["cpu:0", "cpu:1", "cpu:1"]
for both in (lambda: x + y, lambda: wg.jit(np.add)(x, y)):
    try:
        both()
    except ValueError as error:
        assert "the operands are on cpu:0 and cpu:1, wanted one device; write x.to('cpu:0')" in str(error)
    else:
        raise AssertionError
model = wg.nn.Linear(2, 1).to("cpu:0")
g = wg.jit(lambda x: model(x))
assert g(x).device == "cpu:0"
for parameter in model.parameters():
    parameter._value = parameter.to("cpu:1")._value
assert [g(numpy.ones(2)).device for _ in range(3)] == ["cpu:1"] * 3
assert "by XLA on cpu:1" in g.report()
"""


@pytest.mark.wide
def test_two_devices() -> None:
    flags = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    subprocess.run([sys.executable, "-c", TWO], check=True, env=flags)


# -- memory ----------------------------------------------------------------------------------------


def test_memory_that_does_not_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    f = wg.jit(lambda x: np.exp(x) @ np.sin(x).T, backend="xla")
    f(numpy.ones((4, 2)))
    run = f.programs.popitem()[1][0].run

    class Full:
        memory_analysis = run.compiled.memory_analysis

        def __call__(self, *inputs: Any) -> Any:
            raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 128 bytes.")

    monkeypatch.setattr(run, "compiled", Full())
    with pytest.raises(
        MemoryError,
        match=r"^\[xla\] the program takes \d+ bytes on cpu:0 \(64 of arguments, 128 of results, \d+ in between\), "
        r"wanted as many as there are free; its largest arrays are float64\[4, 4\] of matmul, .*; write wg",
    ):
        run([numpy.ones((4, 2))])


# -- training --------------------------------------------------------------------------------------

INPUTS = numpy.random.default_rng(0).normal(size=(16, 8)).astype("float32")
LABELS = numpy.random.default_rng(1).integers(4, size=16)


def losses(backend: str, count: int) -> tuple[list[float], Any, Any]:
    """Those of some steps, with momentum, dropout and a counter; the step, and the model."""
    wg.random.seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 4))
    adam = optim.Adam(model.parameters(), lr=1e-2)

    @wg.jit(backend=backend)
    def step(x: Any, labels: Any) -> Any:
        adam.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        adam.step()
        return loss

    return [step(INPUTS, LABELS).item() for _ in range(count)], step, model


def test_a_training_step_and_its_state() -> None:
    found, step, model = losses("xla", 6)
    numpy.testing.assert_allclose(found, losses("native", 6)[0], rtol=1e-5)
    assert {parameter.device for parameter in model.parameters()} == {DEVICE}
    assert sum(map(len, step.programs.values())) == 1
    (program,) = step.programs.popitem()[1]
    assert len(program.run.overwritten) > 10
    assert "input_output_alias" in program.run.text()


def test_state_is_not_copied_for_a_gradient_of_the_same_form() -> None:
    """The memory of a parameter goes to its next value, not to its gradient, which is made before."""
    w = wg.tensor(numpy.ones((6, 6), "float32"), requires_grad=True)
    optimizer = optim.SGD([w], 0.1, momentum=0.9)

    @wg.jit(backend="xla")
    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = np.sum((x @ w - 1) ** 2)
        loss.backward()
        optimizer.step()
        return loss.detach()

    for _ in range(3):
        step(X.astype("float32"))
    program = next(iter(step.programs.values()))[-1]
    assert len(program.run.overwritten) == 2
    assert " copy(" not in program.run.text()


def test_what_others_hold_is_not_overwritten() -> None:
    _, step, model = losses("xla", 2)
    weight = next(model.parameters()).detach()
    kept, copy = weight.numpy(), wg.tensor(weight.numpy()).clone()
    step(INPUTS, LABELS)
    step(INPUTS, LABELS)
    numpy.testing.assert_array_equal(kept, copy.numpy())


def test_a_model_that_is_moved() -> None:
    model = nn.Linear(8, 4).to(DEVICE)
    output = model(INPUTS)
    assert output.device == DEVICE
    np.sum(output**2).backward()
    assert {p.grad.device for p in model.parameters()} == {DEVICE}  # type: ignore[union-attr]
    assert {p.device for p in model.to("cpu").parameters()} == {"cpu"}
