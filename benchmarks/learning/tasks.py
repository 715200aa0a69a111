"""All tasks, by name."""

from __future__ import annotations

from collections.abc import Iterator

from ..options import Options
from . import functions, images, sequences
from .task import Task

TASKS = (*images.TASKS, *sequences.TASKS, *functions.TASKS)


def named(name: str) -> Task:
    """The task of that name."""
    (found,) = [task for task in TASKS if task.name == name]
    return found


def wanted(options: Options) -> Iterator[Task]:
    """The tasks whose names contain one of the words; all of them if there are no words."""
    return (task for task in TASKS if options.wants(task.name))
