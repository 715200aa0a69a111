"""``python -m benchmarks NAME [OPTIONS]``: print one table of ratios."""

from __future__ import annotations

import sys

from . import eager
from .compiled import table as compiled
from .indexing import table as indexing
from .learning import table as learning
from .loops import table as loops
from .science import table as science

TABLES = {
    "eager": eager.main,
    "compiled": compiled.main,
    "learning": learning.main,
    "loops": loops.main,
    "indexing": indexing.main,
    "science": science.main,
}


def main() -> int:
    name, *arguments = sys.argv[1:] or ["eager"]
    if name not in TABLES:
        print(f"[benchmarks] no table {name!r}, wanted one of {', '.join(TABLES)}; write python -m benchmarks eager")
        return 2
    TABLES[name](arguments)
    return 0


sys.exit(main())
