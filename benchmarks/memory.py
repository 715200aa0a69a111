"""Workloads whose peak memory is measured, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

LENGTH = 100
ELEMENTS = 1_000_000


def wengert_additions() -> Iterator[None]:
    import numpy

    import wengert as wg

    x = wg.tensor(numpy.ones(ELEMENTS), requires_grad=True)
    y = wg.tensor(numpy.ones(ELEMENTS))
    yield
    z = x
    for _ in range(LENGTH):
        z = z + y
    z.backward(numpy.ones(ELEMENTS))


def wengert_relus() -> Iterator[None]:
    import numpy

    import wengert as wg
    from wengert.ops.elementwise import relu

    x = wg.tensor(numpy.ones(ELEMENTS), requires_grad=True)
    yield
    z = x
    for _ in range(LENGTH):
        z = relu(z)
    z.backward(numpy.ones(ELEMENTS))


def torch_additions() -> Iterator[None]:
    import torch

    x = torch.ones(ELEMENTS, dtype=torch.float64, requires_grad=True)
    y = torch.ones(ELEMENTS, dtype=torch.float64)
    yield
    z = x
    for _ in range(LENGTH):
        z = z + y
    z.backward(torch.ones(ELEMENTS, dtype=torch.float64))


def torch_relus() -> Iterator[None]:
    import torch

    x = torch.ones(ELEMENTS, dtype=torch.float64, requires_grad=True)
    yield
    z = x
    for _ in range(LENGTH):
        z = torch.relu(z)
    z.backward(torch.ones(ELEMENTS, dtype=torch.float64))
