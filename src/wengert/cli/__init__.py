"""The command line: ``wengert explain``, ``explore``, ``tour``, ``doctor`` and ``cache``."""

from __future__ import annotations

from difflib import get_close_matches

import click

from .. import __version__
from .cache import cache
from .doctor import doctor
from .errors import Refused
from .explain import explain
from .explore import explore
from .launch import launch
from .tour import tour

__all__ = ["main"]


class _Commands(click.Group):
    """The commands, of which the nearest is told where there is none of a name."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:  # which is a shell's, that completes a line
            near = get_close_matches(cmd_name, self.commands, n=1) or list(self.commands)
            instead = " or ".join(f"wengert {name}" for name in near)
            raise Refused(
                f"[wengert] there is no command {cmd_name!r}, wanted one of {', '.join(self.commands)}; write {instead}"
            )
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wengert")
def main() -> None:
    """Automatic differentiation of ordinary Python.

    Derivatives of functions written with wengert.numpy: see how they come about (explain, explore), what the
    package does (tour), what it stands on here (doctor), and what machine code it keeps (cache).
    """


main.add_command(explain)
main.add_command(explore)
main.add_command(tour)
main.add_command(launch)
main.add_command(doctor)
main.add_command(cache)
