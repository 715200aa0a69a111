"""The examples that learn to learn and that make networks smaller run in their quick size, with the right figures."""

from __future__ import annotations

from pathlib import Path

from .test_examples import run


def test_c17_maml(tmp_path: Path) -> None:
    figures = run("c17_maml", "quick", 0, tmp_path)
    full, first_order, scratch = (figures[name] for name in ("MAML", "first-order MAML", "from scratch"))
    assert full[5] < first_order[5] < scratch[5]
    assert full[5] < full[0] / 2
    assert figures["picture"].read_bytes().startswith(b"\x89PNG")


def test_c18_model_compression() -> None:
    rows = run("c18_model_compression", "quick")
    base = rows["as it was trained"]
    assert base.accuracy > 0.95
    assert abs(rows["8 bits"].accuracy - base.accuracy) < 0.01
    assert rows["three values, trained"].accuracy > rows["three values, rounded"].accuracy
    assert rows["75 % of units pruned"].microseconds < base.microseconds
    assert rows["with adapters"].accuracy > rows["mirrored digits"].accuracy + 0.2
    for name, factor in {
        "95 % of weights pruned": 8,
        "8 bits": 3,
        "three values, trained": 6,
        "with adapters": 10,
    }.items():
        assert rows[name].kilobytes < base.kilobytes / factor
