"""Methods of integration, by the names under which `solve_ivp` knows them."""

from __future__ import annotations

from .bdf import BDF
from .matrices import matrices_for
from .method import Attempt, Controller, Counts, Done, Method
from .radau import RADAU
from .rosenbrock import RODAS5P
from .runge_kutta import EXPLICIT
from .symplectic import SYMPLECTIC
from .taylor import Taylor, suited

__all__ = ["METHODS", "Attempt", "Controller", "Counts", "Done", "Method", "matrices_for", "suited"]

METHODS: dict[str, Method] = {
    **EXPLICIT,
    "Taylor": Taylor(),
    "Radau": RADAU,
    "BDF": BDF,
    "Rodas5P": RODAS5P,
    **SYMPLECTIC,
}
