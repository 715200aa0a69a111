"""``wengert launch``: a script in several processes on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from .errors import Refused, with_debug


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--processes", "-n", default=1, show_default=True, help="How many processes.")
@click.option("--max-restarts", default=0, show_default=True, help="How often all start again when one has failed.")
@click.argument("script")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_debug
def launch(processes: int, max_restarts: int, script: str, arguments: tuple[str, ...]) -> None:
    """Run SCRIPT in several processes, which find each other by wengert.distributed.initialize().

    Lines are shown with the number of their process in front. Where one process fails the others are ended, and the
    exit code is that of the one that failed.
    """
    from ..distributed.launching import INTERRUPTED, launch as launched

    _check(processes, max_restarts, script)
    try:
        code = launched([script, *arguments], processes, max_restarts)
    except KeyboardInterrupt:
        code = INTERRUPTED
    click.get_current_context().exit(code)


def _check(processes: int, max_restarts: int, script: str) -> None:
    if processes < 1 or max_restarts < 0:
        raise Refused(
            f"[launch] --processes {processes} --max-restarts {max_restarts} was given, wanted a process or more, and "
            "no negative number; write --processes 2 --max-restarts 3"
        )
    if not Path(script).is_file():
        raise Refused(
            f"[launch] there is no file {script}, wanted a script of Python; write wengert launch --processes 2 "
            "train.py"
        )
