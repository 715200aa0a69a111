"""``python -m wengert.torch script.py``: run a script written for PyTorch."""

import sys

from wengert.fronts.scripts import main

if __name__ == "__main__":
    sys.exit(main("torch", "wengert.torch", sys.argv[1:]))
