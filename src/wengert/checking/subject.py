"""What is checked: a function of flat arrays at a point, its derivatives, and each of its operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy

from ..core.abstract import form_of
from ..core.dtypes import kinds
from ..core.primitive import Primitive, primitives
from ..core.python.trees import flatten, paths, unflatten
from ..core.recording import record
from ..core.tensor import Tensor
from ..ops.matrices.equations import mirrored
from ..ops.matrices.solving import cholesky
from ..ops.matrices.spectral import eigh
from ..transforms.derivatives import jvp, vjp
from ..transforms.recorded import as_tensor
from .space import Space, Vector, array_of, is_hermitian, scales_of
from .tracing import Listed, Made

FOLLOWS = 1000
"""In double precision a function follows itself in single if it differs by at most this many roundings."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A function of flat arrays, at a point.

    Attributes:
        label: what messages call it.
        call: takes the arrays, returns the tuple of its floating-point results.
        inputs, results: the spaces it goes between.
        point, value: their vectors there.
        steps: the natural size of a step in each coordinate of the inputs.
        weights: the natural inverse size of each coordinate of the results.
        magnitude: of the numbers of which the results were made, whose rounding cannot be told from zero.
    """

    label: str
    call: Callable[..., tuple[Any, ...]]
    inputs: Space
    results: Space
    point: Vector
    value: Vector
    steps: Vector
    weights: Vector
    magnitude: float

    @property
    def epsilon(self) -> float:
        return max(self.inputs.epsilon, self.results.epsilon)

    def at(self, point: Vector, inputs: Space | None = None, results: Space | None = None) -> Vector | None:
        """The value somewhere else (in other dtypes, if these are given); ``None`` where there is none."""
        inputs, results = inputs or self.inputs, results or self.results
        try:
            with numpy.errstate(all="ignore"):
                found = self.call(*map(Tensor, inputs.arrays(point)))
        except (ArithmeticError, ValueError):  # outside its domain (numpy.linalg.LinAlgError is a ValueError)
            return None
        fits = len(found) == len(results.forms) and not results.mismatch(found, "result")
        return results.vector(found) if fits else None

    def line(self, direction: Vector) -> tuple[Callable[[float], Vector | None], Vector, float]:
        """The value as a function of one number, its value at 0, and its rounding unit.

        A function in single precision is evaluated in double if it follows: its kinks, and the rounding
        of its results, are then told apart from its slope much better.
        """
        for inputs, results in [(self.inputs.widened(), self.results.widened()), (self.inputs, self.results)]:
            at = self.at(self.point, inputs, results)
            if at is not None and numpy.allclose(at, self.value, rtol=0, atol=FOLLOWS * self.epsilon * self.magnitude):
                break
        else:
            at = self.value

        def value(step: float) -> Vector | None:
            return self.at(self.point + step * direction, inputs, results)

        return value, at, max(inputs.epsilon, results.epsilon)

    def push(self, direction: Vector) -> tuple[Any, ...]:
        """The tangent of the results."""
        return jvp(self.call, self.inputs.arrays(self.point), self.inputs.arrays(direction))[1]

    def pull(self, weights: Vector) -> tuple[Any, ...]:
        """The cotangent of the inputs."""
        return vjp(self.call, *self.inputs.arrays(self.point))[1](self.results.arrays(weights))

    def pushed(self, direction: Vector) -> Vector:
        return self.results.vector(self.push(direction))

    def pulled(self, weights: Vector) -> Vector:
        return self.inputs.vector(self.pull(weights))


def _subject(label: str, call: Callable[..., tuple[Any, ...]], inputs: Space, point: Vector, names: Any) -> Subject:
    with numpy.errstate(all="ignore"):
        results = call(*map(Tensor, inputs.arrays(point)))
    space = Space(names(results), [form_of(array_of(r)) for r in results])
    value = space.vector(results)
    return Subject(
        label=label,
        call=call,
        inputs=inputs,
        results=space,
        point=point,
        value=value,
        steps=scales_of(point, inputs.sizes),
        weights=numpy.ones(space.size),
        magnitude=float(numpy.max(numpy.abs(value), initial=0.0)),
    )


def is_inexact(leaf: Any) -> bool:
    """Whether a leaf of an argument or a result is a real or complex floating-point array or number."""
    return type(leaf) in (float, complex) or (hasattr(leaf, "dtype") and kinds.is_inexact(leaf.dtype))


def of_function(f: Callable[..., Any], args: Sequence[Any]) -> Subject:
    """A user's function; what is not floating point among its arguments and results stays as it is."""
    from ..core.python.source import name_of
    from ..explaining.trace import input_names

    leaves, structure = flatten(tuple(args))
    chosen = [i for i, leaf in enumerate(leaves) if is_inexact(leaf)]
    arrays = [array_of(leaves[i]) for i in chosen]
    names = input_names(f, args)
    inputs = Space([names[i] for i in chosen], [form_of(a) for a in arrays])
    found: list[str] = []

    def call(*replacing: Any) -> tuple[Any, ...]:
        replaced = list(leaves)
        for i, leaf in zip(chosen, replacing, strict=True):
            replaced[i] = leaf
        results, result_structure = flatten(f(*unflatten(structure, replaced)))
        kept = [i for i, r in enumerate(results) if is_inexact(r)]
        places = paths(result_structure)
        found[:] = ["result" + places[i] for i in kept]
        return tuple([as_tensor(results[i]) for i in kept])

    point = inputs.vector(arrays)
    inputs = _with_hermitian_ones(call, inputs, point)
    return _subject(name_of(f), call, inputs, point, lambda _: list(found))


