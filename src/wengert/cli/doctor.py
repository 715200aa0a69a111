"""``wengert doctor``: what the package stands on here, and whether compiled calls are as fast as they can be."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any, NamedTuple

import click

from .errors import one_line, with_debug

VECTORS = ("avx512f", "avx2", "fma", "neon", "sve")
"""Features of a processor that make vectors faster, as LLVM names them."""

WIDTH = 24
"""Of the column of what findings are about."""


class Finding(NamedTuple):
    """One line of the report.

    Attributes:
        what: it is about.
        found: in words.
        is_well: whether all works; ``None`` where there is nothing to judge.
    """

    what: str
    found: str
    is_well: bool | None = None


@click.command()
@with_debug
def doctor() -> None:
    """Say what the package stands on here: versions, processor, BLAS, cache, native entries, other libraries.

    Then compile and differentiate a small function. The exit code is 1 if something does not work.
    """
    from rich.text import Text

    from .console import console, cross, tick

    screen = console()
    signs = {True: tick(screen), False: cross(screen), None: ""}
    is_well = True
    for finding in all_findings():
        sign = Text.from_markup(signs[finding.is_well])
        screen.print(sign, " " * (2 - len(sign)), Text(finding.what.ljust(WIDTH), "bold"), Text(finding.found), sep="")
        is_well = is_well and finding.is_well is not False
    if not is_well:
        click.get_current_context().exit(1)


def all_findings() -> Iterator[Finding]:
    """The whole report, line by line."""
    from .. import __version__

    yield Finding("wengert", __version__)
    yield Finding("Python", f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}")
    yield Finding("stands on", versions(needed()))
    yield Finding("beside it", versions(wanted()))
    yield _tried("processor", _processor)
    yield _tried("BLAS", _blas)
    yield _tried("cache", _cache)
    yield _tried("native entries", _doors)
    yield _tried("a compiled derivative", _derivative)


def _tried(what: str, look: Any) -> Finding:
    """What a look finds; that it failed is a finding as well."""
    try:
        found, is_well = look()
    except Exception as error:
        return Finding(what, f"{type(error).__name__}: {one_line(error)}", False)
    return Finding(what, found, is_well)


def needed() -> list[str]:
    """The packages that this one cannot do without."""
    return [_name(line) for line in _requirements() if "extra ==" not in line]


def wanted() -> list[str]:
    """The packages that some of its parts are for, or that it is compared with."""
    extras = (_name(line) for line in _requirements() if "extra ==" in line)
    return sorted(set(extras) - {"wengert", *needed()})


def _requirements() -> list[str]:
    """What the installed package says that it needs; nothing where it runs from its source."""
    with suppress(PackageNotFoundError):
        return requires("wengert") or []
    return []


def _name(requirement: str) -> str:
    """The name of a package in a requirement: ``numpy`` of ``numpy>=2.2``."""
    return next((requirement[:i] for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), requirement)


def versions(names: list[str]) -> str:
    """The packages among these that are installed, with their versions."""
    return ", ".join(f"{name} {found}" for name in names if (found := _version(name)) is not None) or "nothing"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> tuple[str, bool | None]:
    from ..compile.native.machine.host import cores, host

    features = [name for name in VECTORS if host().features.get(name)]
    count = cores()
    return f"{host().processor}, {count} core{'s' * (count != 1)}, {' '.join(features) or 'no wide vectors'}", None


def _blas() -> tuple[str, bool | None]:
    """The libraries that NumPy and SciPy were built with; compiled programs call SciPy's."""
    import numpy
    import scipy

    built = [_built_with(module) for module in (numpy, scipy)]
    return f"NumPy: {built[0]}; SciPy, for compiled programs: {built[1]}", None


def _built_with(module: Any) -> str:
    found = module.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def _cache() -> tuple[str, bool | None]:
    from ..compile.native.machine.disk_cache import stock
    from .cache import holdings

    found = stock()
    return holdings(found), found.trouble is None


def _doors() -> tuple[str, bool | None]:
    """Whether compiled functions are called without Python on the way."""
    from ..compile.backend import why_no_doors

    reason = why_no_doors()
    return ("open", True) if reason is None else (f"closed, calls take microseconds longer: {reason}", None)


def _derivative() -> tuple[str, bool | None]:
    """Compile a gradient, and compare it with the closed form."""
    import numpy

    from .. import grad, jit
    from ..numpy import exp, sin, sum as total

    x = numpy.linspace(-1.0, 1.0, 100)
    found = jit(grad(lambda x: total(exp(sin(x)))))(x).numpy()
    is_right = bool(numpy.allclose(found, numpy.exp(numpy.sin(x)) * numpy.cos(x), rtol=1e-14, atol=0))
    return ("as it should be" if is_right else f"wrong: {found}"), is_right
