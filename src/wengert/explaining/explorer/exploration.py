"""`explore`: a page that walks through a function and its derivative, served to the browser or written to a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from ...core.python.files import write_whole
from ...core.python.source import name_of
from ...core.python.trees import flatten, unflatten
from ...html import escaped
from ...transforms.asked import check_function
from ...transforms.recorded import as_tensor
from ..component import scalar_of
from ..explanation import Explanation
from ..trace import trace
from .describing import document_of
from .formulas import Rules
from .model import Document, Program, as_json
from .page_text import page
from .programs import program_of
from .sources import Sources

if TYPE_CHECKING:
    from .serving import Server

HEIGHT = 720
"""Of the frame in a notebook, in pixels."""


def explore(
    f: Callable[..., Any], *args: Any, direction: Any = None, component: Any = None, cotangent: Any = None
) -> Exploration:
    """A page that walks through a function and its derivative; a notebook shows it below the cell.

    Args:
        f: a function with a real scalar result, or one of whose results a number is chosen.
        args: its arguments, as for `wengert.explain`.
        direction: the tangent of the arguments, nested as they are; by default the first unit vector.
        component: which element of the result is explored: an index, or a tuple of them.
        cotangent: the weights, nested as the result, with which its elements are summed up.

    Returns:
        An `Exploration`: `url` is the address of the page, `save` writes it to a file.

    Raises:
        TypeError: an argument is not floating point, the direction does not fit, or the result is not a real scalar.

    >>> import wengert as wg, wengert.numpy as np
    >>> explored = wg.explore(lambda x: (x**2 + 2 * x) * np.exp(x), 3.0)
    >>> [entry.adjoint.text for entry in explored.document().entries if entry.kind == "argument"]
    ['461.967']
    """
    check_function(f, "explore")
    return Exploration(scalar_of(f, component, cotangent), args, direction)


class Exploration:
    """A function at a point, to be looked at in a browser.

    The server listens on this machine alone, from the first time that `url` is asked for until `close`, or the end of
    Python. Its address holds a secret; who does not know it is answered nothing.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], direction: Any = None) -> None:
        self._f = f
        self._args = tuple(args)
        self._direction = direction
        self._server: Server | None = None
        self._rules = Rules()
        self._first = self._document(self._args)

    def document(self, numbers: Mapping[int, Sequence[float]] | None = None) -> Document:
        """All facts of the function at its point, or where some of its arguments have other elements.

        Args:
            numbers: the elements of arguments, by their place among the leaves of all arguments.

        Raises:
            ValueError: there is no such argument, or it has another number of elements.
        """
        return self._document(self._moved(numbers)) if numbers else self._first

    def program(self) -> Program:
        """The compiled value and gradient; its places are numbered as the sources of the document."""
        sources = Sources()
        self._document(self._args, sources)
        return program_of(self._f, [_tensors(arg) for arg in self._args], sources)

    def html(self) -> str:
        """The page as one file, which needs nothing else; what it shows is fixed."""
        return page(self._title, as_json(self.document()), as_json(self.program()))

    def live_html(self) -> str:
        """The page as the server sends it: it asks for what changes."""
        return page(self._title, as_json(self.document()), is_live=True)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all."""
        write_whole(Path(path), self.html().encode())

    @property
    def url(self) -> str:
        """The address of the page, which holds the secret."""
        return self._served().url

    def close(self) -> None:
        """Serve no longer."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def wait(self) -> None:
        """Serve until it is interrupted."""
        self._served().wait()

    def _served(self) -> Server:
        """The server, from now on if there was none."""
        from .serving import Server

        if self._server is None:
            self._server = Server(self)
        return self._server

    def __enter__(self) -> Exploration:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        served = "not served" if self._server is None else self._server.url
        return f"<exploration of {self._first.function}, {served}>"

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{escaped(self.url)}" title="{escaped(self._title)}" width="100%" height="{HEIGHT}" '
            'style="border: 0"></iframe>'
        )

    @property
    def _title(self) -> str:
        return f"{name_of(self._f)} - Wengert"

    def _document(self, args: Sequence[Any], sources: Sources | None = None) -> Document:
        with numpy.errstate(all="ignore"):  # the page marks what is not finite
            explanation = Explanation(trace(self._f, args, self._direction))
        count = len(flatten(tuple(args))[0])
        return document_of(explanation.trace, explanation.items, count, sources or Sources(), self._rules)

    def _moved(self, numbers: Mapping[int, Sequence[float]]) -> Any:
        """The arguments with other elements."""
        leaves, structure = flatten(self._args)
        leaves = [as_tensor(leaf).numpy() for leaf in leaves]
        for place, elements in numbers.items():
            if not 0 <= place < len(leaves) or leaves[place].size != len(elements):
                raise ValueError(
                    f"[explore] {len(elements)} elements of argument {place} were given, wanted those of one of "
                    f"{len(leaves)}, of sizes {[leaf.size for leaf in leaves]}; write as many as it has"
                )
            leaves[place] = numpy.array(elements, leaves[place].dtype).reshape(leaves[place].shape)
        return unflatten(structure, leaves)


def _tensors(tree: Any) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [as_tensor(leaf) for leaf in leaves])
