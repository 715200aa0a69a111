"""``python -m wengert.autograd script.py``: run a script written for autograd."""

import sys

from wengert.fronts.scripts import main

if __name__ == "__main__":
    sys.exit(main("autograd", "wengert.autograd", sys.argv[1:]))
