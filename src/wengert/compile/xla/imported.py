"""JAX, imported when something of it is called."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from ...core.python.source import at_line

OLDEST = (0, 10)
"""The first version of JAX that is known here."""


class Later:
    """A function of a module that is imported when it is first called."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    @property
    def imported(self) -> Any:
        """The function itself."""
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.imported(*args, **kwargs)


class Functions:
    """The functions of a module, before it is imported."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Later:
        return Later(self._module, name)


jnp: Final = Functions("jax.numpy")
lax: Final = Functions("jax.lax")
fourier: Final = Functions("jax.numpy.fft")
linalg: Final = Functions("jax.numpy.linalg")
factors: Final = Functions("jax.lax.linalg")
scipy_linalg: Final = Functions("jax.scipy.linalg")
special: Final = Functions("jax.scipy.special")
debug: Final = Functions("jax.debug")


@cache
def jax() -> Any:
    """The package.

    Raises:
        ImportError: it is not installed, or too old.
    """
    wanted = ".".join(map(str, OLDEST))
    if find_spec("jax") is None:
        raise ImportError(
            f"[xla] the package jax is not installed, wanted {wanted} or later for this backend; write pip install "
            f"'wengert[xla]', or backend='native'{at_line()}"
        )
    package = import_module("jax")
    if not is_known(package.__version__):
        raise ImportError(
            f"[xla] jax {package.__version__} is installed, wanted {wanted} or later; write pip install --upgrade "
            f"'wengert[xla]', or backend='native'{at_line()}"
        )
    return package


def wide_numbers() -> Any:
    """A context in which JAX leaves numbers of 64 bits as they are; elsewhere it does as its user has set it."""
    return jax().enable_x64(True)


def is_known(version: str) -> bool:
    """Whether a version is late enough."""
    return tuple(map(int, version.split(".")[:2])) >= OLDEST
