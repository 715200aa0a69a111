"""Two molecules from first principles: forces and vibrations by derivatives through the self-consistent field.

Each electron of H2 and HeH+ moves in the mean field of the other, which is a fixed point: orbitals make a density, and
the density their equation. Only the energy is written down, over Gaussian orbitals (STO-3G). Its derivatives go through
generalised eigenvectors and, by the implicit-function theorem, through the fixed point: first ones are forces, by which
the bonds find their lengths, second ones vibrations, for which the density has to respond. Energies and lengths are
those of the textbook.

Source: A. Szabo and N. Ostlund, "Modern Quantum Chemistry" (1989), sections 3.4-3.5, appendices A and B; lengths are in
bohr, energies in hartree.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.linalg import eigh
from wengert.scipy.optimize import fixed_point, minimize
from wengert.scipy.special import erf

EXPONENTS = numpy.array([0.109818, 0.405771, 2.22766])
COEFFICIENTS = numpy.array([0.444635, 0.535328, 0.154329])
"""The three Gaussians by which an orbital of Slater's with exponent 1 is best described."""
WAVENUMBER = 219474.63
"""Of a hartree, in 1/cm."""


class Molecule(NamedTuple):
    """Two nuclei with an orbital each, which two electrons share; masses are in those of an electron."""

    name: str
    charges: tuple[float, float]
    slater: tuple[float, float]
    masses: tuple[float, float]


H2 = Molecule("H2", (1.0, 1.0), (1.24, 1.24), (1836.15, 1836.15))
HEH = Molecule("HeH+", (2.0, 1.0), (2.0925, 1.24), (7294.30, 1836.15))
TEXTBOOK = {H2: (1.4, -1.1167), HEH: (1.4632, -2.860662)}
"""A length, and the energy there; the best ones of H2 are 1.346 and -1.1175."""


# -- integrals over Gaussians ------------------------------------------------------------------------


def boys(t: Any) -> Any:
    """The integral of exp(-t x^2) from 0 to 1; by its series where t is small."""
    root = np.sqrt(np.maximum(t, 1e-3))
    return np.where(t > 1e-3, math.sqrt(math.pi) / 2 * erf(root) / root, 1 - t / 3 + t**2 / 10 - t**3 / 42)


def squared(x: Any, y: Any) -> Any:
    """Distances of each of some points to each of others."""
    return np.sum((x[:, None] - y) ** 2, axis=-1)


class Integrals(NamedTuple):
    """Overlaps, energies of an electron without the others, and repulsions of two."""

    overlap: Any
    core: Any
    repulsion: Any


def integrals(places: Any, charges: Any, slater: Any) -> Integrals:
    """Of orbitals at nuclei, of shape (n, 3).

    An orbital overlaps itself by 1, as in the book; by these coefficients it would be 1.0000014.
    """
    count = len(charges)
    a = (EXPONENTS * numpy.square(slater)[:, None]).ravel()
    whole = numpy.kron(numpy.eye(count), COEFFICIENTS) * (2 * a / math.pi) ** 0.75
    centres = np.repeat(places, 3, axis=0)
    sums, products = a[:, None] + a, a[:, None] * a
    reduced = products / sums * squared(centres, centres)
    overlap = (math.pi / sums) ** 1.5 * np.exp(-reduced)
    kinetic = products / sums * (3 - 2 * reduced) * overlap
    middle = ((a[:, None] * centres)[:, None] + a[:, None] * centres) / sums[..., None]
    at, p, decay = middle.reshape(-1, 3), sums.ravel(), np.exp(-reduced).reshape(-1)
    attraction = -2 * math.pi / p * decay * (boys(p[:, None] * squared(at, places)) @ np.asarray(charges))
    p, q = p[:, None], p
    between = boys(p * q / (p + q) * squared(at, at))
    repulsion = 2 * math.pi**2.5 / (p * q * np.sqrt(p + q)) * np.outer(decay, decay) * between
    core = kinetic + attraction.reshape(kinetic.shape)
    four = repulsion.reshape(kinetic.shape * 2)
    contracted = np.einsum("ia,jb,kc,ld,abcd->ijkl", whole, whole, whole, whole, four)
    overlap = np.where(numpy.eye(count) == 1, 1.0, whole @ overlap @ whole.T)
    return Integrals(overlap, whole @ core @ whole.T, contracted)


