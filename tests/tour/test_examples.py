"""Examples are found by their names, in a checkout and in an installed package, and run."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from wengert.tour import examples
from wengert.tour.examples import all_examples, named

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where there are only two examples."""
    learns = 'def main(size="full", seed=0):\n    return size, seed\n'
    (tmp_path / "c2_learns.py").write_text(f'"""Learns [much].\n\nMore."""\n\n{learns}')
    (tmp_path / "c10_is_still.py").write_text('"""Is still."""\n\ndef main():\n    return "still"\n')
    (tmp_path / "helper.py").write_text("raise AssertionError('no example')")
    monkeypatch.setattr(examples, "FOLDERS", [tmp_path / "nowhere", tmp_path])
    return tmp_path


def test_all_are_found_in_the_order_of_their_scenarios() -> None:
    names = [example.name for example in all_examples()]
    assert sorted(names) == sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
    assert names.index("b9_output_is_no_scalar") < names.index("b10_both_styles")
    assert [example.name for example in all_examples() if not example.title] == []


def test_a_wheel_has_them_where_they_are_looked_for() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    forced = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced == {"examples": "wengert/examples"}
    assert examples.FOLDERS[0] == ROOT / "src" / "wengert" / "examples"


def test_names_and_beginnings_of_names(folder: Path) -> None:
    assert [example.title for example in all_examples()] == ["Learns [much].", "Is still."]
    for name in ("c2", "C2", "c2_learns", "c2_learns.py"):
        assert [example.name for example in named(name)] == ["c2_learns"]
    (folder / "c2_too.py").write_text("")
    assert [example.name for example in named("c2")] == ["c2_learns", "c2_too"]


def test_the_options_that_it_has(folder: Path) -> None:
    learns, still = all_examples()
    assert learns.run(size="quick", seed=3) == ("quick", 3)
    assert still.run(size="quick", seed=3) == "still"


def test_a_name_of_nothing(folder: Path) -> None:
    with pytest.raises(LookupError) as caught:
        named("c1")
    assert str(caught.value) == (
        "[tour] there is no example 'c1', wanted a name that wengert tour --list shows, or its beginning; "
        "write wengert tour c10"
    )


def test_no_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "FOLDERS", [tmp_path / "here", tmp_path / "there"])
    with pytest.raises(FileNotFoundError) as caught:
        all_examples()
    assert str(caught.value) == (
        f"[tour] there are no examples in {tmp_path / 'here'} or {tmp_path / 'there'}, wanted those that come with the "
        "package; write pip install --force-reinstall wengert"
    )
