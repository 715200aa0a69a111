"""The graph of x^2 y + y + 2 at (3, 4), drawn without any other program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import wengert as wg


def f(x: Any, y: Any) -> Any:
    return x**2 * y + y + 2


def main(folder: Path = Path()) -> dict[str, Any]:
    explained = wg.explain(f, 3.0, 4.0)
    print(explained)
    picture = folder / "a3_graph.svg"
    picture.write_text(explained.svg(), encoding="utf-8")
    print(f"\nsaved {picture}")
    along_x, along_y = map(float, explained.gradient)
    return {"value": explained.value, "along x": along_x, "along y": along_y, "picture": picture}


if __name__ == "__main__":
    main()
