"""Plans come back from files as they were; files that are not whole are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

from .matrices import brusselator

POINT = numpy.random.default_rng(1).normal(size=18)


def energy(x: Any) -> Any:
    return np.sum(brusselator(x) ** 2)


@pytest.mark.parametrize("kind", ["column", "row", "bidirectional"])
def test_a_jacobian_comes_back(kind: str, tmp_path: Path) -> None:
    plan = wg.sparse.plan_jacobian(brusselator, POINT, coloring=kind)
    wg.sparse.save_plan(tmp_path / "plan.npz", plan)
    back = wg.sparse.load_plan(tmp_path / "plan.npz", brusselator, POINT)
    assert repr(back) == repr(plan)
    numpy.testing.assert_array_equal(back(POINT).toarray(), plan(POINT).toarray())
    assert [path.name for path in tmp_path.iterdir()] == ["plan.npz"]


@pytest.mark.parametrize("kind", ["star", "acyclic"])
def test_a_hessian_comes_back(kind: str, tmp_path: Path) -> None:
    plan = wg.sparse.plan_hessian(energy, POINT, coloring=kind)
    wg.sparse.save_plan(tmp_path / "plan.npz", plan)
    numpy.testing.assert_array_equal(
        wg.sparse.load_plan(tmp_path / "plan.npz", energy, POINT)(POINT).toarray(), plan(POINT).toarray()
    )


def test_a_plan_of_another_function_is_found_out(tmp_path: Path) -> None:
    wg.sparse.save_plan(tmp_path / "plan.npz", wg.sparse.plan_jacobian(lambda x: x**2, POINT))
    plan = wg.sparse.load_plan(tmp_path / "plan.npz", brusselator, POINT)
    with pytest.raises(RuntimeError, match="derivatives that the pattern lacks"):
        plan(POINT)


def written(path: Path, **changed: Any) -> Path:
    """A file of a plan in which some entries are others."""
    wg.sparse.save_plan(path, wg.sparse.plan_jacobian(lambda x: x[1:] * x[:-1], POINT[:4]))
    with numpy.load(path) as file:
        entries = {**file, **changed}
    numpy.savez(path, **{name: entry for name, entry in entries.items() if entry is not None})
    return path


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"format": 2}, "format 2"),
        ({"kind": "rows"}, "a coloring of kind rows in the order natural"),
        ({"columns": numpy.ones(4, int)}, "the colors do not tell all elements apart"),
        ({"columns": numpy.ones(3, int)}, "colors of shape (3,) for 4 lines"),
        ({"starts": None}, "'starts is not a file in the archive'"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(changed: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = written(tmp_path / "plan.npz", **changed)
    with pytest.raises(ValueError, match="load_plan") as refused:
        wg.sparse.load_plan(path, lambda x: x[1:] * x[:-1], POINT[:4])
    if changed.get("starts", 0) is not None:
        assert str(refused.value) == (
            f"[load_plan] {path} is damaged or no plan ({reason}), wanted a file written by save_plan; write "
            "wg.sparse.save_plan(path, plan)"
        )


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "plan.npz")
    contents = path.read_bytes()
    for length in (0, 10, len(contents) // 2, len(contents) - 5):
        path.write_bytes(contents[:length])
        with pytest.raises(ValueError, match="is damaged or no plan"):
            wg.sparse.load_plan(path, lambda x: x[1:] * x[:-1], POINT[:4])


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = wg.sparse.plan_jacobian(lambda x: x**2, POINT)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(numpy, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        wg.sparse.save_plan(tmp_path / "plan.npz", plan)
    assert not list(tmp_path.iterdir())
