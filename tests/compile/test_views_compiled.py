"""Views in compiled functions: of state and arguments, in loops and branches, among results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.arange(12.0).reshape(3, 4) / 10


def same(actual: Any, expected: Any) -> None:
    left, right = (x.detach().numpy() if isinstance(x, wg.Tensor) else x for x in (actual, expected))
    numpy.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-13)


# -- loops and branches ----------------------------------------------------------------------------


def turn(a: Any, i: Any) -> Any:
    """A turn that writes through a column, a transpose, a row and a mirror image; for arrays and tensors."""
    column = a[:, 1]
    column *= 1.5
    a.T[2] += column
    row = a[i]
    row += a[0].sum()
    a[::-1][0] = a[i] * 0.5
    return a


def turns(a: Any) -> Any:
    for i in range(3):
        turn(a, i)
    return a


LOOPS = {
    "fori_loop": lambda x: wg.fori_loop(0, 3, lambda i, a: turn(a * 1.0, i), x),
    "scan": lambda x: wg.scan(lambda a, i: (turn(a * 1.0, i), None), x, numpy.arange(3))[0],
    "outside": lambda x: _written_outside(x * 1.0),
}


def _written_outside(a: Any) -> Any:
    column = a[:, 0]

    def body(i: Any, total: Any) -> Any:
        turn(a, i)
        return total + column.sum()

    return a + 0.0 * wg.fori_loop(0, 3, body, 0.0)


@pytest.mark.parametrize("name", LOOPS)
def test_writes_through_views_in_the_bodies_of_loops(name: str) -> None:
    loop = LOOPS[name]
    f = loop if name != "outside" else wg.jit(loop)
    wanted = wg.grad(lambda x: (turns(x * 1.0) ** 2).sum())(X)
    same(f(X), turns(X.copy()))
    same(wg.jit(loop)(X), turns(X.copy()))
    same(wg.grad(lambda x: (f(x) ** 2).sum())(X), wanted)
    same(wg.jit(wg.grad(lambda x: (loop(x) ** 2).sum()))(X), wanted)
    same(wg.vmap(f)(numpy.stack([X, -X])), numpy.stack([turns(X.copy()), turns(-X)]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_writes_through_views_on_the_sides_of_a_branch(sign: float) -> None:
    def f(x: Any, p: Any) -> Any:
        a = x * 1.0
        row = a[1]

        def yes(c: Any) -> Any:
            row[0] = 5 * c
            return c

        def no(c: Any) -> Any:
            a[:] = c
            return c

        wg.cond(p > 0, yes, no, a[0, 0] + 1)
        return a.sum() * row[1] + row.sum()

    def plain(x: Any) -> Any:
        a = x * 1.0
        row, c = a[1], a[0, 0] + 1
        if sign > 0:
            row[0] = 5 * c
        else:
            a[:] = c
        return a.sum() * row[1] + row.sum()

    same(wg.jit(f)(X, sign), plain(X))
    same(wg.jit(wg.grad(f))(X, sign), wg.grad(plain)(X))


def over_rows(x: Any) -> Any:
    a = x * 1.0
    for row in a:
        row *= 2.0
        row[0] += a[0, 1]
    return a


def counted(x: Any) -> Any:
    a = x * 1.0
    first = a[1]
    for i in range(len(x)):
        row = a[i]
        row += first[0]
        if row[1] > 0.5:
            first *= 0.5
        else:
            a.T[0] += 1.0
    return a


def until(x: Any) -> Any:
    a = x * 1.0
    first = a[0]
    while first.sum() < 20:
        first += 1.0
        a[1:] = first * 0.1
    return a


@pytest.mark.parametrize("f", [over_rows, counted, until])
def test_statements_as_loops_of_the_program(f: Callable[[Any], Any]) -> None:
    compiled = wg.jit(f, structured=True)
    same(compiled(X), f(X))
    same(wg.grad(lambda x: (compiled(x) ** 2).sum())(X), wg.grad(lambda x: (f(x) ** 2).sum())(X))


# -- state, arguments, results ---------------------------------------------------------------------


class World:
    """State with a view of it, and what a step does with that; `step` may be compiled."""

    def __init__(self) -> None:
        self.x = wg.tensor(X)
        self.row = self.x[0]
        self.leaf = wg.tensor(X, requires_grad=True)
        self.other = wg.tensor(-X)

    def tensors(self) -> list[Any]:
        return [self.x, self.row, self.leaf, self.other]


def writes_root_reads_view(w: World, k: int) -> Any:
    w.x[0] = float(k)
    total = w.row.sum()
    w.row[1] = float(k)
    w.x.T[2] += 1.0
    return total + w.row.sum() + w.x.sum()


def binds_both_anew(w: World, k: int) -> Any:
    w.x = w.x * 0.5
    w.row = w.x[1]
    w.row += k
    return w.x.sum()


def trains_through_views(w: World, k: int) -> Any:
    w.leaf.grad = None
    loss = (w.leaf * w.leaf * (k + 1)).sum()
    loss.backward()
    gradient: Any = w.leaf.grad
    with wg.no_grad():
        w.leaf[1:] -= 0.1 * gradient[1:]
        w.leaf[0][1:3] *= 0.5
    return loss.detach()


def gives_views(w: World, k: int) -> Any:
    w.x += k
    return w.x[:, 1]


@pytest.mark.parametrize("step", [writes_root_reads_view, binds_both_anew, trains_through_views, gives_views])
def test_state_is_as_eager_calls_leave_it(step: Callable[[World, int], Any]) -> None:
    eager, ours = World(), World()
    number = wg.tensor(0.0)
    compiled = wg.jit(lambda k: step(ours, k))
    for k in range(4):
        number.fill_(k)
        wanted, given = step(eager, number * 1), compiled(number * 1)  # type: ignore[arg-type]
        same(given, wanted)
        for world, result in ((eager, wanted), (ours, given)):
            world.x[1] *= 0.5
            world.row += 1.0
            if step is gives_views:
                result[0] = -1.0
        for a, b in zip(ours.tensors(), eager.tensors(), strict=True):
            same(a, b)
        same(given, wanted)


def both(x: Any, y: Any) -> Any:
    y += x.sum()
    x *= 2
    return x.sum() + y.sum()


PAIRS: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "root and row": lambda x, z: (x, x[0]),
    "root and another row": lambda x, z: (x, x[1]),
    "row and root": lambda x, z: (x[0], x),
    "overlapping": lambda x, z: (x[:2], x[1:]),
    "unrelated rows": lambda x, z: (x[0], z[0]),
    "unrelated": lambda x, z: (x, z[0]),
    "twice the same": lambda x, z: (x, x),
    "transposed": lambda x, z: (x.T, x.reshape(-1)[:3]),
}


def test_arguments_that_share_elements() -> None:
    compiled = wg.jit(both)
    for _ in range(2):
        for pair in PAIRS.values():
            x, z, y, w = (wg.tensor(X) for _ in range(4))
            for _ in range(2):
                same(compiled(*pair(y, w)), both(*pair(x, z)))
                same(y, x)
                same(w, z)


def writes_argument_reads_outside(outside: Any, given: Any) -> Any:
    given *= 2
    return outside.sum()


def writes_outside_reads_argument(outside: Any, given: Any) -> Any:
    outside *= 2
    return given.sum()


@pytest.mark.part(4)
@pytest.mark.parametrize("f", [writes_argument_reads_outside, writes_outside_reads_argument])
@pytest.mark.parametrize("of_outside", [lambda x: x, lambda x: x[0], lambda x: x.T])
@pytest.mark.parametrize("of_given", [lambda x: x, lambda x: x[0], lambda x: x[:, 1:]])
def test_arguments_that_share_elements_with_state(f: Any, of_outside: Any, of_given: Any) -> None:
    x, y, other = wg.tensor(X), wg.tensor(X), wg.tensor(X)
    seen, ours = of_outside(x), of_outside(y)
    compiled = wg.jit(lambda given: f(ours, given))
    for root, theirs in ((x, y), (wg.tensor(X), other), (x, y)):
        same(compiled(of_given(theirs)), f(seen, of_given(root)))
        same(theirs, root)
        same(ours, seen)


def test_a_compiled_function_of_rows_that_nobody_else_reads_is_one_program() -> None:
    step = wg.jit(lambda row: row.__iadd__(1.0).sum())
    x = wg.tensor(X)
    mirrored = x.T
    for row in x:
        step(row)
    same(mirrored, (X + 1).T)
    assert len(step.programs) == 1
    assert sum(len(paths.programs) for paths in step.programs.values()) == 1


def test_results_are_views_of_each_other_and_what_is_made_inside_is_no_state() -> None:
    @wg.jit
    def made(t: Any) -> Any:
        x = np.zeros(3)
        x[1:] += t
        tail = x[1:]
        tail += 1
        return x, tail, x[::-1]

    for _ in range(3):
        whole, tail, mirrored = made(2.0)
        same(whole, [0, 3, 3])
        whole[2] = 7
        same(tail, [3, 7])
        mirrored[0] = 5
        same(whole, [0, 3, 5])
        same(wg.jit(lambda t: made(t)[1])(2.0), [3, 3])


def test_a_result_is_a_view_of_the_argument() -> None:
    transposed = wg.jit(lambda x: x.T)
    x = wg.tensor(X)
    for k in range(3):
        transposed(x)[0] = float(k)
        same(x[:, 0], [k, k, k])
    same(transposed(X), X.T)


# -- views of leaves -------------------------------------------------------------------------------


class Flat:
    """Parameters of which all layers have views, and a step that is written in one of several ways."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.all = wg.tensor(numpy.linspace(-0.5, 0.6, 6), requires_grad=True)
        self.w = self.all[:4].reshape(2, 2)
        self.b = self.all[4:]
        self.row = self.w[0]
        self.still = self.all.detach()[1:3]

    def loss(self, x: Any) -> Any:
        return np.sum(np.tanh(x @ self.w) ** 2 + self.b) + (self.row * self.still).sum() * self.b[0]

    def step(self, x: Any) -> Any:
        self.all.grad = None
        with wg.no_grad():
            if self.way == "writes first":
                self.all[0] = 0.5
                self.row[1] *= 1.5
            elif self.way == "writes a view of what it read":
                self.b[...] = self.w[1]
        loss = self.loss(x)
        loss.backward()
        slope = self.all.grad
        with wg.no_grad():
            if self.way == "whole":
                self.all.copy_(self.all - 0.1 * slope)
            elif self.way == "view by view":
                for view, part in ((self.w, slope[:4].reshape(2, 2)), (self.b, slope[4:])):
                    view -= 0.1 * part
            else:
                self.b.copy_(self.b - 0.1 * slope[4:])
        return loss

    @property
    def held(self) -> list[Any]:
        return [self.all, self.w, self.b, self.row, self.still, self.all.grad]


@pytest.mark.parametrize("way", ["whole", "view by view", "writes first", "writes a view of what it read"])
def test_a_step_reads_and_writes_views_of_a_leaf(way: str) -> None:
    eager, compiled = Flat(way), Flat(way)
    step = wg.jit(compiled.step)
    for turn in range(4):
        if turn == 2:  # another view under the same name is noticed
            eager.w, compiled.w = (flat.all[2:].reshape(2, 2) for flat in (eager, compiled))
        same(step(X[:, :2]), eager.step(X[:, :2]))
        for one, other in zip(compiled.held, eager.held, strict=True):
            same(one, other)
    for flat in (eager, compiled):
        flat.all.grad = None
    eager.loss(X[:, :2]).backward()
    wg.jit(compiled.loss)(X[:, :2]).backward()
    same(compiled.all.grad, eager.all.grad)
