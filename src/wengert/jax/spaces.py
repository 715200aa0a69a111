"""``jax.nn``, ``jax.scipy``, ``jax.debug``, ``jax.experimental`` and others: the engine's functions by JAX's names."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind
from wengert.scipy import special

from ..names import missing_name
from .array import Array, arrays, as_tensor, of
from .lifting import lifted

__all__ = ["debug", "experimental", "initializers", "nn", "scipy"]


def _module(name: str, contents: dict[str, Any]) -> ModuleType:
    """A module with these contents, which says what it has not."""
    module = ModuleType(f"wengert.jax.{name}", f"``jax.{name}``.")
    for key, value in contents.items():
        setattr(module, key, value)

    def missing(attribute: str) -> Any:
        raise missing_name(module.__name__, attribute, {}, f"jax.{name}")

    module.__getattr__ = missing  # type: ignore[method-assign]
    return module


def _one_hot(x: Any, num_classes: int, *, dtype: Any = None, axis: int = -1) -> Array:
    """1 at the place of each class, 0 elsewhere."""
    classes = as_tensor(x)
    return of((classes[..., None] == np.arange(num_classes)).astype(dtype or numpy.float32))


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Array:
    weights = None if b is None else as_tensor(b)
    return of(special.logsumexp(as_tensor(a), axis=axis, b=weights, keepdims=keepdims))


def _softmax(x: Any, axis: Any = -1, **_: Any) -> Array:
    return of(special.softmax(as_tensor(x), axis=axis))


def _log_softmax(x: Any, axis: Any = -1, **_: Any) -> Array:
    return of(special.log_softmax(as_tensor(x), axis=axis))


def _gelu(x: Any, approximate: bool = True) -> Array:
    return of(wg.nn.functional.gelu(as_tensor(x), "tanh" if approximate else "none"))


def _standardize(x: Any, axis: Any = -1, epsilon: float = 1e-5, **_: Any) -> Array:
    given = as_tensor(x)
    centred = given - np.mean(given, axis=axis, keepdims=True)
    return of(centred / np.sqrt(np.mean(centred**2, axis=axis, keepdims=True) + epsilon))


def _initializer(draw: str, mode: str, scale: float) -> Any:
    """Initial values whose variance is ``scale`` over a fan, as ``jax.nn.initializers`` draws them."""

    def make(in_axis: int = -2, out_axis: int = -1, dtype: Any = None) -> Any:
        def init(key: Any, shape: Any, dtype: Any = dtype) -> Array:
            from . import random

            receptive = numpy.prod(shape) / (shape[in_axis] * shape[out_axis])
            fans = {"in": shape[in_axis], "out": shape[out_axis], "avg": (shape[in_axis] + shape[out_axis]) / 2}
            variance = scale / (fans[mode] * receptive)
            if draw == "uniform":
                return random.uniform(key, shape, dtype, -1.0) * numpy.float32(numpy.sqrt(3 * variance))
            if draw == "normal":
                return random.normal(key, shape, dtype) * numpy.float32(numpy.sqrt(variance))
            deviation = numpy.float32(numpy.sqrt(variance) / 0.87962566103423978)
            return random.truncated_normal(key, -2, 2, shape, dtype) * deviation

        return init

    return make


def _constant(value: float) -> Any:
    return lambda key, shape, dtype=None: of(np.full(tuple(shape), value, dtype or numpy.float32))


initializers = _module(
    "nn.initializers",
    {
        "zeros": _constant(0.0), "ones": _constant(1.0), "constant": _constant,
        "glorot_uniform": _initializer("uniform", "avg", 1.0), "glorot_normal": _initializer("truncated", "avg", 1.0),
        "xavier_uniform": _initializer("uniform", "avg", 1.0), "xavier_normal": _initializer("truncated", "avg", 1.0),
        "he_uniform": _initializer("uniform", "in", 2.0), "he_normal": _initializer("truncated", "in", 2.0),
        "kaiming_uniform": _initializer("uniform", "in", 2.0), "kaiming_normal": _initializer("truncated", "in", 2.0),
        "lecun_uniform": _initializer("uniform", "in", 1.0), "lecun_normal": _initializer("truncated", "in", 1.0),
    },
)  # fmt: skip
"""``jax.nn.initializers``."""

nn = _module(
    "nn",
    {
        **{
            name: lifted(getattr(wg.nn.functional, name), name)
            for name in (
                "relu", "relu6", "elu", "celu", "selu", "leaky_relu", "glu", "silu", "mish", "softplus", "sigmoid",
                "hardtanh", "hardsigmoid", "hardswish", "softsign",
            )
        },
        "hard_tanh": lifted(wg.nn.functional.hardtanh), "hard_sigmoid": lifted(wg.nn.functional.hardsigmoid),
        "hard_silu": lifted(wg.nn.functional.hardswish), "hard_swish": lifted(wg.nn.functional.hardswish),
        "soft_sign": lifted(wg.nn.functional.softsign), "swish": lifted(wg.nn.functional.silu), "tanh": lifted(np.tanh),
        "log_sigmoid": lifted(wg.nn.functional.logsigmoid), "gelu": _gelu, "softmax": _softmax,
        "log_softmax": _log_softmax, "logsumexp": _logsumexp, "one_hot": _one_hot, "standardize": _standardize,
        "initializers": initializers,
    },
)  # fmt: skip
"""``jax.nn``."""


def _scipy(name: str, others: dict[str, Any] | None = None) -> ModuleType:
    below = import_module(f"wengert.scipy.{name}")
    found = {each: _lifted(getattr(below, each), each) for each in dir(below) if not each.startswith("_")}
    return _module(f"scipy.{name}", {**found, **(others or {})})


def _lifted(below: Any, name: str) -> Any:
    """A function of arrays of JAX; of a distribution, its functions."""
    if not hasattr(below, "logpdf") and not hasattr(below, "logpmf"):
        return lifted(below, name) if callable(below) and not isinstance(below, type) else below
    own = (each for each in dir(below) if not each.startswith("_") and callable(getattr(below, each)))
    return SimpleNamespace(**{each: lifted(getattr(below, each), each) for each in own})


scipy = _module(
    "scipy",
    {
        "special": _scipy("special", {"logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax}),
        "linalg": _scipy("linalg"), "stats": _scipy("stats"),
    },
)  # fmt: skip
"""``jax.scipy``."""


def _print(fmt: str, *args: Any, ordered: bool = False, **kwargs: Any) -> None:
    """Print a line at each call, also in a compiled function (see `wengert.debug.print`)."""
    wg.debug.print(fmt, *behind(args), **behind(kwargs))


debug = _module("debug", {"print": _print})
"""``jax.debug``."""


def _odeint(func: Any, y0: Any, t: Any, *args: Any, rtol: float = 1.4e-8, atol: float = 1.4e-8, **_: Any) -> Any:
    """States at times, of ``dy/dt = func(y, t, *args)``."""
    from wengert.scipy import integrate

    def f(time: Any, y: Any, *given: Any) -> Any:
        return as_tensor(func(of(as_tensor(y)), of(as_tensor(time)), *arrays(given)))

    times = as_tensor(t)
    solved = integrate.solve_ivp(
        f, (times[0], times[-1]), as_tensor(y0), t_eval=times, method="DOP853", rtol=rtol, atol=atol,
        args=tuple(map(as_tensor, args)),
    )  # fmt: skip
    return of(np.moveaxis(solved.y, -1, 0))


experimental = _module("experimental", {"ode": _module("experimental.ode", {"odeint": _odeint})})
"""``jax.experimental``."""
