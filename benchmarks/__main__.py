"""``python -m benchmarks NAME``: print one table of ratios."""

from __future__ import annotations

import sys

from . import eager

TABLES = {"eager": eager.main}


def main() -> int:
    names = sys.argv[1:] or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(
            f"[benchmarks] no table {unknown[0]!r}, wanted one of {', '.join(TABLES)}; write python -m benchmarks eager"
        )
        return 2
    for name in names:
        TABLES[name]()
    return 0


sys.exit(main())
