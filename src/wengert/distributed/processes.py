"""Several processes that run one program: joining them, telling them apart, and numbers of all of them."""

from __future__ import annotations

import builtins
import os
from importlib import import_module
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..compile.xla.imported import jax
from .places import ATTEMPT, place_in

PATIENCE = 30
"""Seconds without a sign of life after which a process counts as lost, and the others end with a message."""


def initialize(
    coordinator: str | None = None, processes: int | None = None, process: int | None = None, timeout: int = 300
) -> None:
    """Join the other processes of this program, whose devices are then one mesh.

    Call it first, in every process. What is not given is taken from the environment: that of ``wengert launch``
    (``WENGERT_COORDINATOR``, ``WENGERT_PROCESSES``, ``WENGERT_PROCESS``), of Slurm or of MPI. Where nothing there says
    that there are others it does nothing, so that one script serves for one process as well.

    Args:
        coordinator: where the first process listens, ``"host:port"``.
        processes: how many there are.
        process: the number of this one, from 0.
        timeout: seconds to wait for the others.

    Raises:
        ImportError: JAX is not installed (``pip install 'wengert[xla]'``).
        ValueError: a part of it is missing, or there is no such process.
        RuntimeError: the others did not come in time.
    """
    place = place_in(os.environ, coordinator, processes, process)
    if place is None or place.processes == 1:
        return
    is_known = place.coordinator is not None
    given = {"coordinator_address": place.coordinator, "num_processes": place.processes, "process_id": place.process}
    jax().distributed.initialize(
        **(given if is_known else {}), initialization_timeout=timeout, heartbeat_timeout_seconds=PATIENCE
    )


def process_index() -> int:
    """The number of this process, from 0.

    >>> import wengert as wg
    >>> wg.distributed.process_index(), wg.distributed.process_count()
    (0, 1)
    """
    return jax().process_index()


def process_count() -> int:
    """The number of processes."""
    return jax().process_count()


def attempt() -> int:
    """How often ``wengert launch --max-restarts`` has started all processes before.

    >>> import wengert as wg
    >>> wg.distributed.attempt()
    0
    """
    return int(os.environ.get(ATTEMPT, "0"))


def print_once(*values: Any, **options: Any) -> None:
    """``print``, in the first process alone.

    >>> import wengert as wg
    >>> wg.distributed.print_once("loss", 1.5)
    loss 1.5
    """
    if process_index() == 0:
        builtins.print(*values, flush=True, **options)


def average(tree: Any) -> Any:
    """The means over all processes of numbers or arrays, alone or nested, such as metrics of what each has loaded.

    Every process has to call it, with the same shapes.

    >>> import wengert as wg
    >>> wg.distributed.average({"loss": 1.5})
    {'loss': tensor(1.5)}
    """
    return wg.trees.map(lambda leaf: np.asarray(numpy.mean(gathered(leaf), 0)), tree)


def gathered(value: Any) -> numpy.ndarray[Any, Any]:
    """An array of each process, stacked."""
    array = np.asarray(value).detach().numpy()
    if process_count() == 1:
        return array[None]
    with jax().enable_x64(True):
        return numpy.asarray(_multihost().process_allgather(array))


def wait_for_all(name: str) -> None:
    """Go on when all processes have come here."""
    if process_count() > 1:
        _multihost().sync_global_devices(name)


def _multihost() -> Any:
    return import_module("jax.experimental.multihost_utils")
