"""`kfac` beside its formula in loops of NumPy, example by example and place by place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

RNG = numpy.random.default_rng(4)
EXAMPLES, STEPS = 5, 4
LR, DAMPING, DECAY = 0.5, 0.1, 0.6


def network(*layers: Any) -> Any:
    net = wg.nn.Sequential(*layers)
    with wg.no_grad():
        for p in net.parameters():
            p.copy_(0.5 * RNG.standard_normal(p.shape))
    return net


def squares(out: Any) -> Any:
    return np.mean(np.sum((out - TARGET) ** 2, axis=1))


def cross_entropy(out: Any) -> Any:
    return wg.nn.functional.cross_entropy(out, LABELS)


TARGET, LABELS = RNG.standard_normal((EXAMPLES, 3)), RNG.integers(0, 3, EXAMPLES)
F64: dict[str, Any] = {"dtype": "float64"}
NETWORKS: dict[str, tuple[Any, tuple[int, ...], Callable[[Any], Any]]] = {
    "dense": (
        network(wg.nn.Linear(4, 6, **F64), wg.nn.Tanh(), wg.nn.Linear(6, 3, bias=False, **F64)),
        (EXAMPLES, 4),
        squares,
    ),
    "classes": (
        network(wg.nn.Linear(4, 5, **F64), wg.nn.Tanh(), wg.nn.Linear(5, 3, **F64)), (EXAMPLES, 4), cross_entropy,
    ),
    "images": (
        network(
            wg.nn.Conv2d(2, 3, (2, 3), stride=(1, 2), padding=1, **F64), wg.nn.Tanh(), wg.nn.Flatten(),
            wg.nn.Linear(3 * 5 * 3, 3, **F64),
        ),
        (EXAMPLES, 2, 4, 5),
        cross_entropy,
    ),
    "places": (
        network(wg.nn.Linear(4, 2, **F64), wg.nn.Tanh(), wg.nn.Flatten(), wg.nn.Linear(6, 3, **F64)),
        (EXAMPLES, 3, 4),
        squares,
    ),
}  # fmt: skip


def windows(layer: Any, x: Any) -> Any:
    """The inputs of a layer by example and place, by indices alone."""
    if isinstance(layer, wg.nn.Linear):
        seen = x.reshape(x.shape[0], -1, x.shape[-1])
    else:
        ends = [(0, 0), (0, 0), *((p, p) for p in layer.padding)]
        padded, (rows, columns) = numpy.pad(x, ends), layer.kernel_size
        places = [
            padded[:, :, i : i + rows, j : j + columns].reshape(x.shape[0], -1)
            for i in range(0, padded.shape[2] - rows + 1, layer.stride[0])
            for j in range(0, padded.shape[3] - columns + 1, layer.stride[1])
        ]
        seen = numpy.stack(places, axis=1)
    return seen if layer.bias is None else numpy.concatenate([seen, numpy.ones_like(seen[..., :1])], axis=2)


def by_place(layer: Any, slope: Any) -> Any:
    """Slopes of one example, a row for each place."""
    return (
        slope.reshape(-1, slope.shape[-1]) if isinstance(layer, wg.nn.Linear) else slope.reshape(slope.shape[0], -1).T
    )


def factors(net: Any, x: Any, loss: Any) -> Any:
    """For each layer with parameters its path, itself, and both matrices."""
    kept = wg.nn.capture(net, x)
    values = [x] + [kept[str(i)].detach().numpy() for i in range(len(net))]
    out = values[-1]
    rest = lambda i, z: net[i + 1 :](z) if i + 1 < len(net) else z
    hessian = wg.hessian(loss)(out).numpy().reshape(EXAMPLES, 3, EXAMPLES, 3)
    for i, layer in enumerate(net):
        if not list(layer.parameters()):
            continue
        a = windows(layer, values[i])
        A = sum(numpy.outer(v, v) for example in a for v in example) / EXAMPLES
        jacobian = wg.jacobian(lambda z, i=i: rest(i, z))(values[i + 1]).detach().numpy()
        G = numpy.zeros((layer.weight.shape[0],) * 2)
        for n in range(EXAMPLES):
            w, v = numpy.linalg.eigh(hessian[n, :, n])
            for label in range(3):
                direction = numpy.sqrt(max(w[label], 0.0)) * v[:, label]
                slope = numpy.tensordot(direction, jacobian[n, :, n], 1)
                G += sum(numpy.outer(g, g) for g in by_place(layer, slope)) / a.shape[1]
        yield str(i), layer, A, G


def stepped(net: Any, x: Any, loss: Any, averages: Any, step: int) -> Any:
    """The parameters after a step, by the formula."""
    params = dict(net.named_parameters())
    gradients = wg.grad(lambda p: loss(wg.nn.functional_call(net, p, x)))(params)
    keep = min(1 - 1 / (step + 1), DECAY)
    after = {}
    for path, layer, A, G in factors(net, x, loss):
        before = averages.get(path, (0.0, 0.0))
        averages[path] = A, G = keep * before[0] + (1 - keep) * A, keep * before[1] + (1 - keep) * G
        pi = numpy.sqrt(numpy.trace(A) / len(A) / (numpy.trace(G) / len(G)))
        left = numpy.linalg.inv(G + numpy.sqrt(DAMPING) / pi * numpy.eye(len(G)))
        right = numpy.linalg.inv(A + pi * numpy.sqrt(DAMPING) * numpy.eye(len(A)))
        weight = gradients[f"{path}.weight"].detach().numpy()
        columns = [weight.reshape(len(G), -1)]
        columns += [] if layer.bias is None else [gradients[f"{path}.bias"].detach().numpy()[:, None]]
        moved = LR * left @ numpy.concatenate(columns, axis=1) @ right
        change = moved[:, : columns[0].shape[1]].reshape(weight.shape)
        after[f"{path}.weight"] = params[f"{path}.weight"].detach().numpy() - change
        if layer.bias is not None:
            after[f"{path}.bias"] = params[f"{path}.bias"].detach().numpy() - moved[:, -1]
    return after


@pytest.mark.parametrize("name", NETWORKS)
def test_steps_are_those_of_the_formula(name: str) -> None:
    net, shape, loss = NETWORKS[name]
    rule = wg.optim.kfac(net, LR, DAMPING, DECAY)
    params = dict(net.named_parameters())
    state, averages = rule.init(params), {}
    for step in range(STEPS):
        x = RNG.standard_normal(shape)
        expected = stepped(holding(net, params), x, loss, averages, step)
        params, state = rule.step((x, loss), state, params)
        for path, value in expected.items():
            numpy.testing.assert_allclose(params[path].detach(), value, rtol=1e-8, atol=1e-10)


def holding(net: Any, params: Any) -> Any:
    """A network like another, with these parameters."""
    other = copy.deepcopy(net)
    other.load_state_dict(params)
    return other


def test_compiled_steps_are_the_same_and_the_network_stays() -> None:
    net, shape, loss = NETWORKS["classes"]
    rule, x = wg.optim.kfac(net, LR, DAMPING, DECAY), RNG.standard_normal(shape)
    params = dict(net.named_parameters())
    before = {name: p.detach().numpy().copy() for name, p in params.items()}
    step = wg.jit(lambda x, state, params: rule.step((x, loss), state, params))
    eager, compiled = (params, rule.init(params)), (params, rule.init(params))
    for _ in range(2):
        eager, compiled = rule.step((x, loss), eager[1], eager[0]), step(x, compiled[1], compiled[0])
    for one, other in zip(wg.trees.leaves(eager), wg.trees.leaves(compiled), strict=True):
        numpy.testing.assert_allclose(one.detach(), other.detach(), rtol=1e-9, atol=1e-12)
    assert all((p.detach().numpy() == before[name]).all() for name, p in net.named_parameters())


def test_of_one_layer_and_squares_a_step_is_newton_s() -> None:
    net = network(wg.nn.Linear(4, 3, **F64))
    x, params = RNG.standard_normal((EXAMPLES, 4)), dict(net.named_parameters())
    rule = wg.optim.kfac(net, damping=0.0)
    params, _ = rule.step((x, squares), rule.init(params), params)
    exact = numpy.linalg.lstsq(numpy.c_[x, numpy.ones(EXAMPLES)], TARGET)[0]
    numpy.testing.assert_allclose(params["0.weight"].detach(), exact[:4].T, rtol=1e-9)
    numpy.testing.assert_allclose(params["0.bias"].detach(), exact[4], rtol=1e-9)


def test_a_network_is_learned_in_few_steps() -> None:
    """The classes of XOR, by 20 steps; gradient descent takes hundreds."""
    x, labels = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    net = network(wg.nn.Linear(2, 8, **F64), wg.nn.Tanh(), wg.nn.Linear(8, 2, **F64))
    rule, params = wg.optim.kfac(net, lr=0.7, damping=1e-3), dict(net.named_parameters())
    loss = lambda out: wg.nn.functional.cross_entropy(out, labels)
    state = rule.init(params)
    for _ in range(20):
        params, state = rule.step((x, loss), state, {name: p.detach() for name, p in params.items()})
    assert loss(wg.nn.functional_call(net, params, x)) < 0.01


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="kfac") as error:
        wg.optim.kfac(wg.nn.Sequential(wg.nn.Linear(2, 2), wg.nn.LayerNorm(2), wg.nn.Conv1d(2, 2, 1, groups=2)))
    assert str(error.value) == (
        "[kfac] 1.weight, 1.bias, 2.weight, 2.bias belong(s) to no Linear and no convolution of one group, wanted a "
        "network of which all parameters do; write natural_gradient(), which takes any function"
    )
    layer = wg.nn.Linear(2, 2)
    twice = wg.nn.Sequential(layer, wg.nn.Tanh(), layer)
    rule, params = wg.optim.kfac(twice), dict(twice.named_parameters())
    with pytest.raises(ValueError, match="kfac") as error:
        rule.step((np.ones((3, 2)), np.sum), rule.init(params), params)
    assert str(error.value) == (
        "[kfac] the layer '0' runs twice, wanted each once, since its slopes are of one run; write a layer for each, "
        "or natural_gradient()"
    )
