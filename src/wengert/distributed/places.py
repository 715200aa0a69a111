"""Which process of how many this is: by arguments, or by what launchers and schedulers say in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..core.python.source import at_line

COORDINATOR, PROCESSES, PROCESS = "WENGERT_COORDINATOR", "WENGERT_PROCESSES", "WENGERT_PROCESS"
ATTEMPT = "WENGERT_ATTEMPT"
"""How often all processes have been started before."""


class Place(NamedTuple):
    """One process among those of a program.

    Attributes:
        coordinator: the address of the first one, as ``"host:port"``; ``None`` where the scheduler knows it.
        processes: how many there are.
        process: the number of this one.
    """

    coordinator: str | None
    processes: int
    process: int


class Source(NamedTuple):
    """The names in the environment by which a launcher says it.

    Attributes:
        processes, process: names of the numbers.
        knows_coordinator: whether JAX finds the address by what else is there.
    """

    processes: str
    process: str
    knows_coordinator: bool = False


SOURCES = (
    Source(PROCESSES, PROCESS),
    Source("SLURM_NTASKS", "SLURM_PROCID", knows_coordinator=True),
    Source("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", knows_coordinator=True),
    Source("PMI_SIZE", "PMI_RANK"),
)
"""This package's own, Slurm's, Open MPI's, and those of MPICH and its relatives; the first that is there counts."""


def place_in(
    environment: Mapping[str, str],
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
) -> Place | None:
    """The place of this process; ``None`` if nothing says that there are others.

    Raises:
        ValueError: a part of it is missing, or there is no such process.
    """
    source = next((s for s in SOURCES if s.processes in environment and s.process in environment), None)
    if source is not None:
        processes = int(environment[source.processes]) if processes is None else processes
        process = int(environment[source.process]) if process is None else process
    coordinator = coordinator or environment.get(COORDINATOR)
    if coordinator is None and processes is None and process is None:
        return None
    knows = source is not None and source.knows_coordinator
    if processes is None or process is None or not (coordinator or knows or processes == 1):
        raise ValueError(
            f"[initialize] coordinator={coordinator!r}, processes={processes} and process={process} are known, wanted "
            "all three; write initialize('host:1234', processes=4, process=0), set WENGERT_COORDINATOR, "
            f"WENGERT_PROCESSES and WENGERT_PROCESS, or start with wengert launch{at_line()}"
        )
    if not 0 <= process < processes:
        raise ValueError(
            f"[initialize] process={process} of processes={processes} was given, wanted a number from 0 to "
            f"{processes - 1}; write process={processes - 1} for the last one{at_line()}"
        )
    return Place(coordinator, processes, process)
