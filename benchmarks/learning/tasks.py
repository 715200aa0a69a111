"""All tasks, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import functions, images, sequences
from .task import Task

TASKS = (*images.TASKS, *sequences.TASKS, *functions.TASKS)


def named(name: str) -> Task:
    """The task of that name."""
    (found,) = [task for task in TASKS if task.name == name]
    return found


def wanted(words: Sequence[str]) -> Iterator[Task]:
    """The tasks whose names contain one of the words, in any case; all of them if there are no words."""
    for task in TASKS:
        if not words or any(word.lower() in task.name.lower() for word in words):
            yield task
