"""A function as a list to be written elsewhere: its graph, the names of its arguments, how its results are nested."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..compile.jit import Compiled, jit
from ..compile.passes.rewriting import gathered, replayed_on
from ..compile.record.recorded import RecordedFunction, Results
from ..core.graph import Graph
from ..core.python.source import name_of
from ..core.python.trees import accessors, flatten, is_dataclass_value, unflatten
from .lines import LinesOfDerivatives, note_targets


@dataclass(frozen=True, eq=False)
class Argument:
    """An array that a function takes.

    Attributes:
        name: what it is called: the parameter, and where it is in it.
        parameter: the parameter that it is, or is in.
        path: how it is found in its parameter, as Python writes it; empty where it is that itself.
        value: the array that was given for it.
    """

    name: str
    parameter: str
    path: str
    value: Any


@dataclass(frozen=True, eq=False)
class Exported:
    """A recorded function.

    Attributes:
        name: what it is called.
        graph: its list; an input for each argument, an output for each result.
        arguments: what it takes.
        results: how the results are nested; ``None`` for a graph, whose results are a tuple.
    """

    name: str
    graph: Graph
    arguments: tuple[Argument, ...]
    results: Results | None

    def nested(self, texts: Sequence[str]) -> Any:
        """The results, nested as the function gives them, with a text in the place of each output."""
        outputs = [Verbatim(text) for text in texts]
        if self.results is None:
            return tuple(outputs)
        leaves = [outputs[n] if n is not None else self.results.others[i] for i, n in enumerate(self.results.numbers)]
        return leaves[0] if self.results.structure is None else _plain(unflatten(self.results.structure, leaves))


def _plain(value: Any) -> Any:
    """A nested value of plain tuples, lists and dicts; objects of other kinds as tuples of what is in them."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return list(map(_plain, value))
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return _plain(tuple(vars(value).values())) if is_dataclass_value(value) else value


class Verbatim(str):
    """A text that is shown without quotes where a nested value is shown."""

    def __repr__(self) -> str:
        return str(self)


def exported(f: Callable[..., Any], args: Sequence[Any], op: str, name: str | None = None) -> Exported:
    """Record a function of these arguments, with the tensors outside that it reads as constants.

    Raises:
        TypeError: `f` is no function, writes to what is outside, or decides by values.
    """
    if isinstance(f, Graph):
        return Exported(name or "f", f, tuple(_of_graph(f, args)), None)
    compiled = f if isinstance(f, Compiled) else jit(f)
    with LinesOfDerivatives():
        lowered = compiled.lower(*args)
    _refuse(lowered.recording, name_of(compiled.f), op)
    note_targets(lowered.recorded)
    arguments = tuple(_arguments(compiled, args))
    graph = _closed(lowered.recorded, len(arguments), lowered.state(), lowered.recording.count)
    return Exported(name or identifier(name_of(compiled.f)), graph, arguments, lowered.recording.results)


def _refuse(recording: RecordedFunction, name: str, op: str) -> None:
    """Refuse what a list of operations cannot say."""
    if recording.decisions:
        raise TypeError(
            f"[{op}] {name} decides by a value, at {recording.decisions[0].line}, wanted one list of operations for "
            "all values; write wg.cond, wg.while_loop or np.where, or export wg.jit(f, structured=True)"
        )
    if recording.writes or recording.bound or recording.changed or recording.stored or recording.inner:
        raise TypeError(
            f"[{op}] {name} writes to what is outside of it, or to an argument, wanted a function whose results are "
            "all that it does; write one that takes the state and returns the new state"
        )
    if recording.results.steps or recording.results.types:
        raise TypeError(
            f"[{op}] {name} returns a number of Python's, made by float() or item(), wanted tensors; write "
            "the result without the conversion"
        )


def _closed(graph: Graph, count: int, state: Sequence[Any], results: int) -> Graph:
    """The graph of the arguments alone: constants stand for what it reads from outside."""
    constants = dict(zip(graph.inputs[count:], map(numpy.asarray, state), strict=True))
    _, outputs = replayed_on(graph, constants)
    return gathered(graph.inputs[:count], outputs[:results])


def _of_graph(graph: Graph, args: Sequence[Any]) -> Iterator[Argument]:
    for number, (node, given) in enumerate(zip(graph.inputs, args or [None] * len(graph.inputs), strict=True), 1):
        value = numpy.zeros(node.form.shape, node.form.dtype) if given is None else numpy.asarray(given)
        yield Argument(f"x{number}", f"x{number}", "", value)


def _arguments(f: Compiled, args: Sequence[Any]) -> Iterator[Argument]:
    """The arrays among the arguments, named after the parameters."""
    taken: set[str] = set()
    for parameter, argument in zip(parameters(f.f, len(args)), args, strict=True):
        if parameter in f.static_argnames:
            continue
        leaves, structure = flatten(argument)
        for leaf, find in zip(leaves, accessors(structure), strict=True):
            if type(leaf) in (bool, str, bytes):
                continue
            path = find.codify("")
            name = distinct(identifier(parameter + path), taken)
            yield Argument(name, parameter, path, numpy.asarray(leaf))


def parameters(f: Callable[..., Any], count: int) -> list[str]:
    """The names of the parameters; those that have none of their own are numbered."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    named = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    return [*named, *(f"x{number}" for number in range(len(named) + 1, count + 1))]


def identifier(text: str) -> str:
    """A text as a name that Python and C accept."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "x"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def distinct(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken; it is taken then."""
    stem, number = name, 2
    while name in taken:
        name = f"{stem}_{number}"
        number += 1
    taken.add(name)
    return name
