"""GradBench's protocol: a message a line of JSON, each answered by one line with the same ``id``."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..report import OURS
from .eval import Eval
from .evals import EVALS
from .libraries import wengert

Message = Mapping[str, Any]


def responses(lines: Iterable[str]) -> Iterator[str]:
    """What the tool says to each line of an eval."""
    for line in lines:
        message = json.loads(line)
        yield json.dumps({"id": message["id"], **ANSWERS.get(message["kind"], _acknowledged)(message)})


def _acknowledged(_: Message) -> Message:
    return {}


def _start(_: Message) -> Message:
    return {"tool": OURS}


def _define(message: Message) -> Message:
    known = message["module"] in EVALS
    return {"success": True} if known else {"success": False, "error": _unknown("module", message["module"], EVALS)}


def _evaluate(message: Message) -> Message:
    """The result and the time of each run; what goes wrong is told, and the session goes on."""
    try:
        return {"success": True, **_evaluated(message)}
    except Exception:
        return {"success": False, "error": traceback.format_exc()}


ANSWERS: Mapping[str, Callable[[Message], Message]] = {"start": _start, "define": _define, "evaluate": _evaluate}


def _evaluated(message: Message) -> Message:
    wanted = EVALS[message["module"]]
    name, given = message["function"], message["input"]
    if name not in wanted.functions:
        raise LookupError(_unknown("function", name, wanted.functions))
    result, times = _runs(_call(wanted, name, given), *_wanted_runs(given))
    timings = [{"name": "evaluate", "nanoseconds": nanoseconds} for nanoseconds in times]
    return {"output": wanted.answer(name, result, given), "timings": timings}


def _call(wanted: Eval, name: str, given: Any) -> Callable[[], Any]:
    library = wengert()
    compiled = library.compiled(wanted.functions[name](library, given))
    operands = [library.tensor(array) for array in wanted.arrays(given)]
    return lambda: compiled(*operands)


def _wanted_runs(given: Any) -> tuple[int, float]:
    """How often and for how many seconds at least; the eval ``hello`` does not say."""
    return (given["min_runs"], given["min_seconds"]) if isinstance(given, dict) else (1, 0.0)


def _runs(call: Callable[[], Any], min_runs: int, min_seconds: float) -> tuple[Any, list[int]]:
    """The result and the nanoseconds of each run, the first of which compiles."""
    result, times = None, []
    while len(times) < max(1, min_runs) or sum(times) < min_seconds * 1e9:
        start = time.perf_counter_ns()
        result = call()
        times.append(time.perf_counter_ns() - start)
    return result, times


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    return f"[gradbench] no {kind} {name!r}, wanted one of {', '.join(known)}"
