"""A graph as a document of JSON that loads again: a closed vocabulary, and nothing in it that could run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ...core.graph import Graph
from ...core.python.files import write_whole
from .reading import graph_of
from .structure import MalformedError
from .writing import document_of


def to_json(graph: Graph, path: str | os.PathLike[str] | None = None) -> str:
    """The document of a graph, which is also written to a file if there is a path."""
    text = json.dumps(document_of(graph), allow_nan=False)
    if path is not None:
        write_whole(Path(path), text.encode())
    return text


def from_json(source: str | os.PathLike[str]) -> Graph:
    """The graph of a document, given as its text or as the path of its file."""
    is_text = isinstance(source, str) and source.lstrip().startswith("{")
    text = source if is_text else Path(source).read_text(encoding="utf-8")
    try:
        return graph_of(json.loads(str(text), parse_constant=_refuse))
    except (MalformedError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(
            f"[from_json] {error} was given, wanted a document that Graph.to_json of this version has written; write "
            "wg.jit(f).lower(*args).graph.to_json(path) anew"
        ) from error


def _refuse(constant: str) -> Any:
    """Refuse the numbers that Python reads and JSON has not."""
    raise MalformedError(f"the number {constant}, which JSON has not,")
