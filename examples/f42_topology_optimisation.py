"""Where a beam needs material: the stiffest one of half the weight, by the gradient through a sparse solve.

A beam is cut into squares, each of which has a density; stiffness goes with its third power, so that it pays to be full
or empty, and densities are averages of neighbours, so that no detail is finer than these. What the load bends is found
by SuperLU. Nobody derives an adjoint equation: the gradient of the compliance goes through the sparse matrix and its
solution. The design ends with the published compliance.

Source: E. Andreassen, A. Clausen, M. Schevenels, B. Lazarov and O. Sigmund, "Efficient topology optimization in MATLAB
using 88 lines of code", Struct. Multidisc. Optim. 43 (2011): half a beam of Messerschmitt-Boelkow-Blohm with 60 x 20
squares and a density filter, whose figure 4 has the compliance 233.71.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from scipy import sparse
from tqdm import tqdm

import wengert as wg
import wengert.numpy as np
from wengert.scipy.sparse import csc_array
from wengert.scipy.sparse.linalg import spsolve

SHARE, PENALTY, WEAKEST, MOVE = 0.5, 3, 1e-9, 0.2
"""The share of the material, the power of a density, the stiffness of nothing, and the most a density may move."""


def of_square(poisson: float = 0.3) -> numpy.ndarray:
    """The stiffness of a square: second derivatives of its energy in the 8 displacements of its corners.

    Plane stress, Young's modulus 1; corners counterclockwise from the lower left, between which it is bilinear, so that
    four points of Gauss make its energy.
    """
    corners = numpy.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    points = 0.5 + (corners - 0.5) / numpy.sqrt(3)

    def energy_at(place: Any, moved: Any) -> Any:
        displacement = lambda place: np.prod(1 - abs(corners - place), axis=1) @ moved.reshape(4, 2)
        slope = wg.jacobian(displacement)(place)
        strain = (slope + slope.T) / 2
        return (poisson * np.trace(strain) ** 2 + (1 - poisson) * np.sum(strain**2)) / (2 * (1 - poisson**2))

    energy = lambda moved: np.mean(wg.vmap(energy_at, in_axes=(0, None))(points, moved))
    return wg.hessian(energy)(numpy.zeros(8)).numpy()


class Beam(NamedTuple):
    """What does not change.

    Attributes:
        shape: the squares along and across.
        filter: the matrix of averages over neighbours.
        unknowns: for the 8 displacements of each square their number among those that are not fixed, or -1.
        load: on these.
    """

    shape: tuple[int, int]
    filter: Any
    unknowns: numpy.ndarray
    load: numpy.ndarray


def beam(along: int, across: int, radius: float) -> Beam:
    """The right half, on a roller at its lower right corner, loaded in the middle."""
    first = (numpy.arange(along)[:, None] * (across + 1) + numpy.arange(across)).ravel()
    nodes = first[:, None] + numpy.array([1, across + 2, across + 1, 0])
    displacements = (2 * nodes[..., None] + numpy.arange(2)).reshape(-1, 8)
    count = 2 * (along + 1) * (across + 1)
    is_free = numpy.ones(count, bool)
    is_free[: 2 * (across + 1) : 2] = is_free[-1] = False
    numbers = numpy.where(is_free, numpy.cumsum(is_free) - 1, -1)
    load = numpy.zeros(is_free.sum())
    load[numbers[1]] = -1.0
    places = numpy.stack(numpy.divmod(numpy.arange(along * across), across), axis=1)
    near = numpy.maximum(0, radius - numpy.linalg.norm(places[:, None] - places, axis=-1))
    return Beam((along, across), sparse.csr_array(near / near.sum(axis=1, keepdims=True)), numbers[displacements], load)


def compliance(densities: Any, beam: Beam, square: numpy.ndarray) -> Any:
    """How far the load sinks."""
    stiffness = WEAKEST + (beam.filter @ densities) ** PENALTY * (1 - WEAKEST)
    rows, columns = (numpy.broadcast_to(x, (len(x), 8, 8)) for x in (beam.unknowns[..., None], beam.unknowns[:, None]))
    is_free = (rows >= 0) & (columns >= 0)
    numbers = (stiffness[:, None, None] * square)[is_free]
    matrix = csc_array((numbers, (rows[is_free], columns[is_free])), shape=(len(beam.load), len(beam.load)))
    return beam.load @ spsolve(matrix, beam.load)


def next_densities(densities: Any, slope: Any, beam: Beam) -> numpy.ndarray:
    """By the optimality criterion: as much material as there is, where it is worth most."""
    weights = beam.filter.sum(axis=0)
    worth = densities * numpy.sqrt(numpy.maximum(0, -slope) / weights)
    low, high = 0.0, 1e9
    while (high - low) > 1e-3 * (high + low):
        price = (low + high) / 2
        moved = numpy.clip(worth / numpy.sqrt(price), densities - MOVE, densities + MOVE).clip(0, 1)
        low, high = (price, high) if weights @ moved > SHARE * moved.size else (low, price)
    return moved


def optimised(beam: Beam, most: int, step: Callable[..., Any]) -> tuple[numpy.ndarray, list[float]]:
    """Densities, and how the compliance fell, until no density moves by a hundredth."""
    densities, found = numpy.full(numpy.prod(beam.shape), SHARE), []
    for _ in tqdm(range(most), desc="designs", mininterval=1.0):
        value, slope = step(densities)
        found.append(value.item())
        before, densities = densities, next_densities(densities, slope.numpy(), beam)
        if abs(densities - before).max() < 0.01:
            break
    return densities, found


def by_the_book(densities: Any, beam: Beam, square: numpy.ndarray) -> numpy.ndarray:
    """The gradient by the adjoint equation that the source derives, with SciPy."""
    filtered = beam.filter @ densities
    values = ((WEAKEST + filtered**PENALTY * (1 - WEAKEST))[:, None, None] * square).ravel()
    count = len(beam.load)
    last = numpy.where(beam.unknowns < 0, count, beam.unknowns)
    places = numpy.repeat(last, 8, axis=1).ravel(), numpy.tile(last, 8).ravel()
    matrix = sparse.csc_array((values, places), shape=(count + 1, count + 1))[:count, :count]
    bent = numpy.append(sparse.linalg.spsolve(matrix, beam.load), 0.0)[last]
    energies = numpy.einsum("ei,ij,ej->e", bent, square, bent)
    return beam.filter.T @ (-PENALTY * (1 - WEAKEST) * filtered ** (PENALTY - 1) * energies)


def save_picture(path: Path, beam: Beam, densities: Any, found: list[float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    left.imshow((beam.filter @ densities).reshape(beam.shape).T, cmap="gray_r", vmin=0, vmax=1)
    left.set(title="the right half of the beam", xticks=[], yticks=[])
    right.semilogy(found, color="#2b6cb0")
    right.axhline(233.71, color="#c05621", linestyle=":", label="published: 233.71")
    right.set(title="compliance", xlabel="design")
    right.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", folder: Path = Path()) -> dict[str, Any]:
    along, across = (60, 20) if size == "full" else (30, 10)
    half, square = beam(along, across, 0.04 * along), of_square()
    step = wg.value_and_grad(lambda densities: compliance(densities, half, square))
    start = time.perf_counter()
    densities, found = optimised(half, 2000 if size == "full" else 40, step)
    spent = time.perf_counter() - start
    slope, expected = step(densities)[1].numpy(), by_the_book(densities, half, square)
    off = abs(slope - expected).max() / abs(expected).max()
    print(
        f"{len(found)} designs of {along} x {across} squares in {spent:.1f} s, {1e3 * spent / len(found):.0f} ms each"
    )
    print(f"compliance from {found[0]:.2f} to {found[-1]:.2f} (published for 60 x 20: 233.71)")
    print(f"the gradient is off from the adjoint equation by {off:.0e}")
    picture = folder / "f42_topology_optimisation.png"
    save_picture(picture, half, densities, found)
    print(f"saved {picture}")
    weight = float(numpy.mean(half.filter @ densities))
    return {"compliance": found, "off": off, "weight": weight, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    main(**vars(parser.parse_args()))
