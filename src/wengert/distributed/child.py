"""What `launch` starts in each process: it runs a script, and ends with the launcher.

It is run as a file, and imports nothing of the package, which the script may do or not.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

LAUNCHER_IS_GONE = 75


def end_with_the_launcher() -> None:
    """End the process, whatever it does, when the pipe that the launcher holds is closed."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        while os.read(pipe, 1):
            pass
        os._exit(LAUNCHER_IS_GONE)

    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    """Run the script that the arguments name, with the rest of them."""
    end_with_the_launcher()
    del sys.argv[0]
    script = sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