HALVES = primitives(cholesky, eigh, mirrored)
"""Operations that read one triangle of a Hermitian matrix; their derivative is by the Hermitian part."""


def _with_hermitian_ones(call: Callable[..., Any], inputs: Space, point: Vector) -> Space:
    """The space where inputs that are Hermitian stay so, if an operation which reads one half would miss the other."""
    arrays = inputs.arrays(point)
    places = [place for place, array in enumerate(arrays) if is_hermitian(array)]
    if not places:
        return inputs
    moved = list(arrays)
    for place in places:
        ramp = numpy.arange(arrays[place].size, dtype=numpy.real(arrays[place]).dtype).reshape(arrays[place].shape)
        moved[place] = arrays[place] * (1 + 1e-3 * ramp / ramp.size)
    return Space(inputs.names, inputs.forms, places) if _reads_half(call, moved) else inputs


def _reads_half(call: Callable[..., Any], arrays: Sequence[Any]) -> bool:
    """Whether an operation reads one half of a matrix that is not Hermitian."""
    with numpy.errstate(all="ignore"), Listed() as listed:
        try:
            call(*map(Tensor, arrays))
        except (ArithmeticError, ValueError):  # outside its domain
            return True
    return any(made.primitive in HALVES and not is_hermitian(made.operands[0]) for made in listed.operations)


def of_operation(made: Made, bit: int) -> Subject:
    """One operation by itself, as a function of the operands that were watched."""
    watched = [i for i, watch in enumerate(made.watches) if watch & bit]
    arrays = [array_of(made.operands[i]) for i in watched]
    names = made.operand_names()
    halves = [i for i, a in enumerate(arrays) if made.primitive in HALVES and is_hermitian(a)]
    inputs = Space([names[i] for i in watched], [form_of(a) for a in arrays], halves)

    def call(*replacing: Any) -> tuple[Any, ...]:
        operands = list(made.operands)
        for i, operand in zip(watched, replacing, strict=True):
            operands[i] = operand
        result = _performed(made.primitive, operands, made.params)
        results = result if made.primitive.many else (result,)
        return tuple([r for r in results if is_inexact(r)])

    def result_names(results: Sequence[Any]) -> list[str]:
        return ["result"] if len(results) == 1 else [f"result[{i}]" for i in range(len(results))]

    return _subject(made.primitive.name, call, inputs, inputs.vector(arrays), result_names)


def _performed(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """Call a primitive as it was called; one that has no function of its own was recorded directly."""
    if primitive.operation is primitive.evaluate:
        return record(primitive, operands, params)
    return primitive.operation(*operands, **params)


def reverse_of(subject: Subject, weights: Vector) -> Subject:
    """The reverse-mode derivative along fixed weights of the results, as a function of the same inputs."""
    seeds = subject.results.arrays(weights)

    def call(*arrays: Any) -> tuple[Any, ...]:
        value, pull = vjp(subject.call, *arrays)
        return pull(tuple([s.astype(v.dtype) for s, v in zip(seeds, value, strict=True)]))

    names = [f"cotangent of {name}" for name in subject.inputs.names]
    return _derived(f"reverse of {subject.label}", call, subject, names, subject.steps)


def forward_of(subject: Subject, direction: Vector) -> Subject:
    """The forward-mode derivative along a fixed direction, as a function of the same inputs."""
    tangents = subject.inputs.arrays(direction)

    def call(*arrays: Any) -> tuple[Any, ...]:
        return jvp(subject.call, arrays, tuple([t.astype(a.dtype) for t, a in zip(tangents, arrays, strict=True)]))[1]

    names = [f"tangent of {name}" for name in subject.results.names]
    return _derived(f"forward of {subject.label}", call, subject, names, subject.weights)


def _derived(label: str, call: Any, subject: Subject, names: list[str], weights: Vector) -> Subject:
    derived = _subject(label, call, subject.inputs, subject.point, lambda _: names)
    return replace(derived, weights=weights, magnitude=max(subject.magnitude, derived.magnitude))
