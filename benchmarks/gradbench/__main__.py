"""``python -m benchmarks.gradbench [--multithreaded]``: the tool, which answers GradBench on standard input."""

import argparse
import sys

from ..timing import on_one_core
from .protocol import responses

parser = argparse.ArgumentParser(prog="python -m benchmarks.gradbench")
parser.add_argument("--multithreaded", action="store_true", help="use all cores, not one")
if not parser.parse_args().multithreaded:
    on_one_core()
for response in responses(sys.stdin):
    print(response, flush=True)
