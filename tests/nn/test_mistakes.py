"""What a stranger gets wrong with networks, optimizers, loaders and distributions, and what he is told: whole texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import data, nn, optim

F, X = nn.functional, numpy.ones((4, 3))


def net() -> nn.Linear:
    return nn.Linear(3, 2)


class WithoutLength(data.Dataset):
    """A dataset that nobody can count."""


class Listed(nn.Module):
    """Parameters where they are not found."""

    def __init__(self) -> None:
        self.weights = [nn.Parameter([1.0])]


def replaced() -> None:
    layer = net()
    layer(X).sum().backward()
    layer.weight = layer.weight - 0.1 * layer.weight.grad


def used_up() -> Any:
    parameters = net().parameters()
    list(parameters)
    return optim.Adam(parameters)


def trained(loss: Callable[[Any], Any], optimizer: Any, batches: Any, **more: Any) -> Any:
    return wg.training.fit(loss, optimizer, batches, epochs=1, **more)


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: nn.Linear(3, 2, device="cuda"),
        "[Linear] there is no parameter device, wanted one of in_features, out_features, bias, dtype; write "
        "the same without it, and .to('gpu') of what is made",
    ),
    (
        lambda: nn.Linear(in_feature=3, out_features=2),
        "[Linear] there is no parameter in_feature, wanted one of in_features, out_features, bias, dtype; "
        "write in_features= or out_features=",
    ),
    (
        lambda: nn.Linear("3", 2),
        "[Linear] in_features='3' was given, wanted a whole number; write in_features=int('3')",
    ),
    (
        lambda: nn.Conv2d(3, 2.0, 3),
        "[Conv2d] out_channels=2.0 was given, wanted a whole number; write out_channels=int(2.0)",
    ),
    (
        lambda: nn.Conv2d(3, 2, 3)(numpy.ones((4, 8, 8, 3))),
        "[Conv2d] got 8 features, wanted 3 (in_channels of Conv2d), in an input of shape (4, 8, 8, 3); write "
        "in_channels=8 where it is made, or give the layer x of shape (..., 3, length, length)",
    ),
    (
        lambda: nn.Conv2d(3, 2, 9)(numpy.ones((4, 3, 8, 8))),
        "[conv2d] windows of size (9, 9) for axes of lengths (8, 8) was given, wanted windows no longer than "
        "the axes with their padding; write a smaller kernel_size, or padding=",
    ),
    (
        lambda: nn.GroupNorm(2, 3),
        "[GroupNorm] 3 channels in 2 groups was given, wanted a divisor; write num_groups=1",
    ),
    (
        lambda: nn.MultiheadAttention(10, 3),
        "[MultiheadAttention] embed_dim=10 in 3 heads was given, wanted a divisor; write num_heads=1",
    ),
    (
        lambda: nn.LayerNorm(4)(X),
        "[LayerNorm] got 3 features, wanted 4 (normalized_shape of LayerNorm), in an input of shape (4, 3); "
        "write normalized_shape=3 where it is made, or give the layer x of shape (..., 4)",
    ),
    (
        lambda: nn.BatchNorm1d(3)(numpy.ones((1, 3))),
        "[batch_norm] one value for each channel, in shape (1, 3) was given, wanted more in training; call eval()",
    ),
    (
        lambda: nn.LSTM(3, 4)(numpy.ones((5, 2, 3)), numpy.ones((1, 2, 4))),
        "[LSTM] a state of type ndarray was given, wanted a pair of arrays; write (h, c)",
    ),
    (
        lambda: nn.Embedding(5, 2)(X),
        "[embedding] the input has dtype float64, wanted integers: the numbers of rows; write x.astype(int)",
    ),
    (
        lambda: nn.Embedding(5, 2)(numpy.array([7])),
        "[embedding] the input reaches from 7 to 7, wanted rows from 0 to 4; write other numbers, or a larger"
        " num_embeddings where the table is made",
    ),
    (
        lambda: nn.Dropout(1.5)(X),
        "[Dropout] p=1.5 was given, wanted a probability from 0 to 1 with which a value is 0; write Dropout(0.5)",
    ),
    (
        lambda: nn.Sequential([net()]),
        "[Sequential] a list was given, wanted a module; write Sequential(*layers)",
    ),
    (
        lambda: nn.Sequential(net(), F.relu),
        "[Sequential] a function was given, wanted a module; write the layer of the same name (wg.nn.ReLU() "
        "for relu), or a class derived from wg.nn.Module",
    ),
    (
        lambda: nn.Sequential(net(), nn.ReLU),
        "[Sequential] a type was given, wanted a module; write ReLU(), the module and not its class",
    ),
    (
        lambda: nn.ModuleList([net()])(X),
        "[ModuleList] it was called, wanted its modules one by one, since a list has no order of computing; "
        "write for layer in layers: x = layer(x), or wg.nn.Sequential(*layers)",
    ),
    (
        lambda: nn.ModuleList([[net()]]),
        "[ModuleList] a list was given, wanted a module; write ModuleList(layers) with modules in it",
    ),
    (
        lambda: list(Listed().parameters()),
        "[Listed] weights was set to a list with parameters in it, wanted a place where they are found; write"
        " wg.nn.ParameterList(weights), or an attribute for each",
    ),
    (
        lambda: nn.Module()(X),
        "[Module] the class has no method forward, wanted what module(x) computes; write def forward(self, x): ...",
    ),
    (
        lambda: net().to("cuda"),
        "[to] cuda was given, wanted a floating dtype, since parameters are learned, or a device; "
        "write module.to('float32') or module.to('gpu')",
    ),
    (
        lambda: net().cuda(),
        "[module] there is no module.cuda, which is another library's name, wanted one of a module here; "
        "write module.to('gpu')",
    ),
    (
        lambda: net().register_buffer("weight", X),
        "[Linear] the parameter weight was set to a ndarray, wanted a parameter or None; write "
        "module.weight.copy_(value) within wg.no_grad() for another value of it, or module.weight = "
        "wg.nn.Parameter(value) for another parameter",
    ),
    (
        lambda: replaced(),
        "[Linear] the parameter weight was set to a result, wanted a parameter or None; write "
        "module.weight.copy_(value) within wg.no_grad() for another value of it, or module.weight = "
        "wg.nn.Parameter(value) for another parameter",
    ),
    (
        lambda: net().load_state_dict(nn.Linear(4, 2).state_dict()),
        "[load_state_dict] the state does not fit this Linear, wanted the names and shapes of its parameters "
        "and buffers:\n"
        "  weight: got shape (2, 4), wanted (2, 3)\n"
        "nothing was loaded; write strict=False to load what has a name in both",
    ),
    (
        lambda: net().load_state_dict("net.safetensors"),
        "[load_state_dict] a str was given, wanted a dict of arrays by name; write "
        "module.load_state_dict(wg.nn.load(path)) for a file, or other.state_dict() for a module",
    ),
    (
        lambda: nn.save(net(), "net.safetensors"),
        "[nn.save] a Linear was given, wanted a dict of arrays by name; write nn.save(net.state_dict(), path)",
    ),
    (
        lambda: nn.save(optim.Adam(net().parameters()).state_dict(), "optimizer.safetensors"),
        "[nn.save] 'state' is a dict, wanted arrays of numbers by name; write nn.save(net.state_dict(), "
        "path), or wg.training.save_checkpoint(path, state) for nested state",
    ),
    (
        lambda: nn.init.xavier_uniform(net().weight),
        "[wengert.nn.init] there is no xavier_uniform, wanted one of its names; write "
        "wg.nn.init.xavier_uniform_ or wg.nn.init.xavier_normal_",
    ),
    (
        lambda: nn.init.xavier_uniform_(net().bias),
        "[xavier_uniform_] a tensor of shape (2,) was given, wanted at least 2 axes; write "
        "init.uniform_(tensor) for any shape",
    ),
    (
        lambda: nn.utils.clip_grad_norm_(net(), 1.0),
        "[clip_grad_norm_] a Linear was given, wanted its parameters; write clip_grad_norm_(net.parameters(),"
        " max_norm)",
    ),
    (
        lambda: nn.utils.weight_norm(net()),
        "[wengert.nn.utils] there is no weight_norm, which is another library's name; write "
        "wg.nn.utils.parametrizations.weight_norm(module)",
    ),
    (
        lambda: nn.utils.rnn.pad_sequence([]),
        "[pad_sequence] no sequence was given, wanted elements of one shape; write a list of arrays (length, "
        "*features)",
    ),
    (
        lambda: nn.utils.rnn.pad_sequence([numpy.ones(2), numpy.ones((3, 1))]),
        "[pad_sequence] sequences whose elements have the shapes (), (1,) was given, wanted elements of one "
        "shape; write a list of arrays (length, *features)",
    ),
    (
        lambda: nn.autocast("float8"),
        '[autocast] dtype=\'float8\' was given, wanted "float16" or "bfloat16"; write autocast("bfloat16")',
    ),
    (
        lambda: F.cross_entropy(X, numpy.array([0.0, 1.0, 2.0, 1.0])),
        "[cross_entropy] the targets have dtype float64, wanted integers: the number of a class each; write "
        "target.astype(int)",
    ),
    (
        lambda: F.cross_entropy(X, numpy.array([0, 1, 3, 1])),
        "[cross_entropy] the targets reach from 0 to 3, wanted classes from 0 to 2, of which the input has 3;"
        " write ignore_index= for a number that stands for none",
    ),
    (
        lambda: F.cross_entropy(X, numpy.array([[0], [1], [2], [1]])),
        "[cross_entropy] targets of shape (4, 1) for an input of shape (4, 3) was given, wanted shape (4,): "
        "the number of a class each, where the input has its axis of classes; write target.reshape(...), or "
        "np.argmax(target, axis=1) for what is one-hot",
    ),
    (
        lambda: F.mse_loss(numpy.ones((4, 1)), numpy.ones(4)),
        "[mse_loss] an input of shape (4, 1) and a target of shape (4,) was given, wanted the same shape for "
        "both; write target.reshape(input.shape) if they belong together",
    ),
    (
        lambda: F.mse_loss(X, X, reduction="average"),
        '[mse_loss] reduction=\'average\' was given, wanted "mean", "sum" or "none"; write reduction="mean"',
    ),
    (
        lambda: F.one_hot(numpy.array([0.5]), 3),
        "[one_hot] the input has dtype float64, wanted integers: the number of a class each; write x.astype(int)",
    ),
    (
        lambda: net()(X).backward(),
        "[backward] the output has shape (4, 2), wanted a scalar; write z.sum().backward(), or z.backward(v) "
        "with a cotangent v of that shape",
    ),
    (
        lambda: optim.Adam(net()),
        "[Adam] the parameters are of type Linear, wanted an iterable of tensors or groups; write [x] for one"
        " tensor, list(params.values()) for a dict, and net.parameters() for a module",
    ),
    (
        lambda: optim.Adam(net().weight),
        "[Adam] the parameters are of type Tensor, wanted an iterable of tensors or groups; write [x] for one"
        " tensor, list(params.values()) for a dict, and net.parameters() for a module",
    ),
    (
        lambda: optim.Adam([X]),
        "[Adam] parameter 0 is of type ndarray, wanted a tensor; write wg.tensor(value, requires_grad=True)",
    ),
    (
        lambda: optim.Adam([net().weight * 2]),
        "[Adam] parameter 0 (shape (2, 3)) is a result, wanted a leaf, which gradients arrive at; write p = "
        "p.detach().requires_grad_() before it is used",
    ),
    (
        lambda: optim.Adam([]),
        "[Adam] there are no parameters, wanted at least one tensor; write list(...) around a generator that "
        "is used twice, and tensors as attributes of the module itself",
    ),
    (
        lambda: used_up(),
        "[Adam] there are no parameters, wanted at least one tensor; write list(...) around a generator that "
        "is used twice, and tensors as attributes of the module itself",
    ),
    (
        lambda: optim.Adam([net().weight] + [(weight := net().weight), weight]),
        "[Adam] parameter 2 (shape (2, 3)) is there twice, wanted each once, since it would be stepped twice;"
        " write list(dict.fromkeys(params))",
    ),
    (
        lambda: optim.Adam(net().parameters(), learning_rate=0.1),
        "[Adam] learning_rate was given, wanted hyperparameters among lr, betas, eps, weight_decay, amsgrad; write lr=",
    ),
    (
        lambda: optim.Adam(net().parameters(), betas=0.9),
        "[Adam] betas=0.9 was given, wanted a pair of numbers from 0 to below 1; write betas=(0.9, 0.999)",
    ),
    (
        lambda: optim.Adam(net().parameters(), betas=(0.9, 1.0)),
        "[Adam] betas=(0.9, 1.0) was given, wanted a pair of numbers from 0 to below 1; write betas=(0.9, 0.999)",
    ),
    (
        lambda: optim.SGD(net().parameters(), lr="0.1"),
        "[SGD] lr='0.1' was given, wanted a number that is not negative; write lr=0.01, and maximize=True to "
        "step along the gradient",
    ),
    (
        lambda: optim.SGD(net().parameters(), lr=-0.1),
        "[SGD] lr=-0.1 was given, wanted a number that is not negative; write lr=0.01, and maximize=True to "
        "step along the gradient",
    ),
    (
        lambda: optim.SGD(net().parameters(), momentum=float("nan")),
        "[SGD] momentum=nan was given, wanted a number that is not negative; write momentum=0.01",
    ),
    (
        lambda: optim.Adam(net().parameters()).load_state_dict(optim.SGD(net().parameters()).state_dict()),
        "[Adam] the state does not fit, wanted the names and shapes of this optimizer's; load one of the same"
        " rule and parameters: 0: {} for {'step': (), 'exp_avg': (2, 3), 'exp_avg_sq': (2, 3)}; 1: {} for "
        "{'step': (), 'exp_avg': (2,), 'exp_avg_sq': (2,)}",
    ),
    (
        lambda: optim.lr_scheduler.StepLR(net(), 3),
        "[StepLR] Linear was given, wanted an optimizer; write wg.optim.SGD(params, lr=0.1) and give it first",
    ),
    (
        lambda: data.DataLoader([]),
        "[DataLoader] the list is empty, wanted at least one sample; write if len(dataset): ... where it may be",
    ),
    (
        lambda: data.DataLoader(data.TensorDataset(numpy.zeros((0, 3))), 4, shuffle=True),
        "[DataLoader] the TensorDataset is empty, wanted at least one sample; write if len(dataset): ... "
        "where it may be",
    ),
    (
        lambda: data.DataLoader([1, 2], 0),
        "[DataLoader] batch_size=0, num_workers=0, prefetch_factor=2 were given, wanted whole numbers from 1 "
        "on, and from 0 on for num_workers; write batch_size=32",
    ),
    (
        lambda: data.DataLoader([1, 2], 2, pin_memory=True),
        "[DataLoader] there is no parameter pin_memory, wanted one of dataset, batch_size, shuffle, sampler, "
        "batch_sampler, num_workers, collate_fn, drop_last, prefetch_factor, seed, transform; write nothing: "
        "the CPU is the only device",
    ),
    (
        lambda: data.DataLoader([1, 2], 2, shuffle=True, sampler=[0, 1]),
        "[DataLoader] more than one of shuffle, sampler and batch_sampler was given, wanted one order; leave "
        "the others out",
    ),
    (
        lambda: data.DataLoader(WithoutLength(), 2),
        "[DataLoader] a WithoutLength was given, wanted a dataset with __len__ and __getitem__; write both, "
        "or derive it from wg.data.IterableDataset",
    ),
    (
        lambda: data.DataLoader(iter([1, 2]), 2),
        "[DataLoader] a list_iterator was given, wanted a dataset with __len__ and __getitem__; write both, "
        "or derive it from wg.data.IterableDataset",
    ),
    (
        lambda: list(data.DataLoader([numpy.ones(2), numpy.ones(3)], 2)),
        "[default_collate] the samples have the shapes (2,), (3,), wanted one shape; write collate_fn=... "
        "that pads them",
    ),
    (
        lambda: data.TensorDataset(numpy.ones((5, 2)), numpy.ones(4)),
        "[TensorDataset] arrays of shapes [(5, 2), (4,)] were given, wanted one length along their first "
        "axes; write TensorDataset(inputs, targets) with a target for each input",
    ),
    (
        lambda: data.random_split([1, 2, 3], [1, 1]),
        "[random_split] the lengths [1, 1] sum to 2, wanted 3, the number of samples; write shares that sum "
        "to 1, as [0.8, 0.2]",
    ),
    (
        lambda: trained(lambda x: net()(x).sum(), optim.SGD(net().parameters()), [X], epoch=3),
        "[fit] there is no parameter epoch, wanted one of loss, optimizer, loader, epochs, model, validation,"
        " metrics, scheduler, schedule_each, max_norm, callbacks, checkpoint, checkpoint_every, state, "
        "progress, compiled; write epochs=",
    ),
    (
        lambda: trained(lambda x: net()(x).sum(), optim.sgd(), [X]),
        "[fit] a Rule was given for the optimizer, wanted one with its parameters; write "
        "wg.optim.Adam(net.parameters()), or wg.optim.Optimizer(net.parameters(), rule)",
    ),
    (
        lambda: trained(lambda x: net()(x).sum(), optim.SGD(net().parameters()), []),
        "[fit] the loader gave no batch, wanted at least one in an epoch; write list(...) around a generator,"
        " which is used up once, and drop_last=False where there are fewer samples than batch_size",
    ),
    (
        lambda: wg.random.seed(1.5),
        "[key] the seed 1.5 was given, wanted an integer, several of them, or None for any; write "
        "wg.random.key(0), or int(seed) for a number that is whole",
    ),
    (
        lambda: wg.random.default_rng("a"),
        "[key] the seed 'a' was given, wanted an integer, several of them, or None for any; write "
        "wg.random.key(0), or int(seed) for a number that is whole",
    ),
    (
        lambda: wg.random.normal(shape=3),
        "[normal] there is no parameter shape, wanted one of loc, scale, size, dtype; write size=",
    ),
    (
        lambda: wg.random.Normal(0.0, std=1.0),
        "[Normal] there is no parameter std, wanted one of loc, scale; write scale=",
    ),
    (
        lambda: wg.random.Bernoulli(probs=0.3),
        "[Bernoulli] there is no parameter probs, wanted one of p, logits; write p=",
    ),
    (
        lambda: wg.random.Gamma(concentration=2.0, rate=3.0),
        "[Gamma] there is no parameter concentration, wanted one of a, scale; write a= of Gamma and Weibull, "
        "a= and b= of Beta, alpha= of Dirichlet",
    ),
    (
        lambda: wg.random.Normal(0.0, 1.0).rsample(),
        "[distribution] there is no d.rsample, which is another library's name, wanted one of a distribution "
        "here; write d.sample(shape), which differentiates where it can",
    ),
    (
        lambda: wg.random.Normal(0.0, 1.0).sample(sample_shape=3),
        "[sample] there is no parameter sample_shape, wanted one of shape, rng; write shape=",
    ),
    (
        lambda: wg.random.kl_divergence(1, 2),
        "[wengert.random] there is no kl_divergence, which is another library's name; write wg.random.kl(p, q)",
    ),
    (
        lambda: wg.random.hypergeometric(2, 3, 6),
        "[hypergeometric] ngood + nbad - nsample -1 was given, wanted 0 or more; write "
        "nsample=np.minimum(nsample, ngood + nbad)",
    ),
    (
        lambda: wg.random.hypergeometric(10**9, 10**9, 6),
        "[hypergeometric] ngood + nbad 2000000000 was given, wanted at most 1e+09; write binomial(nsample, "
        "share), which is near for so many",
    ),
    (
        lambda: wg.random.zipf(1.0),
        "[zipf] a 1.0 was given, wanted a number above 1; write 1 + np.exp of a number without bounds",
    ),
]


@pytest.mark.parametrize(("call", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_what_to_write(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(Exception, match=r"^\[") as error:
        call()
    assert str(error.value) == message


def test_what_is_no_probability_gives_no_loss() -> None:
    for p in (1.5, -0.5):
        assert numpy.isnan(F.binary_cross_entropy(numpy.array([p]), numpy.array([1.0])))
        assert numpy.isnan(wg.jit(F.binary_cross_entropy)(numpy.array([p]), numpy.array([0.0])))
