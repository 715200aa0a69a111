"""What distributions share: shapes, draws and densities.

A distribution is a dataclass of its parameters, which broadcast: a node of trees, so that functions of distributions
are mapped, differentiated and compiled like functions of arrays. Its densities are those of `wengert.scipy.stats`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from ...names import OF_A_DISTRIBUTION, attach_names_elsewhere, check_keywords, teaches_keywords
from ..generator import Generator, Keyed
from ..keys import shape_of
from ..module_level import shared_generator
from ..parameters import floating_dtype


class Distribution:
    """A distribution.

    Attributes:
        is_pathwise: whether what is drawn differentiates in every parameter, as the derivative of the expectation.
        is_discrete: whether what is drawn are whole numbers, with `log_prob` the logarithm of a probability.
    """

    is_pathwise = True
    is_discrete = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        check_keywords(cls.__name__, cls.__init__, kwargs)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Let parameters that are lists be tensors: a list would be a tree of its own."""
        for field in fields(self):  # type: ignore[arg-type]
            given = getattr(self, field.name)
            if isinstance(given, list | tuple):
                object.__setattr__(self, field.name, np.asarray(given))

    # -- shapes ------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the parameters together: that of the distributions that are held side by side."""
        return numpy.broadcast_shapes(*(numpy.shape(p) for p in self._parameters))

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw of one distribution."""
        return ()

    @property
    def _parameters(self) -> list[Any]:
        given = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        return [p for p in given if p is not None]

    # -- draws -------------------------------------------------------------------------------------

    @teaches_keywords
    def sample(self, shape: Any = (), rng: Any = None) -> Tensor:
        """Independent draws.

        Args:
            shape: how many: an int or a tuple.
            rng: a generator, or a key; that of the module by default.

        Returns:
            A tensor of shape ``(*shape, *batch_shape, *event_shape)``.
        """
        size = (*shape_of(shape), *self.batch_shape)
        return self._sample(size, source_of(rng))

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        raise NotImplementedError

    # -- densities ---------------------------------------------------------------------------------

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`, or of its probability."""
        raise NotImplementedError

    def prob(self, x: Any) -> Tensor:
        """The density at `x`, or its probability."""
        return np.exp(self.log_prob(x))

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        raise self._not_known("cdf", "the share of many draws that are at most x: (d.sample(10000) <= x).mean(axis=0)")

    def entropy(self) -> Tensor:
        """The expectation of ``-log_prob``, in nats."""
        raise self._not_known("entropy", "-wg.random.expectation(d.log_prob, d)")

    @property
    def mean(self) -> Tensor:
        """The expectation; NaN where there is none."""
        raise self._not_known("mean", "d.sample(10000).mean(axis=0)")

    @property
    def variance(self) -> Tensor:
        """The expectation of the squared distance to the mean; NaN where there is none."""
        raise self._not_known("variance", "d.sample(10000).var(axis=0)")

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return np.sqrt(self.variance)

    def _not_known(self, what: str, instead: str) -> NotImplementedError:
        name = type(self).__name__
        return NotImplementedError(f"[{name}.{what}] it has no closed form, wanted one that has; write {instead}")

    # -- finite support ----------------------------------------------------------------------------

    def support(self) -> Tensor | None:
        """The values that it has, along a first axis, each of the batch shape; ``None`` if it has infinitely many."""
        return None


attach_names_elsewhere(Distribution, OF_A_DISTRIBUTION, "distribution", "one of a distribution here")


def source_of(rng: Any) -> Any:
    """What draws: a generator, that which a key makes, or that of the module."""
    if rng is None:
        return shared_generator()
    return rng if isinstance(rng, Generator | Keyed) else Keyed(rng)


def keeping_its_share(x: Tensor, distribution: Distribution) -> Tensor:
    """Draws with the derivatives, in all parameters, of what keeps its share of the distribution (see `implicit`).

    Args:
        x: draws, of whatever source.
        distribution: one of numbers, with a `cdf` that differentiates; its parameters broadcast to `x`.

    >>> import wengert as wg
    >>> draw = lambda scale: wg.random.keeping_its_share(wg.tensor(3.0), wg.random.Exponential(scale))
    >>> wg.grad(draw)(2.0)
    tensor(1.5)
    """

    def rule(primals: Any, out: Tensor, tangents: Any) -> Tensor:
        change = wg.jvp(lambda d: d.cdf(out), (primals[1],), (tangents[1],))[1]
        return -change / primals[1].prob(out)

    return wg.custom_derivative(lambda x, distribution: x, jvp=rule)(wg.stop_gradient(x), distribution)


def dtype_of(*parameters: Any) -> numpy.dtype:
    """The floating dtype of the parameters that are arrays; float64 if none is."""
    return floating_dtype(*(p if type(p) in (int, float) else np.asarray(p) for p in parameters))


def together(*parameters: Any) -> list[Tensor]:
    """Parameters as tensors that are broadcast against each other; plain numbers have the dtype of the others."""
    dtype = dtype_of(*parameters)
    given = (np.asarray(p, dtype if type(p) in (int, float) else None) for p in parameters)
    return list(np.broadcast_arrays(*given))
