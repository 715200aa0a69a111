"""Loops whose turns are apart, shared by threads: as one after the other, whatever the number of threads."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.facts.turns import are_apart, chunks_of

MANY = 400
A = numpy.random.default_rng(0).uniform(1.0, 1e4, MANY)
ROWS = numpy.random.default_rng(1).uniform(0.5, 2.0, (16, 100))


def root(a: Any, scale: Any = 1.0) -> Any:
    """By Newton's iteration; each number takes another number of turns."""
    return wg.while_loop(lambda x: np.abs(x * x - scale * a) > 1e-13 * a, lambda x: (x + scale * a / x) / 2, a)


def halved(row: Any, w: Any = 1.0) -> Any:
    """Arrays that are in memory: halved until their sum is small."""
    return wg.while_loop(lambda x: np.sum(x) > 1.0, lambda x: np.sin(x * w) * 0.7, row * w)


def looped(f: Callable[..., Any], *batch: Any) -> Any:
    one = wg.jit(f)
    return numpy.stack([one(*x).numpy() for x in zip(*batch, strict=True)])


EXAMPLES: dict[str, tuple[Callable[..., Any], Any]] = {
    "in registers": (root, A),
    "on memory": (halved, ROWS),
    "gradient, in registers": (wg.grad(root), A),
    "gradient, on memory": (wg.grad(lambda x: np.sum(halved(x))), ROWS),
    "second derivative": (wg.grad(wg.grad(root)), A),
    "tangent": (lambda a: wg.jvp(root, (a,), (np.ones_like(a),))[1], A),
    "within memory": (
        wg.grad(lambda a: wg.while_loop(lambda x: np.abs(x * x - a) > 1e-13 * a, lambda x: (x + a / x) / 2, a, 3)),
        A,
    ),
    "a branch": (lambda a: wg.cond(a > 5e3, root, lambda a: root(a) + root(a + 1), a), A),
    "a batch of batches": (wg.vmap(root), A.reshape(20, 20)),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_batch_is_as_its_examples_to_the_bit(name: str) -> None:
    f, batch = EXAMPLES[name]
    numpy.testing.assert_array_equal(wg.jit(wg.vmap(f))(batch).numpy(), looped(f, batch))
    assert any(chunks_of(node) for node in loops_of(wg.vmap(f), batch))


def loops_of(f: Any, *arguments: Any) -> list[Any]:
    compiled = wg.jit(f)
    compiled(*arguments)
    (program,) = next(iter(compiled.programs.values()))
    return [stage.node for stage in program.run.construction.schedule.stages if hasattr(stage, "inner")]


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_small_batches(size: int) -> None:
    for f, batch in ((root, A), (halved, ROWS)):
        found = wg.jit(wg.vmap(f))(batch[:size])
        assert found.shape == batch[:size].shape
        assert size == 0 or (found.numpy() == looped(f, batch[:size])).all()


def test_what_all_examples_share_gets_the_sum_of_their_derivatives() -> None:
    """The chunks of the way back have sums of their own."""

    def of_roots(scale: Any, a: Any) -> Any:
        return np.sum(wg.vmap(lambda b: root(b, scale))(a))

    def of_rows(w: Any, rows: Any) -> Any:
        return np.sum(wg.vmap(lambda row: halved(row, w))(rows))

    for f, first, batch in ((of_roots, 1.5, A), (of_rows, numpy.linspace(0.8, 1.2, 100), ROWS)):
        found = wg.jit(wg.grad(f, (0, 1)))(first, batch)
        one = wg.jit(wg.grad(f, (0, 1)))
        each = [one(first, x[None]) for x in batch]
        numpy.testing.assert_allclose(found[0], sum(e[0].numpy() for e in each), rtol=1e-13)
        numpy.testing.assert_array_equal(found[1], numpy.concatenate([e[1] for e in each]))
        assert all(chunks_of(node) for node in loops_of(wg.grad(f, (0, 1)), first, batch))


def test_sums_begin_with_what_they_are_given() -> None:
    def f(start: Any, count: Any, a: Any) -> Any:
        return wg.scan(lambda c, x: ((c[0] + root(x), c[1] + 1), root(x)), (start, count), a)[0]

    total, count = wg.jit(f)(numpy.arange(3.0), 10, A)
    numpy.testing.assert_allclose(total, numpy.arange(3.0) + numpy.sqrt(A).sum(), rtol=1e-13)
    assert count.item() == 10 + MANY


def test_which_turns_are_apart() -> None:
    def is_apart(body: Any, first: Any = 0.0) -> bool:
        (loop,) = loops_of(lambda first, a: wg.scan(body, first, a), first, A)
        return are_apart(loop)

    assert is_apart(lambda c, x: (c, root(x)), ())
    assert is_apart(lambda c, x: (c + root(x), x))
    assert is_apart(lambda c, x: ((c[0] + root(x), root(x) + c[1]), x), (0.0, 1.0))
    assert not is_apart(lambda c, x: (c * root(x), x))
    assert not is_apart(lambda c, x: (c + root(x), c))
    assert not is_apart(lambda c, x: (c + root(x + c), x))
    assert not is_apart(lambda c, x: ((y := c + root(x)), y))
    assert not is_apart(lambda c, x: ((c[1] + root(x), c[0] + x), x), (0.0, 1.0))
    (loop,) = loops_of(lambda a: wg.while_loop(lambda c: c < 10, lambda c: c + a, a), 1.0)
    assert not are_apart(loop)
    (short,) = loops_of(lambda a: wg.scan(lambda c, x: (c, x / 3), (), a)[1], A)
    assert are_apart(short)
    assert chunks_of(short) is None


def test_an_error_in_an_example_is_that_of_the_loop() -> None:
    table = numpy.arange(5.0)

    def found(place: Any, a: Any) -> Any:
        return root(a) + np.asarray(table)[wg.while_loop(lambda i: i < place, lambda i: i + 1, 0 * place)]

    places = numpy.zeros(MANY, int)
    assert wg.jit(wg.vmap(found))(places, A).tolist() == looped(found, places, A).tolist()
    places[[70, 120]] = 7, 9
    for batch in (wg.jit(wg.vmap(found)), wg.vmap(found)):
        with pytest.raises(IndexError) as caught:
            batch(places, A)
        assert str(caught.value) == "index 7 is out of bounds for axis 0 with size 5"


def test_state_is_read_and_written_around_a_batch_of_loops() -> None:
    w = wg.tensor(2.0, requires_grad=True)

    @wg.jit
    def step(a: Any) -> Any:
        w.grad = None
        loss = np.mean((wg.vmap(lambda b: root(b, w))(a) - np.sqrt(3.0 * a)) ** 2)
        loss.backward()
        with wg.no_grad():
            w.copy_(w - 1e-3 * w.grad)
        return loss

    losses = [step(A).item() for _ in range(8)]
    assert losses == sorted(losses, reverse=True)
    assert 2.0 < w.item() < 3.1


PROGRAM = """
    import sys, hashlib
    from wengert.compile.native.machine import pool as pools
    pools.cores = lambda: int(sys.argv[1])
    import numpy, wengert as wg, wengert.numpy as np
    from tests.compile.native.emit.test_shared_turns import A, ROWS, halved, root
    both = lambda scale, a, rows: (np.sum(wg.vmap(lambda b: root(b, scale))(a))
                                   + np.sum(wg.vmap(lambda row: halved(row, scale))(rows)))
    digest = hashlib.sha256()
    f = wg.jit(wg.value_and_grad(both, (0, 1, 2)))
    for _ in range(5):
        value, found = f(1.1, A, ROWS)
        for result in (value, *found):
            digest.update(result.numpy().tobytes())
    print(pools.pool().size, digest.hexdigest())
"""


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    found = {}
    for threads in ("1", "2", "4"):
        command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(PROGRAM), threads]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        size, found[threads] = done.stdout.split()
        assert size == threads
    assert len(set(found.values())) == 1
