"""``python -m wengert``: the same as the command ``wengert``."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="python -m wengert")
