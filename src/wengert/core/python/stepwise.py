"""Functions that run within a context manager: plain ones, generators, coroutines and asynchronous generators."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any

Mode = Callable[[], AbstractContextManager[Any]]


def within(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, of which all that runs does so within a new context manager each time.

    A generator is within one while it runs, and not while whoever asked it has what it yields.
    """
    if isgeneratorfunction(function):
        return _generator(mode, function)
    if isasyncgenfunction(function):
        return _asynchronous_generator(mode, function)
    if iscoroutinefunction(function):
        return _coroutine(mode, function)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with mode():
            return function(*args, **kwargs)

    return call


def _coroutine(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with mode():
            return await function(*args, **kwargs)

    return call


def _generator(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner = function(*args, **kwargs)
        step: Callable[..., Any] = inner.send
        given: Any = None
        while True:
            try:
                with mode():
                    item = step(given)
            except StopIteration as end:
                return end.value
            try:
                given = yield item
                step = inner.send
            except BaseException as raised:
                given, step = raised, inner.throw

    return call


def _asynchronous_generator(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        step: Callable[..., Any] = inner.asend
        given: Any = None
        while True:
            try:
                with mode():
                    item = await step(given)
            except StopAsyncIteration:
                return
            try:
                given = yield item
                step = inner.asend
            except BaseException as raised:
                given, step = raised, inner.athrow

    return call
