"""The pool of threads: every job is done whole, whoever asks, whenever; results do not depend on their number."""

from __future__ import annotations

import functools
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.machine.pool import Pool

X = numpy.random.default_rng(0).standard_normal((400, 700))


def work(x: Any) -> Any:
    return np.sum(np.sin(x) * x), np.sum(np.exp(x), axis=0), np.max(x, axis=1), x @ x.T, x * 2 + 1


def results(f: Any, x: Any = X) -> list[Any]:
    return [r.numpy().copy() for r in f(x)]


def assert_identical(found: list[Any], expected: list[Any]) -> None:
    for a, e in zip(found, expected, strict=True):
        numpy.testing.assert_array_equal(a, e)


def test_many_jobs_one_after_the_other() -> None:
    f = wg.jit(work)
    expected = results(f)
    for _ in range(60):
        assert_identical(results(f), expected)


def test_a_job_after_the_workers_have_gone_to_sleep() -> None:
    f = wg.jit(work)
    expected = results(f)
    for _ in range(5):
        time.sleep(0.05)
        assert_identical(results(f), expected)


def test_jobs_from_many_threads_at_once() -> None:
    f = wg.jit(work)
    inputs = [X + k for k in range(6)]
    expected = [results(f, x) for x in inputs]
    errors: list[BaseException] = []

    def ask(k: int) -> None:
        try:
            for _ in range(20):
                assert_identical(results(f, inputs[k]), expected[k])
        except BaseException as error:
            errors.append(error)

    asking = [threading.Thread(target=ask, args=(k,)) for k in range(6)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(timeout=60)
    assert not errors
    assert not any(thread.is_alive() for thread in asking)


def test_a_pool_of_any_size_does_each_chunk_once() -> None:
    import ctypes

    for size in (1, 2, 5):
        pool = Pool(size)
        counts = numpy.zeros(64, numpy.int64)
        task_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)

        def task(frame: int, chunk: int, counts: Any = counts) -> None:
            counts[chunk] += 1

        native = task_type(task)
        share = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(pool.share)
        for turn in range(1, 11):
            share(pool.address, ctypes.cast(native, ctypes.c_void_p), None, 64)
            assert (counts == turn).all()


PROGRAM = """
    import os, sys, hashlib
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[: int(sys.argv[1])])
    import numpy, wengert as wg, wengert.numpy as np
    from wengert.compile.native.machine.pool import pool
    x = numpy.random.default_rng(0).standard_normal((400, 700))
    f = wg.jit(lambda x: (np.sum(np.sin(x) * x), np.sum(np.exp(x), axis=0), np.max(x, axis=1), x @ x.T,
                          wg.grad(lambda x: np.sum(np.tanh(x @ x.T)))(x)))
    digest = hashlib.sha256()
    for result in f(x):
        digest.update(result.numpy().tobytes())
    print(pool().size, digest.hexdigest())
"""


def run(program: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    (size_of_one, one), (size_of_two, two) = run(PROGRAM, "1"), run(PROGRAM, "2")
    if size_of_one == size_of_two:
        pytest.skip("there is only one core")
    assert one == two


FORK = """
    import os, warnings, numpy, wengert as wg, wengert.numpy as np
    warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is what is tried
    x = numpy.random.default_rng(0).standard_normal(400_000)
    f = wg.jit(lambda x: np.sum(np.sin(x) * x))
    expected = f(x).item()
    for turn in range(5):
        child = os.fork()
        if child == 0:
            os._exit(0 if all(f(x).item() == expected for _ in range(20)) else 1)
        assert f(x).item() == expected
        assert os.waitpid(child, 0)[1] == 0
    print("done")
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this platform")
def test_a_forked_child_has_its_own_pool() -> None:
    assert run(FORK) == ["done"]


WITHOUT = """
    import ctypes, os, sys
    real = ctypes.CDLL

    class Library(real):
        def __getattr__(self, name):
            if name.startswith(("pthread", "sched")):
                raise AttributeError(name)
            return super().__getattr__(name)

    if sys.argv[1] == "as on Windows":
        import numpy, scipy.linalg, llvmlite.binding  # whose own ways are theirs
        del os.uname, os.register_at_fork, os.sched_getaffinity
        os.supports_dir_fd.clear(); os.supports_fd.clear()
        del os.geteuid
        ctypes.CDLL = Library
    elif sys.argv[1] == "without POSIX threads":
        import numpy, scipy.linalg, llvmlite.binding
        ctypes.CDLL = Library
    import hashlib, threading, numpy, wengert as wg, wengert.numpy as np
    from wengert.compile.native.machine.pool import pool
    x = numpy.random.default_rng(0).standard_normal((400, 700))
    f = wg.jit(lambda x: (np.sum(np.sin(x) * x), np.sum(np.exp(x), axis=0), np.max(x, axis=1), x @ x.T,
                          wg.grad(lambda x: np.sum(np.tanh(x @ x.T)))(x)))
    found = f(x)
    digest = hashlib.sha256()
    for result in found:
        digest.update(result.numpy().tobytes())
    assert wg.jit(lambda x: wg.fori_loop(0, 10, lambda i, y: np.linalg.inv(y @ x), x))(numpy.eye(30)).shape == (30, 30)
    print(pool().size, digest.hexdigest())
"""


def test_where_the_system_has_no_such_threads_one_does_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    found = {how: run(WITHOUT, how) for how in ("as it is", "without POSIX threads", "as on Windows")}
    assert found["without POSIX threads"][0] == found["as on Windows"][0] == "1"
    assert len({digest for _, digest in found.values()}) == 1


def test_a_pool_is_not_made_by_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    makers: list[Any] = []
    module = sys.modules[Pool.__module__]
    made = functools.cache(lambda: makers.append(threading.current_thread()))
    monkeypatch.setattr(module, "_pool", made)
    for _ in range(3):
        module.pool()  # type: ignore[attr-defined]
    assert len(makers) == 1
    assert makers != [threading.main_thread()]
