"""``wengert cache``: what machine code is kept on disk, and removing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .errors import Refused, with_debug

if TYPE_CHECKING:
    from ..compile.native.machine.disk_cache import Stock

MEBIBYTE = 1 << 20


@click.command()
@click.option("--clear", "is_clearing", is_flag=True, help="Remove it all; programs are compiled anew.")
@with_debug
def cache(is_clearing: bool) -> None:
    """Show the machine code that is kept on disk for later processes, or remove it.

    The folder is $WENGERT_CACHE, or wengert in the user's cache folder. The least recently used code is removed by
    itself when there is more than a bound.
    """
    from ..compile.native.machine import disk_cache

    found = disk_cache.stock()
    if is_clearing and found.trouble is None:
        click.echo(f"removed {holdings(disk_cache.clear())}")
    elif is_clearing:
        raise Refused(
            f"[cache] {found.path} {found.trouble}, wanted a folder of our own; nothing is removed; write "
            "WENGERT_CACHE=FOLDER for another place"
        )
    else:
        click.echo(f"{holdings(found)}, of at most {disk_cache.MOST_ON_DISK // MEBIBYTE} MB")


def holdings(found: Stock) -> str:
    """A cache in words."""
    if found.trouble is not None:
        return f"none: {found.path} {found.trouble}"
    return f"{found.entries} program{'s' * (found.entries != 1)}, {found.size / MEBIBYTE:.1f} MB, in {found.path}"
