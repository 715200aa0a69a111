"""What a process with eight devices computes: run by `test_meshes`, which reads the JSON that it prints.

Its arguments are the dtypes in which each kind of training is tried, and each exchange; without any, few are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import distributed, nn, optim

KINDS = {
    "data parallel": None,
    "fully sharded": {},
    "tensor parallel": {"axis": None, "rules": distributed.tensor_parallel()},
    "both": {"rules": distributed.tensor_parallel()},
}
STEPS = 3


@cache
def grid() -> distributed.Mesh:
    """The mesh of all devices."""
    return distributed.mesh({"data": 4, "model": 2})


def trained(dtype: str, compiled: Callable[..., Any], options: Any = None) -> tuple[list[float], list[Any], nn.Module]:
    """The losses of a small Transformer, its parameters, and itself."""
    wg.random.seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, dtype=dtype)
    model = nn.Sequential(layer, nn.Linear(8, 4, dtype=dtype))
    if options is not None:
        distributed.shard_parameters(model, grid(), **options)
    sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step(x: Any, y: Any) -> Any:
        sgd.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        sgd.step()
        return loss

    rng = numpy.random.default_rng(0)
    x, y = (rng.normal(size=(8, 3, width)).astype(dtype) for width in (8, 4))
    run = compiled(step)
    losses = [run(x, y).item() for _ in range(STEPS)]
    return losses, [p.detach().numpy() for p in model.parameters()], model


def differences(dtype: str, kinds: Iterable[str]) -> dict[str, float]:
    """The largest differences of losses and parameters from those on one device."""
    losses, parameters, _ = trained(dtype, lambda step: wg.jit(step, backend="xla"))
    found = {}
    for kind in kinds:
        others, cut, model = trained(dtype, lambda step: distributed.data_parallel(step, grid()), KINDS[kind])
        assert {p.device for p in model.parameters()} == {grid().name}
        pairs = zip([*map(numpy.asarray, losses), *parameters], [*map(numpy.asarray, others), *cut], strict=True)
        found[kind] = max(float(numpy.max(numpy.abs(a - b))) for a, b in pairs)
    return found


def layouts() -> dict[str, Any]:
    """Where values are."""
    x = wg.shard(numpy.arange(16.0).reshape(8, 2), grid(), ("data", "model"))
    turned = wg.jit(lambda x: wg.constrain(x * 2, grid(), (None, ("model", "data"))))
    wide = wg.shard(numpy.arange(16.0).reshape(2, 8), grid(), ())
    leaf = wg.tensor(numpy.ones((8, 2))).requires_grad_()
    np.sum(np.sin(wg.shard(leaf, grid(), "data"))).backward()
    return {
        "block": x._value.addressable_shards[0].data.shape,
        "product": str((x @ np.ones((2, 3)))._value.sharding.spec),
        "constrained": str(turned(wide)._value.sharding.spec),
        "eagerly": str(wg.constrain(wide, grid(), (None, "data"))._value.sharding.spec),
        "of a batch": wg.vmap(lambda row: wg.constrain(row, grid(), "model"))(x).shape,
        "like": str(np.zeros_like(x)._value.sharding.spec),
        "gradient": leaf.grad.device,
        "back": float(np.sum(x.to("cpu"))),
    }


EXCHANGES: dict[str, tuple[Callable[..., Any], Any, Any, Callable[..., Any]]] = {
    "psum": (
        lambda x: distributed.psum(np.sin(x), "data"),
        [("data",)],
        (),
        lambda x: np.sum(np.sin(x).reshape(4, 2, 4), 0),
    ),
    "psum over two axes": (
        lambda x: distributed.psum(np.sum(x**3), ("data", "model")) * x,
        [("data", "model")],
        ("data", "model"),
        lambda x: np.sum(x**3) * x,
    ),
    "all_gather": (lambda x: np.sin(distributed.all_gather(x, "model", 1)), [(None, "model")], (), np.sin),
    "reduce_scatter": (
        lambda x: distributed.reduce_scatter(x**2, "data", 1),
        [("data",)],
        (None, "data"),
        lambda x: np.sum((x**2).reshape(4, 2, 4), 0),
    ),
    "all_to_all": (
        lambda x: np.sin(distributed.all_to_all(x, "data", split=1, join=0)) * np.arange(8.0)[:, None],
        [("data",)],
        (None, "data"),
        lambda x: np.sin(x) * np.arange(8.0)[:, None],
    ),
    "ppermute": (
        lambda x: distributed.ppermute(x**2, "data", [(0, 1), (1, 2), (2, 3)]) * x,
        [("data",)],
        ("data",),
        lambda x: np.concatenate([np.zeros((2, 4)), x[:6] ** 2]) * x,
    ),
    "what is read from outside": (lambda x: x * W, [("data",)], ("data",), lambda x: x * W),
}
"""Functions of parts, how these lie, and the functions of whole arrays that they are."""

W = wg.tensor(numpy.linspace(1.0, 2.0, 4))


FEW = ("psum over two axes", "reduce_scatter")


def exchanges(names: Iterable[str]) -> dict[str, float]:
    """The largest difference of values, derivatives of both modes and orders, and batches, to the largest number."""
    found = {}
    rng = numpy.random.default_rng(0)
    x, v = rng.normal(size=(2, 8, 4))
    for name in names:
        f, ins, outs, whole = EXCHANGES[name]
        parts = distributed.shard_map(f, grid(), ins, outs)
        loss, expected = (lambda x, g=g: np.sum(np.sin(g(x)) ** 2) for g in (parts, whole))
        pairs = [
            (parts(x), whole(x)),
            (wg.jvp(parts, (x,), (v,))[1], wg.jvp(whole, (x,), (v,))[1]),
            (wg.jit(wg.grad(loss), backend="native")(distributed.replicate(x, grid())), wg.grad(expected)(x)),
            (wg.jit(loss)(x), expected(x)),
            (wg.hvp(loss, (x,), (v,)), wg.hvp(expected, (x,), (v,))),
            (wg.vmap(wg.grad(loss))(np.stack([x, v])), wg.vmap(wg.grad(expected))(np.stack([x, v]))),
        ]
        found[name] = max(float(np.max(np.abs(a.to("cpu") - b)) / np.max(np.abs(b))) for a, b in pairs)
    gradient = wg.grad(lambda w: np.sum(distributed.shard_map(lambda x: x * w, grid(), ["data"], "data")(x) ** 2))(W)
    found["gradient of what is read"] = float(np.max(np.abs(gradient.to("cpu") - np.sum(2 * x**2 * W, 0))))
    return found


def refused(f: Callable[[], Any]) -> str:
    """The message of an error."""
    try:
        f()
    except ValueError as error:
        return str(error).partition(" (at ")[0]
    raise AssertionError("nothing was raised")


def refusals() -> dict[str, str]:
    """What is said of wrong input."""
    x = wg.shard(numpy.ones((8, 2)), grid(), "data")
    step = distributed.data_parallel(lambda x: np.sum(x), grid())
    return {
        "devices": refused(lambda: distributed.mesh({"data": 3, "model": 2})),
        "no device": refused(lambda: distributed.mesh({"data": 1}, devices=["cpu:99"])),
        "mixed": refused(lambda: x + wg.device_put(numpy.ones(2), "cpu:0")),
        "elsewhere": refused(lambda: wg.constrain(wg.device_put(numpy.ones(4), "cpu:0"), grid(), "data")),
        "compiled elsewhere": refused(
            lambda: wg.jit(lambda x: wg.constrain(x, grid(), "data"), backend="xla")(numpy.ones(4))
        ),
        "batch": refused(lambda: step(numpy.ones(6))),
    }


if __name__ == "__main__":
    dtypes, kinds, names = (sys.argv[1:], KINDS, EXCHANGES) if sys.argv[1:] else (["float64"], ["both"], FEW)
    tried = {dtype: differences(dtype, kinds) for dtype in dtypes}
    found = {"layouts": layouts(), "refusals": refusals(), "exchanges": exchanges(names), "differences": tried}
    print(json.dumps(found))