# -- the self-consistent field -----------------------------------------------------------------------


def fock(density: Any, over: Integrals) -> Any:
    """The energy of an electron in the field of a density."""
    coulomb = np.einsum("kl,ijkl->ij", density, over.repulsion)
    exchange = np.einsum("kl,ikjl->ij", density, over.repulsion)
    return over.core + coulomb - exchange / 2


def filled(density: Any, over: Integrals) -> Any:
    """The density of two electrons in the lowest orbital of such a field."""
    _, orbitals = eigh(fock(density, over), over.overlap)
    return 2 * np.outer(orbitals[:, 0], orbitals[:, 0])


def energy(places: Any, molecule: Molecule) -> Any:
    """Of nuclei and electrons."""
    over = integrals(places, molecule.charges, molecule.slater)
    density = fixed_point(filled, filled(np.zeros((2, 2)), over), (over,), xtol=1e-12, method="iteration")
    electrons = np.sum(density * (over.core + fock(density, over))) / 2
    return electrons + math.prod(molecule.charges) / np.linalg.norm(places[0] - places[1])


def at_length(length: Any, molecule: Molecule) -> Any:
    return energy(np.stack([np.zeros(3), length * np.array([0.0, 0.0, 1.0])]), molecule)


def found(molecule: Molecule) -> dict[str, float]:
    """The best length, the energy there, and the vibration: its wavenumber, also by differences of energies."""
    of_length = lambda length: at_length(length, molecule)
    length = minimize(of_length, 1.4, tol=1e-8).x.item()
    stiffness = wg.grad(wg.grad(of_length))(length).item()
    below, here, above = (of_length(length + step).item() for step in (-1e-3, 0.0, 1e-3))
    reduced = math.prod(molecule.masses) / sum(molecule.masses)
    per_root = WAVENUMBER / math.sqrt(reduced)
    return {
        "length": length,
        "energy": here,
        "vibration": per_root * math.sqrt(stiffness),
        "by differences": per_root * math.sqrt(above - 2 * here + below) / 1e-3,
    }


def save_picture(path: Path, curves: dict[str, Any]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (name, (lengths, energies, slopes)), color in zip(curves.items(), ("#2b6cb0", "#c05621"), strict=True):
        left.plot(lengths, energies - energies.min(), color=color, label=name)
        right.plot(lengths, -slopes, color=color, label=name)
    left.set(title="energy above the least", xlabel="length", ylim=(-0.02, 0.4))
    right.set(title="force", xlabel="length", ylim=(-0.3, 0.6))
    right.axhline(0, color="#718096", linewidth=0.5)
    left.legend()
    figure.savefig(path, dpi=80)


def main(folder: Path = Path()) -> dict[str, Any]:
    start, figures, curves = time.perf_counter(), {}, {}
    for molecule, (length, known) in TEXTBOOK.items():
        value, slope = wg.value_and_grad(at_length)(length, molecule)
        print(f"{molecule.name} at {length}: energy {value.item():.6f} (textbook: {known}), force {-slope.item():.6f}")
        figures[molecule.name] = {"textbook": value.item() - known, **found(molecule)}
        print("  best at {length:.4f} with {energy:.6f}".format(**figures[molecule.name]))
        print(
            "  vibrates with {vibration:.1f}/cm, {by differences:.1f} by differences".format(**figures[molecule.name])
        )
        lengths = numpy.linspace(0.7, 4.0, 100)
        both = wg.vmap(wg.value_and_grad(lambda length, m=molecule: at_length(length, m)))(lengths)
        curves[molecule.name] = lengths, *(x.numpy() for x in both)
    print(f"all that and 200 lengths in {time.perf_counter() - start:.1f} s")
    picture = folder / "f41_hartree_fock.png"
    save_picture(picture, curves)
    print(f"saved {picture}")
    return {**figures, "picture": picture}


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
