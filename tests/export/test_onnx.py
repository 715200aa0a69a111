"""`wg.export.onnx`: models run elsewhere and give the same, forward and backward, with loops and branches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests import laws
from tests.cases.case import Case
from tests.export.refusals import refused
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np
from wengert.trees import leaves

runtime = pytest.importorskip("onnxruntime")
ir = pytest.importorskip("onnx_ir")

X = numpy.linspace(0.3, 1.7, 4).astype("float32")
EVERY = [pytest.param(case, id=name) for name, case in CASES if "float32" in case.dtypes]


def run(model: Any, *args: Any) -> list[Any]:
    """What a model gives, run by onnxruntime."""
    session = runtime.InferenceSession(ir.to_proto(model).SerializeToString(), providers=["CPUExecutionProvider"])
    given = [numpy.asarray(leaf) for leaf in leaves(args)]
    return session.run(None, dict(zip([i.name for i in session.get_inputs()], given, strict=True)))


def check(f: Callable[..., Any], *args: Any, tolerance: float = 2e-5) -> None:
    with wg.no_grad():
        expected = leaves(f(*args))
    laws.assert_close(run(wg.export.onnx(f, *args), *args), expected, tolerance)


def check_case(case: Case) -> None:
    args = laws.make_arguments(case, "float32")
    derivative = [laws.derivative(laws.flat(case.function), args)] if case.order else []
    for f in (case.function, *derivative):
        with refused("has no operators in ONNX here", "decides by a value"):
            check(f, *args, tolerance=case.tolerance * laws.TOLERANCE["float32"])


@pytest.mark.part(2)
@pytest.mark.parametrize("case", EVERY[3::40])
def test_functions_and_derivatives(case: Case) -> None:
    check_case(case)


@pytest.mark.wide
@pytest.mark.parametrize("case", EVERY)
def test_all_functions_and_derivatives(case: Case) -> None:
    check_case(case)


def repeated(x: Any) -> Any:
    return np.sum(wg.fori_loop(0, 4, lambda i, c: np.sin(c) + x, x))


def stacked(x: Any) -> Any:
    last, ys = wg.scan(lambda c, y: (c * y, np.sin(c)), x[0], x, reverse=True)
    return last + np.sum(ys * np.arange(4, dtype="float32"))


def chosen(x: Any) -> Any:
    return np.sum(wg.switch(np.argmax(x), [np.sin, np.cos, np.exp, lambda x: x * x], x))


def awaited(x: Any) -> Any:
    return np.sum(wg.while_loop(lambda c: np.sum(c) < 50, lambda c: c * c + 1, x))


@pytest.mark.parametrize("f", [repeated, stacked, chosen, awaited])
def test_loops_and_branches(f: Callable[..., Any]) -> None:
    check(f, X)
    check(wg.grad(f), X)


def network(pool: Any) -> Any:
    return wg.nn.Sequential(
        wg.nn.Conv2d(1, 4, 3, stride=2, padding=1), wg.nn.ReLU(), pool, wg.nn.Flatten(),
        wg.nn.Linear(16, 8), wg.nn.LayerNorm(8), wg.nn.GELU(), wg.nn.Linear(8, 3),
    )  # fmt: skip


def test_a_network_and_its_gradient() -> None:
    net, rng = network(wg.nn.Conv2d(4, 4, 2, stride=2)), numpy.random.default_rng(0)
    images, labels = rng.standard_normal((5, 1, 8, 8)).astype("float32"), numpy.array([0, 2, 1, 1, 0])
    parameters = {name: p.detach().numpy() for name, p in net.named_parameters()}

    def loss(parameters: Any, images: Any, labels: Any) -> Any:
        return wg.nn.functional.cross_entropy(wg.nn.functional_call(net, parameters, (images,)), labels)

    check(net, images)
    check(network(wg.nn.MaxPool2d(2)), images)
    check(wg.value_and_grad(loss), parameters, images, labels)


def test_attention_and_recurrence() -> None:
    x = numpy.random.default_rng(0).standard_normal((2, 5, 8)).astype("float32")
    check(wg.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), x)
    lstm = wg.nn.LSTM(8, 6, batch_first=True)
    check(lambda x: lstm(x)[0], x)


def test_files_and_names(tmp_path: Path) -> None:
    path = tmp_path / "f.onnx"
    model = wg.export.onnx(lambda p, x: {"a": p["w"] * x, "b": x}, {"w": X}, X, path=path)
    session = runtime.InferenceSession(str(path))
    assert [i.name for i in session.get_inputs()] == ["p_w", "x"]
    assert [o.name for o in session.get_outputs()] == ["output_1", "output_2"]
    assert model.graph.name == "_lambda"
    assert [p.name for p in tmp_path.iterdir()] == ["f.onnx"]


@pytest.mark.parametrize(("name", "f"), [("svd", np.linalg.svd), ("sort", lambda x: np.sort(x, axis=0))])
def test_what_has_no_operators_is_refused(name: str, f: Callable[..., Any]) -> None:
    """By the user's name, also where a formula leads to another."""
    with pytest.raises(TypeError, match=f"the operation {name} has no operators in ONNX here"):
        wg.export.onnx(f, numpy.eye(2))


def test_any_number_of_examples() -> None:
    net, rng = network(wg.nn.MaxPool2d(2)), numpy.random.default_rng(0)
    w = rng.standard_normal((4, 3)).astype("float32")

    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean((np.tanh(x @ w) - y) ** 2)

    model = wg.export.onnx(wg.value_and_grad(loss), w, *examples(2), batch=("x", "y"))
    forward = wg.export.onnx(net, rng.standard_normal((2, 1, 8, 8)).astype("float32"), batch=("x1",))
    for count in (1, 2, 7):
        laws.assert_close(run(model, w, *examples(count)), leaves(wg.value_and_grad(loss)(w, *examples(count))), 2e-5)
        images = rng.standard_normal((count, 1, 8, 8)).astype("float32")
        with wg.no_grad():
            laws.assert_close(run(forward, images), leaves(net(images)), 2e-5)


def examples(count: int) -> tuple[Any, Any]:
    rng = numpy.random.default_rng(count)
    return rng.standard_normal((count, 4)).astype("float32"), rng.standard_normal((count, 3)).astype("float32")


def test_batches_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"batch is \('z',\), wanted names of inputs"):
        wg.export.onnx(lambda x: x, X, batch=("z",))
    with pytest.raises(TypeError, match="depends on the number of examples"):
        wg.export.onnx(lambda x: x * len(x) ** 2, X, batch=("x",))
