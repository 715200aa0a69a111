"""The functions of the module: those of one generator that is there for everyone, or of a key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Final

import numpy

from wengert import Tensor

from ..core.shared_key import SHARED_KEY
from ..core.state import state
from ..names import check_keywords
from .continuous import Continuous
from .discrete import Discrete
from .generator import Generator, Keyed, generator_holding
from .keys import key as key_of
from .orders import Orders

SHARED_KEY._value[:] = numpy.frombuffer(secrets.token_bytes(8), numpy.uint32)
_shared = generator_holding(SHARED_KEY)


def seed(seed: Any = None) -> None:
    """Let the functions of the module draw from a seed on (see `key`).

    >>> import wengert as wg
    >>> wg.random.seed(0)
    >>> first = wg.random.normal(size=3)
    >>> wg.random.seed(0)
    >>> bool((wg.random.normal(size=3) == first).all())
    True
    """
    _shared.state = key_of(seed)


def get_state() -> Tensor:
    """The key that the functions of the module draw from next."""
    return _shared.state


def set_state(state: Any) -> None:
    """Let the functions of the module draw from a key on.

    >>> import wengert as wg
    >>> state = wg.random.get_state()
    >>> first = wg.random.random()
    >>> wg.random.set_state(state)
    >>> wg.random.random() == first
    tensor(True)
    """
    _shared.state = state


def shared_generator() -> Generator:
    """The generator of the module."""
    return _shared


_source: ContextVar[Any] = ContextVar("what the functions of the module draw from", default=None)


@contextmanager
def drawing_from(generator: Any) -> Iterator[None]:
    """Let the functions of the module draw from a generator within a ``with`` block, and so what calls them.

    Layers that are made there get their first parameters from it, for instance. Where a function is recorded (by
    `wengert.jit`) they draw from the generator of the module nevertheless: the draws of one that the engine does not
    know would be constants there.

    Args:
        generator: one of `default_rng`, or any object with the methods that are called (``random``, ``uniform``,
            ``normal``, ...), of the same arguments.

    >>> import wengert as wg
    >>> with wg.random.drawing_from(wg.random.default_rng(0)):
    ...     layer = wg.nn.Linear(2, 2)
    >>> with wg.random.drawing_from(wg.random.default_rng(0)):
    ...     bool((wg.nn.Linear(2, 2).weight == layer.weight).all())
    True
    """
    before = _source.set(generator)
    try:
        yield
    finally:
        _source.reset(before)


def _drawn_from_another(name: str) -> Any:
    """The method of that name of the generator that is drawn from here, if it is not that of the module."""
    generator = _source.get()
    if generator is None or (state.recorder is not None and not isinstance(generator, Generator)):
        return None
    return getattr(generator, name)


def _of_the_module(method: Callable[..., Any]) -> Callable[..., Any]:
    """The function that draws from the generator of the module, or with a key and without state."""

    @wraps(method)
    def call(*args: Any, key: Any = None, **kwargs: Any) -> Any:
        check_keywords(method.__name__, method, kwargs)
        other = None if key is not None else _drawn_from_another(method.__name__)
        if other is not None:
            return other(*args, **kwargs)
        return method(_shared if key is None else Keyed(key), *args, **kwargs)

    own = list(signature(method).parameters.values())[1:]
    call.__signature__ = signature(method).replace(  # type: ignore[attr-defined]
        parameters=[*own, Parameter("key", Parameter.KEYWORD_ONLY, default=None, annotation="Any")]
    )
    call.__doc__ = f"{method.__doc__}\n\n    With ``key=`` it is a function of that key, and no state is changed.\n"
    return call


bernoulli: Final = _of_the_module(Discrete.bernoulli)
beta: Final = _of_the_module(Continuous.beta)
binomial: Final = _of_the_module(Discrete.binomial)
bytes: Final = _of_the_module(Discrete.bytes)
chisquare: Final = _of_the_module(Continuous.chisquare)
choice: Final = _of_the_module(Orders.choice)
dirichlet: Final = _of_the_module(Continuous.dirichlet)
exponential: Final = _of_the_module(Continuous.exponential)
f: Final = _of_the_module(Continuous.f)
gamma: Final = _of_the_module(Continuous.gamma)
geometric: Final = _of_the_module(Discrete.geometric)
gumbel: Final = _of_the_module(Continuous.gumbel)
hypergeometric: Final = _of_the_module(Discrete.hypergeometric)
integers: Final = _of_the_module(Discrete.integers)
laplace: Final = _of_the_module(Continuous.laplace)
logistic: Final = _of_the_module(Continuous.logistic)
lognormal: Final = _of_the_module(Continuous.lognormal)
logseries: Final = _of_the_module(Discrete.logseries)
multinomial: Final = _of_the_module(Discrete.multinomial)
multivariate_hypergeometric: Final = _of_the_module(Discrete.multivariate_hypergeometric)
multivariate_normal: Final = _of_the_module(Continuous.multivariate_normal)
negative_binomial: Final = _of_the_module(Discrete.negative_binomial)
normal: Final = _of_the_module(Continuous.normal)
pareto: Final = _of_the_module(Continuous.pareto)
permutation: Final = _of_the_module(Orders.permutation)
permuted: Final = _of_the_module(Orders.permuted)
poisson: Final = _of_the_module(Discrete.poisson)
power: Final = _of_the_module(Continuous.power)
random: Final = _of_the_module(Continuous.random)
rayleigh: Final = _of_the_module(Continuous.rayleigh)
shuffle: Final = _of_the_module(Orders.shuffle)
standard_cauchy: Final = _of_the_module(Continuous.standard_cauchy)
standard_exponential: Final = _of_the_module(Continuous.standard_exponential)
standard_gamma: Final = _of_the_module(Continuous.standard_gamma)
standard_normal: Final = _of_the_module(Continuous.standard_normal)
standard_t: Final = _of_the_module(Continuous.standard_t)
triangular: Final = _of_the_module(Continuous.triangular)
uniform: Final = _of_the_module(Continuous.uniform)
vonmises: Final = _of_the_module(Continuous.vonmises)
wald: Final = _of_the_module(Continuous.wald)
weibull: Final = _of_the_module(Continuous.weibull)
zipf: Final = _of_the_module(Discrete.zipf)
