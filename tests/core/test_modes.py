"""`no_grad` and `enable_grad` around whatever can be suspended: generators, coroutines, tasks, contexts."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

import wengert as wg

MODES: dict[str, tuple[Any, bool]] = {"no_grad": (wg.no_grad, False), "enable_grad": (wg.enable_grad, True)}


def mode() -> bool:
    """Whether a product is tracked, which `is_grad_enabled` has to agree with."""
    tracked = (wg.tensor(1.0, requires_grad=True) * 2.0).requires_grad
    assert tracked == wg.is_grad_enabled()
    return tracked


@pytest.fixture(autouse=True)
def _is_as_before() -> Iterator[None]:
    """The mode, and the context, in which nothing of a block or a walk is left."""
    before = dict(contextvars.copy_context())
    yield
    assert mode()
    assert dict(contextvars.copy_context()) == before


# -- what is decorated -----------------------------------------------------------------------------


def plain() -> list[bool]:
    return [mode()]


def generator() -> Any:
    seen = [mode()]
    for turn in range(3):
        got = yield turn
        seen += [mode()]
        if got == "stop":
            return seen
    return seen


def asked_for(steps: Any, outside: bool) -> list[bool]:
    """Ask for all steps; the mode in each, of which nothing is to be seen between them."""
    try:
        while True:
            next(steps)
            assert mode() == outside
    except StopIteration as end:
        assert mode() == outside
        return end.value


async def coroutine() -> list[bool]:
    seen = [mode()]
    await asyncio.sleep(0)
    return [*seen, mode()]


SEEN: list[bool] = []


async def asynchronous_generator() -> AsyncIterator[int]:
    for turn in range(3):
        SEEN.append(mode())
        await asyncio.sleep(0)
        SEEN.append(mode())
        yield turn


async def asked_for_asynchronously(steps: Any, outside: bool) -> list[bool]:
    SEEN.clear()
    async for _ in steps:
        assert mode() == outside
        await asyncio.sleep(0)
        assert mode() == outside
    return list(SEEN)


class Methods:
    def method(self) -> list[bool]:
        return plain()

    def generator(self) -> Any:
        return (yield from generator())


KINDS: dict[str, tuple[Callable[..., Any], Callable[[Any, bool], Any]]] = {
    "function": (plain, lambda f, outside: f()),
    "method": (Methods().method, lambda f, outside: f()),
    "generator": (generator, lambda f, outside: asked_for(f(), outside)),
    "generator method": (Methods().generator, lambda f, outside: asked_for(f(), outside)),
    "part of a generator": (functools.partial(generator), lambda f, outside: asked_for(f(), outside)),
    "coroutine": (coroutine, lambda f, outside: asyncio.run(f())),
    "asynchronous generator": (
        asynchronous_generator,
        lambda f, outside: asyncio.run(asked_for_asynchronously(f(), outside)),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("decorate", ["with parentheses", "without"])
def test_all_that_runs_of_a_decorated_function_is_in_the_mode(
    kind: str, name: str, outside: bool, decorate: str
) -> None:
    function, run = KINDS[kind]
    cls, inside = MODES[name]
    decorated = cls()(function) if decorate == "with parentheses" else cls(function)
    with (wg.enable_grad if outside else wg.no_grad)():
        seen = run(decorated, outside)
        assert mode() == outside
    assert seen
    assert set(seen) == {inside}


def test_a_decorated_function_is_still_what_it_was() -> None:
    for kind, test in {
        "generator": inspect.isgeneratorfunction,
        "coroutine": inspect.iscoroutinefunction,
        "asynchronous generator": inspect.isasyncgenfunction,
    }.items():
        function = KINDS[kind][0]
        decorated = wg.no_grad()(function)
        assert test(decorated)
        assert decorated.__name__ == function.__name__
        assert decorated.__doc__ == function.__doc__


def test_a_decorated_generator_is_sent_thrown_and_closed_as_itself() -> None:
    log: list[Any] = []

    @wg.no_grad()
    def steps() -> Any:
        try:
            while True:
                try:
                    log.append((yield len(log)))
                except KeyError as error:
                    log.append(error)
                assert not mode()
        finally:
            log.append(mode())

    running = steps()
    assert next(running) == 0
    assert running.send("a") == 1
    error = KeyError("b")
    assert running.throw(error) == 2
    running.close()
    assert log == ["a", error, False]
    assert mode()
    other = steps()
    next(other)
    with pytest.raises(ZeroDivisionError):
        other.throw(ZeroDivisionError())
    assert asked_for(wg.no_grad()(generator)(), True) == [False] * 4


def test_a_decorated_asynchronous_generator_is_sent_thrown_and_closed_as_itself() -> None:
    log: list[Any] = []

    @wg.no_grad()
    async def steps() -> Any:
        try:
            while True:
                try:
                    log.append((yield len(log)))
                except KeyError as error:
                    log.append(error)
        finally:
            log.append(mode())

    async def run() -> None:
        running = steps()
        assert await running.asend(None) == 0
        assert await running.asend("a") == 1
        error = KeyError("b")
        assert await running.athrow(error) == 2
        await running.aclose()
        assert log == ["a", error, False]

    asyncio.run(run())


# -- tasks, threads, contexts ----------------------------------------------------------------------


async def block(cls: Any, expected: bool, pauses: list[int], seen: list[bool]) -> None:
    """A task with a block of its own, and pauses in it."""
    for pause in pauses:
        with cls():
            for _ in range(pause):
                await asyncio.sleep(0)
                seen.append(mode() == expected)
        await asyncio.sleep(0)
        seen.append(mode())


@given(
    st.lists(st.tuples(st.sampled_from(sorted(MODES)), st.lists(st.integers(0, 4), max_size=3)), min_size=2, max_size=5)
)
def test_tasks_that_take_turns_have_modes_of_their_own(tasks: list[tuple[str, list[int]]]) -> None:
    seen: list[bool] = []

    async def run() -> None:
        await asyncio.gather(*(block(*MODES[name], pauses, seen) for name, pauses in tasks))
        assert mode()

    asyncio.run(run())
    assert all(seen)
    assert mode()


@given(st.lists(st.integers(0, 3), max_size=24), st.lists(st.booleans(), min_size=4, max_size=4))
def test_blocks_in_generators_end_in_any_order(turns: list[int], records: list[bool]) -> None:
    """However their ends are interleaved, in the end the mode is what it was."""

    def steps(is_on: bool) -> Iterator[None]:
        with (wg.enable_grad if is_on else wg.no_grad)():
            yield
            yield

    running = [steps(is_on) for is_on in records]
    for turn in turns:
        next(running[turn], None)
    for one in running:
        one.close()
    assert mode()


def test_one_manager_serves_many_tasks_at_once() -> None:
    without = wg.no_grad()

    async def task(pauses: int) -> bool:
        with without:
            for _ in range(pauses):
                await asyncio.sleep(0)
        return mode()

    async def run() -> list[bool]:
        return await asyncio.gather(*(task(n) for n in (3, 1, 2)))

    assert asyncio.run(run()) == [True] * 3


def test_a_block_that_ends_in_another_context_leaves_that_alone() -> None:
    without = wg.no_grad()
    contextvars.Context().run(without.__enter__)
    without.__exit__(None, None, None)
    assert mode()


def test_a_task_begins_with_the_mode_of_whoever_made_it() -> None:
    async def run() -> list[bool]:
        with wg.no_grad():
            task = asyncio.create_task(coroutine())
            there = asyncio.create_task(asyncio.to_thread(mode))
        assert mode()
        return [*await task, await there]

    assert asyncio.run(run()) == [False, False, False]


def test_derivatives_compiled_and_not_in_tasks_beside_no_grad() -> None:
    """A compiled function goes by the mode of the task that calls it."""
    compiled = wg.jit(lambda x: x * x)

    async def followed() -> list[float]:
        found = []
        for _ in range(6):
            x = wg.tensor(3.0, requires_grad=True)
            y = compiled(x)
            await asyncio.sleep(0)
            y.backward()
            found.append(x.grad.item())
            found.append(wg.grad(compiled)(2.0).item())
        return found

    async def unfollowed() -> list[bool]:
        found = []
        for _ in range(6):
            with wg.no_grad():
                await asyncio.sleep(0)
                found.append(compiled(wg.tensor(3.0, requires_grad=True)).requires_grad)
        return found

    async def run() -> Any:
        return await asyncio.gather(followed(), unfollowed(), followed(), unfollowed())

    first, second, third, fourth = asyncio.run(run())
    assert first == third == [6.0, 4.0] * 6
    assert second == fourth == [False] * 6


def test_threads_have_modes_of_their_own() -> None:
    seen = []
    with wg.no_grad():
        thread = threading.Thread(target=lambda: seen.append(mode()))
        thread.start()
        thread.join()
    assert seen == [True]
