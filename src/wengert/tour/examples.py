"""The examples: one file a scenario, found by name and run."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).parents[1]
FOLDERS = [PACKAGE / "examples", PACKAGE.parents[1] / "examples"]
"""Where they are in an installed package, and in a checkout."""

NAME = re.compile(r"([a-z])(\d+)_\w+")


class Example(NamedTuple):
    """A file with a function ``main``, which prints its figures and returns them.

    Attributes:
        path: the file.
    """

    path: Path

    @property
    def name(self) -> str:
        """The number of its scenario, and what it is about."""
        return self.path.stem

    @property
    def title(self) -> str:
        """The first line of its docstring."""
        docstring = ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8"))) or ""
        return docstring.partition("\n")[0]

    def run(self, **options: Any) -> Any:
        """What its ``main`` returns, with those of the options that it has.

        >>> [example] = named("a1")
        >>> example.run(size="quick")["slope"]
        by a dual number:  value 30, derivative 11
        by wengert.jvp:    value 30, derivative 11
        11.0
        """
        main = runpy.run_path(str(self.path))["main"]
        taken = inspect.signature(main).parameters
        return main(**{name: value for name, value in options.items() if name in taken})


def all_examples() -> list[Example]:
    """Every example, by the numbers of the scenarios.

    Raises:
        FileNotFoundError: they are neither in the package nor beside it.
    """
    found = ([path for path in folder.glob("*.py") if NAME.fullmatch(path.stem)] for folder in FOLDERS)
    paths = next(filter(None, found), [])
    if not paths:
        raise FileNotFoundError(
            f"[tour] there are no examples in {' or '.join(map(str, FOLDERS))}, wanted those that come with the "
            "package; write pip install --force-reinstall wengert"
        )
    return sorted(map(Example, paths), key=_place)


def _place(example: Example) -> tuple[Any, ...]:
    group, number = NAME.fullmatch(example.name).groups()  # type: ignore[union-attr]
    return group, int(number), example.name


def named(name: str) -> list[Example]:
    """The examples of a scenario (``"c13"``), or the one of a whole name.

    Raises:
        LookupError: there is none.
    """
    known, wanted = all_examples(), name.lower().removesuffix(".py")
    found = [example for example in known if f"{example.name}_".startswith(f"{wanted}_")]
    if not found:
        names = [form for example in known for form in (example.name, example.name.partition("_")[0])]
        near = get_close_matches(wanted, names, n=1)
        raise LookupError(
            f"[tour] there is no example {name!r}, wanted a name that wengert tour --list shows, or its beginning; "
            f"write wengert tour {near[0] if near else known[0].name}"
        )
    return found
