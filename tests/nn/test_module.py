"""Modules: what is found in them, as trees, under every transformation, and what they say of wrong input."""

from __future__ import annotations

import copy
import pickle
import re
import types
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from tests.same import assert_same
from wengert import nn
from wengert.nn import functional as F

R = numpy.random.default_rng(0)
X, Y = R.normal(size=(5, 3)).astype("float32"), R.normal(size=(5, 2)).astype("float32")


class Block(nn.Module):
    """A layer with a residual connection, a buffer and something that is neither."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, width)
        self.scale = nn.Parameter(np.ones(width, "float32"))
        self.register_buffer("count", np.zeros((), "float32"))
        self.register_buffer("scratch", np.zeros(2), persistent=False)
        self.label = "block"

    def forward(self, x: Any) -> Any:
        with wg.no_grad():
            self.count += 1
        return x + self.scale * np.tanh(self.linear1(x))


class Net(nn.Module):
    """Blocks in a plain list, and a head."""

    def __init__(self) -> None:
        self.layers = [Block(3) for _ in range(2)]
        self.head = nn.Linear(3, 2)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


PATHS = [
    "layers.0.scale", "layers.0.linear1.weight", "layers.0.linear1.bias",
    "layers.1.scale", "layers.1.linear1.weight", "layers.1.linear1.bias", "head.weight", "head.bias",
]  # fmt: skip


def loss(net: Any) -> Any:
    return F.mse_loss(net(X), Y)


def values(net: nn.Module) -> list[Any]:
    return [p.detach().numpy() for p in net.parameters()]


def assert_alike(one: nn.Module, other: nn.Module, tolerance: float = 1e-6) -> None:
    for a, b in zip(values(one), values(other), strict=True):
        numpy.testing.assert_allclose(a, b, tolerance, tolerance)


# -- what is found ---------------------------------------------------------------------------------


def test_parameters_buffers_and_modules_have_paths() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == PATHS
    assert [name for name, _ in net.named_buffers()][:2] == ["layers.0.count", "layers.0.scratch"]
    assert [name for name, _ in net.named_children()] == ["layers.0", "layers.1", "head"]
    assert [name for name, _ in net.named_modules()] == [
        "", "layers.0", "layers.0.linear1", "layers.1", "layers.1.linear1", "head",
    ]  # fmt: skip
    assert list(net.state_dict()) == [
        *PATHS[:1], "layers.0.count", *PATHS[1:4], "layers.1.count", *PATHS[4:],
    ]  # fmt: skip
    assert net.get_submodule("layers.1.linear1") is net.layers[1].linear1
    assert net.get_parameter("head.weight") is net.head.weight
    assert net.get_buffer("layers.0.count") is net.layers[0].count


def test_a_path_that_leads_nowhere_says_what_there_is() -> None:
    with pytest.raises(AttributeError) as error:
        Net().get_submodule("layer.0")
    assert str(error.value) == (
        "[Net] 'layer.0' leads to no module, wanted one of: layers.0, layers.0.linear1, layers.1, layers.1.linear1, "
        "head; write the names of attributes and the numbers of items with points between them"
    )


def test_a_parameter_in_two_places_is_one() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    gradient = wg.grad(lambda net: np.sum(net(X)))(net)
    assert gradient[0].weight is gradient[1].weight
    np.sum(net(X)).backward()
    numpy.testing.assert_allclose(gradient[0].weight.detach(), net[0].weight.grad, rtol=1e-6)
    assert net.to("float64")[0].weight is net[1].weight


def test_a_module_in_itself_is_gone_into_once() -> None:
    net = nn.Linear(3, 2)
    net.own = nn.ModuleList([net])
    assert list(net.state_dict()) == [name for name, _ in net.named_parameters()] == ["weight", "bias"]
    assert wg.grad(lambda net: np.sum(net(X)))(net).own[0].weight.shape == (2, 3)


def test_nothing_is_something_too() -> None:
    assert nn.Linear(0, 2)(np.ones((2, 0))).shape == (2, 2)
    assert nn.Conv2d(3, 2, 3)(np.ones((0, 3, 8, 8))).shape == (0, 2, 6, 6)
    assert nn.GRU(3, 4)(np.ones((0, 2, 3)))[0].shape == (0, 2, 4)


def test_attributes_are_replaced_deleted_and_guarded() -> None:
    layer = nn.Linear(3, 2)
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    layer.extra = nn.Parameter([1.0])
    del layer.extra
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    with pytest.raises(TypeError) as error:
        layer.weight = layer.weight * 2
    assert str(error.value) == (
        "[Linear] the parameter weight was set to a result, wanted a parameter or None; write "
        "module.weight.copy_(value) within wg.no_grad() for another value of it, or "
        "module.weight = wg.nn.Parameter(value) for another parameter"
    )


def test_text_has_counts() -> None:
    assert repr(Net()) == (
        "Net(\n  (layers.0): Block(\n    (linear1): Linear(in_features=3, out_features=3, bias=True): 12 parameters\n"
        "  ): 15 parameters\n  (layers.1): Block(\n    (linear1): Linear(in_features=3, out_features=3, bias=True): "
        "12 parameters\n  ): 15 parameters\n  (head): Linear(in_features=3, out_features=2, bias=True): 8 parameters\n"
        "): 38 parameters"
    )


def test_train_eval_apply_requires_grad_and_dtype_reach_everything() -> None:
    net = Net()
    assert net.training
    assert not any(module.training for module in net.eval().modules())
    assert all(module.training for module in net.train().modules())
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
    assert len(list(net.parameters())) == 8
    assert all(p.requires_grad for p in net.requires_grad_().parameters())
    assert {p.dtype for p in net.double().parameters()} == {numpy.dtype("float64")}
    assert net(X).dtype == "float64"
    assert net.layers[0].count.dtype == "float64"
    met: list[str] = []
    net.apply(lambda module: met.append(type(module).__name__))
    assert met == ["Linear", "Block", "Linear", "Block", "Linear", "Net"]


def test_zero_grad() -> None:
    net = Net()
    loss(net).backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_copies_are_modules_of_their_own() -> None:
    net = Net()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_alike(net, other, 0)
        assert all(p.requires_grad and p.is_leaf for p in other.parameters())
        with wg.no_grad():
            other.head.bias += 1
        assert np.all(other.head.bias != net.head.bias)


# -- state -----------------------------------------------------------------------------------------


def test_state_is_a_copy_and_comes_back() -> None:
    net, other = Net(), Net()
    state = net.state_dict()
    with wg.no_grad():
        net.head.bias += 1
    assert np.all(state["head.bias"] != net.head.bias)
    weight = other.head.weight
    assert other.load_state_dict(state) == ([], [])
    assert other.head.weight is weight
    assert weight.is_leaf
    assert np.array_equal(weight, net.head.weight)


def test_what_does_not_fit_is_listed_and_nothing_is_loaded() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    before = values(net)
    state = net.state_dict()
    state["0.weight"], state["2.bias"] = np.ones((2, 4)), np.ones(1)
    state["0.bias"] += 1
    del state["1.bias"]
    with pytest.raises(ValueError, match="load_state_dict") as error:
        net.load_state_dict(state)
    assert str(error.value) == (
        "[load_state_dict] the state does not fit this Sequential, wanted the names and shapes of its parameters and "
        "buffers:\n  missing: 1.bias\n  unexpected: 2.bias\n  0.weight: got shape (2, 4), wanted (2, 3)\n"
        "nothing was loaded; write strict=False to load what has a name in both"
    )
    assert all(numpy.array_equal(a, b) for a, b in zip(before, values(net), strict=True))
    del state["0.weight"]
    assert net.load_state_dict(state, strict=False) == (["0.weight", "1.bias"], ["2.bias"])
    assert np.array_equal(net[0].bias, before[1] + 1)


def test_a_shape_that_differs_is_refused_also_where_names_may_differ() -> None:
    net = nn.Linear(3, 2)
    before = values(net)
    for strict in (True, False):
        with pytest.raises(ValueError, match=r"\n  weight: got shape \(1, 3\), wanted \(2, 3\)\nnothing was loaded"):
            net.load_state_dict({"bias": np.zeros(2), "weight": np.zeros((1, 3))}, strict)
    assert all(numpy.array_equal(a, b) for a, b in zip(before, values(net), strict=True))


# -- as a tree and as a function -------------------------------------------------------------------


def test_gradients_of_a_module_are_a_module() -> None:
    net = Net()
    gradient = wg.grad(loss)(net)
    assert type(gradient) is Net
    assert gradient.layers[0].label == "block"
    loss(net).backward()
    for (name, found), parameter in zip(gradient.named_parameters(), net.parameters(), strict=True):
        numpy.testing.assert_allclose(found.detach(), parameter.grad, 1e-5, 1e-7, err_msg=name)
    assert net.layers[0].count.item() == gradient.layers[0].count.item() == 2  # buffers are shared


def test_modules_go_through_tree_functions_and_second_derivatives() -> None:
    net = nn.Linear(3, 2).to("float64")
    net.requires_grad_(False)
    step = wg.trees.map(lambda p, g: p - 0.1 * g, net, wg.grad(loss)(net))
    assert float(loss(step)) < float(loss(net))
    assert wg.check(loss, net, order=2)
    direction = wg.trees.map(np.ones_like, net)
    assert wg.hvp(loss, (net,), (direction,)).weight.shape == (2, 3)


def test_functional_call_takes_parameters_by_path() -> None:
    net = Net()
    doubled = {name: 2 * p.detach() for name, p in net.named_parameters()}
    other = copy.deepcopy(net)
    other.load_state_dict(doubled, strict=False)
    numpy.testing.assert_allclose(nn.functional_call(net, doubled, X).numpy(), other(X).detach(), rtol=1e-6)
    gradient = wg.grad(lambda p: np.sum(nn.functional_call(net, p, (X,))))(doubled)
    assert gradient.keys() == doubled.keys()
    counted = {"layers.0.count": np.zeros((), "float32")}
    nn.functional_call(net, (doubled, counted), X)
    assert counted["layers.0.count"].item() == 1
    with pytest.raises(ValueError, match="functional_call") as error:
        nn.functional_call(nn.Linear(3, 2), {"wieght": 1.0}, X)
    assert str(error.value) == (
        "[functional_call] wieght lead(s) to no parameter or buffer of this Linear, wanted some of weight, bias; "
        "write dict(module.named_parameters())"
    )


def test_an_ensemble_is_mapped_over_stacked_parameters() -> None:
    nets = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)) for _ in range(3)]
    together = wg.vmap(lambda net: net(X))(nn.stack(nets)).detach()
    numpy.testing.assert_allclose(together, np.stack([net(X).detach() for net in nets]), 1e-5, 1e-6)
    gradients = wg.vmap(wg.grad(loss))(nn.stack(nets))
    for i, net in enumerate(nets):
        assert_alike(wg.trees.map(lambda g, i=i: g[i], gradients), wg.grad(loss)(net), 1e-5)


def test_stacked_layers_are_scanned() -> None:
    layers = [nn.Linear(3, 3) for _ in range(4)]
    x = wg.tensor(X)
    for layer in layers:
        x = np.tanh(layer(x))

    def through(stacked: Any) -> Any:
        return wg.scan(lambda h, layer: (np.tanh(layer(h)), None), wg.tensor(X), stacked)[0]

    for run in (through, wg.jit(through)):
        numpy.testing.assert_allclose(run(nn.stack(layers)).detach(), x.detach(), 1e-5, 1e-6)


def test_modules_with_buffers_are_stacked_by_path() -> None:
    nets = [Block(3) for _ in range(2)]
    with pytest.raises(ValueError, match=r"nn\.stack") as error:
        nn.stack(nets)
    assert str(error.value) == (
        "[nn.stack] the modules have buffers (count, scratch), wanted parameters alone; write parameters, buffers = "
        "nn.stack_module_state(modules), and nn.functional_call(module, (parameters, buffers), x) in vmap"
    )
    parameters, buffers = nn.stack_module_state(nets)
    run = wg.vmap(lambda p, b: nn.functional_call(nets[0], (p, b), X))
    numpy.testing.assert_allclose(run(parameters, buffers), np.stack([n(X).detach() for n in nets]), 1e-5, 1e-6)


# -- compiled --------------------------------------------------------------------------------------


def plain_step(net: Any, x: Any, y: Any) -> Any:
    value = F.mse_loss(net(x), y)
    net.zero_grad()
    value.backward()
    with wg.no_grad():
        for p in net.parameters():
            p -= 0.1 * p.grad
    return value


def test_a_whole_training_step_is_one_program() -> None:
    net = Net()
    other = copy.deepcopy(net)
    step = wg.jit(lambda x, y: plain_step(net, x, y))
    losses = [step(X, Y).item() for _ in range(5)]
    expected = [plain_step(other, X, Y).item() for _ in range(5)]
    numpy.testing.assert_allclose(losses, expected, 1e-5)
    assert_alike(net, other, 1e-5)
    assert net.layers[0].count.item() == 5
    assert len(step.programs) == 1


def test_what_is_changed_between_calls_is_noticed() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.LeakyReLU(0.1), nn.RReLU(0.5, 0.5 + 1e-12).eval())
    run = wg.jit(lambda x: net(x))

    def assert_followed() -> None:
        numpy.testing.assert_allclose(run(X).detach(), net(X).detach(), 1e-5, 1e-6)

    assert_followed()
    net[1].negative_slope = 0.7
    assert_followed()
    net[0] = nn.Linear(3, 3)
    assert_followed()
    net.append(nn.Tanh())
    assert_followed()
    hook = net[0].register_forward_hook(lambda module, args, output: 2 * output)
    assert_followed()
    hook.remove()
    assert_followed()
    net[0].bias = None
    assert_followed()


def test_a_module_is_an_argument_of_a_compiled_function() -> None:
    nets = [nn.Linear(3, 2) for _ in range(2)]
    run = wg.jit(lambda net, x: net(x))
    for net in [*nets, *nets]:
        numpy.testing.assert_allclose(run(net, X).detach(), net(X).detach(), 1e-5, 1e-6)
    assert len(run.programs) == 1


def test_arguments_that_differ_in_more_than_parameters_are_told_apart() -> None:
    run = wg.jit(lambda net, x: net(x))
    norm = nn.BatchNorm1d(3)
    norm(X)
    other = copy.deepcopy(norm)
    other.running_mean.fill_(2.0)
    for net in (
        nn.LeakyReLU(0.1), nn.LeakyReLU(0.7), nn.ReLU(), norm.eval(), other.eval(), nn.Sequential(nn.ReLU(), norm),
        nn.Sequential(nn.ReLU(), other), nn.Sequential(other, nn.ReLU()), nn.LayerNorm(3), nn.LayerNorm(3, eps=1.0),
    ):  # fmt: skip
        numpy.testing.assert_allclose(run(net, X).detach(), net(X).detach(), 1e-5, 1e-6)
    assert len(run.programs) == 10


# -- hooks and messages ----------------------------------------------------------------------------


def test_in_the_places_of_parameters_there_may_be_trees() -> None:
    net = Net()
    pairs = wg.trees.map(lambda p: {"twice": 2 * p, "parts": (p, [p + 1])}, net)
    leaves, structure = wg.trees.flatten(pairs)
    assert len(leaves) == 3 * len(PATHS)
    found = wg.trees.flatten(net)[1].flatten_up_to(wg.trees.unflatten(structure, leaves))
    for pair, parameter in zip(found, net.parameters(), strict=True):
        assert np.array_equal(pair["twice"], 2 * parameter)
        assert np.array_equal(pair["parts"][1][0], parameter + 1)
    assert "parameters" not in repr(pairs)


def test_a_rule_trains_a_module() -> None:
    net = nn.Linear(3, 2)
    rule = wg.optim.chain(
        wg.optim.masked(wg.optim.add_decayed_weights(0.1), lambda p: p.ndim > 1), wg.optim.adam(lr=0.1)
    )
    step = wg.jit(lambda net, state: rule.step(wg.grad(loss)(net), state, net))
    trained, listed = (net, rule.init(net)), (list(net.parameters()), rule.init(list(net.parameters())))
    for _ in range(3):
        gradients = list(wg.grad(loss)(trained[0]).parameters())
        trained, listed = step(*trained), rule.step(gradients, listed[1], listed[0])
    for one, other in zip(trained[0].parameters(), listed[0], strict=True):
        numpy.testing.assert_allclose(one.detach(), other.detach(), rtol=1e-5)


def test_hooks_change_what_goes_in_and_comes_out() -> None:
    layer = nn.Linear(3, 2)
    plain = layer(X).detach()
    with layer.register_forward_hook(lambda module, args, output: output + 1):
        numpy.testing.assert_allclose(layer(X).detach(), plain + 1, rtol=1e-6)
    with layer.register_forward_pre_hook(lambda module, args: (0 * args[0],)):
        numpy.testing.assert_allclose(layer(X).detach(), np.broadcast_to(layer.bias.detach(), (5, 2)))
    assert np.array_equal(layer(X), plain)


def test_a_wrong_shape_names_the_way_to_the_layer() -> None:
    net = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 3), Net())})
    net["encoder"][1].layers[1].linear1 = nn.Linear(4, 3)

    class Outer(nn.Module):
        def __init__(self) -> None:
            self.net = net

        def forward(self, x: Any) -> Any:
            return self.net["encoder"](x)

    for call, shape in ((Outer(), (5, 3)), (wg.jit(Outer()), (5, 3)), (wg.vmap(Outer()), (3,))):
        with pytest.raises(nn.LayerError) as error:
            call(X)
        assert str(error.value) == (
            "[net.encoder.1.layers.1.linear1] got 3 features, wanted 4 (in_features of Linear), in an input of shape "
            f"{shape}; write in_features=3 where it is made, or give the layer x of shape (..., 4)"
        )


def test_other_wrong_things_are_said() -> None:
    cases: list[tuple[type[Exception], str, Any]] = [
        (
            NotImplementedError,
            "[Module] the class has no method forward, wanted what module(x) computes; write def forward(self, x): ...",
            lambda: nn.Module()(X),
        ),
        (
            TypeError,
            "[Sequential] a function was given, wanted a module; write the layer of the same name (wg.nn.ReLU() for "
            "relu), or a class derived from wg.nn.Module",
            lambda: nn.Sequential(lambda x: x),
        ),
        (
            TypeError,
            "[LeakyReLU] got an unexpected keyword argument 'slope', wanted LeakyReLU(negative_slope: float = 0.01, "
            "inplace: bool = False); write its settings under these names",
            lambda: nn.LeakyReLU(slope=1.0),
        ),
        (
            IndexError,
            "[cross_entropy] the targets reach from 0 to 2, wanted classes from 0 to 1, of which the input has 2; "
            "write ignore_index= for a number that stands for none",
            lambda: F.cross_entropy(np.ones((2, 2)), [0, 2]),
        ),
        (
            IndexError,
            "[embedding] the input reaches from -1 to 7, wanted rows from 0 to 4; write other numbers, or a larger "
            "num_embeddings where the table is made",
            lambda: nn.Embedding(5, 2)([-1, 7]),
        ),
        (
            ValueError,
            "[max_pool2d] windows of size (9, 9) for axes of lengths (8, 8) was given, wanted windows no longer than "
            "the axes with their padding; write a smaller kernel_size, or padding=",
            lambda: nn.MaxPool2d(9)(np.ones((1, 2, 8, 8))),
        ),
        (
            ValueError,
            "[conv1d] windows of size (5,) for axes of lengths (4,) was given, wanted windows no longer than the axes",
            lambda: nn.Conv1d(2, 3, 5)(np.ones((1, 2, 4))),
        ),
        (
            IndexError,
            "[nll_loss] the targets reach from -1 to 0, wanted classes from 0 to 1, of which the input has 2; write "
            "ignore_index= for a number that stands for none",
            lambda: F.nll_loss(np.ones((2, 2)), [0, -1]),
        ),
        (
            TypeError,
            "[cross_entropy] the targets have dtype float64, wanted integers: the number of a class each; write "
            "target.astype(int)",
            lambda: F.cross_entropy(np.ones((2, 2)), [0.0, 1.0]),
        ),
        (
            ValueError,
            "[cross_entropy] targets of shape (2, 1) for an input of shape (2, 2) was given, wanted shape (2,): the "
            "number of a class each, where the input has its axis of classes; write target.reshape(...), or "
            "np.argmax(target, axis=1) for what is one-hot",
            lambda: F.cross_entropy(np.ones((2, 2)), [[0], [1]]),
        ),
        (
            ValueError,
            "[mse_loss] an input of shape (2, 1) and a target of shape (2,) was given, wanted the same shape for both; "
            "write target.reshape(input.shape) if they belong together",
            lambda: F.mse_loss(np.ones((2, 1)), np.ones(2)),
        ),
        (
            ValueError,
            "[l1_loss] reduction='avg' was given, wanted \"mean\", \"sum\" or \"none\"; write reduction=\"mean\"",
            lambda: F.l1_loss(1.0, 2.0, "avg"),
        ),
        (
            TypeError,
            "[to] int64 was given, wanted a floating dtype, since parameters are learned, or a device; write "
            "module.to('float32') or module.to('gpu')",
            lambda: nn.Linear(1, 1).to(int),
        ),
        (
            TypeError,
            "[to] cuda was given, wanted a floating dtype, since parameters are learned, or a device; write "
            "module.to('float32') or module.to('gpu')",
            lambda: nn.Linear(1, 1).to("cuda"),
        ),
        (
            TypeError,
            "[Module] weights was set to a list with parameters in it, wanted a place where they are found; write "
            "wg.nn.ParameterList(weights), or an attribute for each",
            lambda: setattr(nn.Module(), "weights", [nn.Parameter([1.0])]),
        ),
    ]  # fmt: skip
    for kind, text, call in cases:
        with pytest.raises(kind, match=re.escape(text)):
            call()


class Scaled(wg.nn.Module):
    """A module that holds values of many kinds."""

    def __init__(self) -> None:
        self.weight = wg.nn.Parameter(np.ones(2))
        self.table = {"factor": 2.0}
        self.items = [1.0]
        self.options = types.SimpleNamespace(factor=3.0, inner=types.SimpleNamespace(factor=1.0))
        self.array = numpy.array([1.0, 2.0])
        self.pair = (1.0, numpy.array(1.0))

    def forward(self, x: Any) -> Any:
        options = self.options
        factors = self.table["factor"] * self.items[-1] * options.factor * options.inner.factor * self.pair[0]
        return self.weight * x * factors * self.array * self.pair[1]


CHANGES: list[Callable[[Any], Any]] = [
    lambda m: m.table.update(factor=3.0),
    lambda m: m.items.append(4.0),
    lambda m: setattr(m.options, "factor", 5.0),
    lambda m: setattr(m.options.inner, "factor", 6.0),
    lambda m: m.array.__setitem__(0, 7.0),
    lambda m: m.pair[1].__setitem__((), 2.0),
    lambda m: setattr(m, "pair", (3.0, numpy.array(1.0))),
    lambda m: setattr(m, "array", numpy.array([0.5, 0.25])),
]


@pytest.mark.parametrize("is_argument", [True, False])
def test_what_is_in_a_module_may_be_overwritten_between_calls(is_argument: bool) -> None:
    module, same, x = Scaled(), Scaled(), np.ones(2)
    call = wg.jit(lambda m, x: m(x)) if is_argument else wg.jit(lambda x: module(x))
    for change in [lambda m: None, *CHANGES]:
        change(module)
        change(same)
        result = call(module, x) if is_argument else call(x)
        assert_same(result.detach(), same(x).detach())
