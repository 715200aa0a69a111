"""Optimizers, with two faces over one formula.

- rule: an optimizer as a pure function: ``init(params)`` and ``update(gradients, state, params)`` (`adam`, `chain`)
- gradients, updates: what goes into a rule, and what comes out of it and is *added* to the parameters
- state: what a rule remembers from one step to the next: a tree of tensors
- hyperparameter: what a rule is made of: ``adam(lr, betas)``; in a group of an optimizer, to be changed at any time
- optimizer: a rule with its parameters and state, written in place by ``step()`` (`Adam`, `Optimizer`)
- schedule: a function from the number of steps to a hyperparameter

Rules are named in lower case, as functions are, and the optimizers over them as in PyTorch:

>>> import wengert as wg, wengert.numpy as np
>>> target = np.array([1.0, 2.0])
>>> x = wg.tensor([0.0, 0.0], requires_grad=True)
>>> optimizer = wg.optim.Adam([x], lr=0.1)
>>> for _ in range(200):
...     optimizer.zero_grad()
...     loss = np.sum((x - target) ** 2)
...     loss.backward()
...     optimizer.step()
>>> x.detach().round(3)
tensor([1., 2.])

>>> rule = wg.optim.chain(wg.optim.clip_by_norm(1.0), wg.optim.adam(lr=0.1))
>>> params = {"x": np.zeros(2)}
>>> state = rule.init(params)
>>> @wg.jit
... def step(params, state):
...     gradients = wg.grad(lambda params: np.sum((params["x"] - target) ** 2))(params)
...     return rule.step(gradients, state, params)
>>> for _ in range(200):
...     params, state = step(params, state)
>>> params["x"].round(3)
tensor([1., 2.])
"""

from . import lr_scheduler, schedules
from .adaptive import adadelta, adagrad, rmsprop, rprop
from .averaging import Average, update_bn
from .clipping import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, decay_groups, get_total_norm
from .descent import asgd, lion, sgd
from .kronecker import kfac
from .lbfgs import LBFGS, two_loop
from .least_squares import conjugate_gradients, gauss_newton, levenberg_marquardt, natural_gradient
from .matrices import adafactor, lamb, muon, orthogonalized, shampoo, soap
from .moments import adam, adamax, adamw, nadam, radam
from .optimizer import Optimizer
from .optimizers import (
    ASGD,
    LAMB,
    SGD,
    SOAP,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Shampoo,
)
from .rule import Rule, apply_updates, per_parameter, without_memory
from .transformations import (
    accumulate,
    add_decayed_weights,
    chain,
    clip_by_norm,
    clip_by_value,
    global_norm,
    masked,
    scale,
    scheduled,
)

__all__ = [
    "natural_gradient",
    "levenberg_marquardt",
    "gauss_newton",
    "conjugate_gradients",
    "two_loop",
    "update_bn",
    "LBFGS",
    "decay_groups",
    "get_total_norm",
    "clip_grads_with_norm_",
    "clip_grad_value_",
    "clip_grad_norm_",
    "Average",
    "schedules",
    "lr_scheduler",
    "ASGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LAMB",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Rule",
    "SGD",
    "SOAP",
    "Shampoo",
    "accumulate",
    "adadelta",
    "adafactor",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "add_decayed_weights",
    "apply_updates",
    "asgd",
    "chain",
    "clip_by_norm",
    "clip_by_value",
    "global_norm",
    "kfac",
    "lamb",
    "lion",
    "masked",
    "muon",
    "nadam",
    "orthogonalized",
    "per_parameter",
    "radam",
    "rmsprop",
    "rprop",
    "scale",
    "scheduled",
    "sgd",
    "shampoo",
    "soap",
    "without_memory",
]
