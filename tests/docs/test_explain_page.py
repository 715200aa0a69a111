"""What the page about `explain` shows is what happens."""

from __future__ import annotations

import doctest

from docs import make_explain


def test_commands_print_and_draw_what_the_page_shows() -> None:
    page = make_explain.PAGE.read_text(encoding="utf-8")
    text, picture = make_explain.render(page)
    assert len(make_explain.COMMAND.findall(page)) == 4
    assert text == page, "run python -m docs.make_explain"
    assert picture == make_explain.PICTURE.read_text(encoding="utf-8"), "run python -m docs.make_explain"


def test_python_answers_as_the_page_says() -> None:
    failures, tried = doctest.testfile(str(make_explain.PAGE), module_relative=False)
    assert (failures, tried) == (0, 5)
