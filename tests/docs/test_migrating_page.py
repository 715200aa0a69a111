"""The page for those who come from other libraries is up to date."""

from __future__ import annotations

from docs import make_migrating


def test_page_is_up_to_date() -> None:
    assert make_migrating.PAGE.read_text() == make_migrating.render(), "run python -m docs.make_migrating"


def test_every_table_of_names_is_on_the_page() -> None:
    from wengert import names

    tables = [value for name, value in vars(names).items() if name.startswith("OF_") and isinstance(value, dict)]
    assert [id(table) for table in tables if not any(table is each for each in make_migrating.TABLES.values())] == []
