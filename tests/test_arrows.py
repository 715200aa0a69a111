"""Arrows between the folders run one way: a file imports its own folder and earlier ones."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import wengert

HOME = Path(wengert.__file__).parent

ORDER = [
    "html", "core", "names", "ops", "walks", "transforms", "numpy", "control", "walks.patterns",
    "compile.interpreter", "compile.backend", "compile.state", "compile.record", "compile.passes",
    "compile.native.facts", "compile.native.legalize", "compile.native.schedule", "compile.native.ir",
    "compile.native.machine", "compile.native.emit.scalars", "compile.native.emit.indexing",
    "compile.native.emit.staging", "compile.native.emit.kernel", "compile.native.emit.registers",
    "compile.native.emit.products",
    "compile.native.emit.memory_loops", "compile.native.emit", "compile.native", "compile.xla",
    "compile.programs", "compile.call", "compile.convert", "compile",
]  # fmt: skip
"""The folders, and single files where a folder has an order of its own, each after those that it may import."""

CHOOSES_THE_BACKEND = "compile.backend"
"""It is asked by earlier folders for what later ones make, which it imports when it is called."""

WHEN_CODE_IS_WRITTEN = "LLVM's builder is loaded when code is written, not where it is found on disk"

WHEN_PROGRAMS_ARE_MADE = "what makes and describes programs is loaded then, not where a finished one is found on disk"


def modules() -> dict[str, Path]:
    """The files of the project by the names of their modules."""
    paths = {path: path.relative_to(HOME).with_suffix("").parts for path in HOME.rglob("*.py")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path for path, parts in paths.items()}


MODULES = modules()


def place_of(module: str) -> int | None:
    """Where a module is in the order; ``None`` for those above all of it."""
    while module and module not in ORDER:
        module = module.rpartition(".")[0]
    return ORDER.index(module) if module else None


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of the project that a module imports when it is imported, or in its functions."""
    return _imported(module, _tree(module))


@cache
def imports_in_functions(module: str) -> frozenset[str]:
    """The modules of the project that the functions of a module import when they are called."""
    functions = (node for node in _run(_tree(module)) if isinstance(node, ast.FunctionDef))
    return frozenset().union(*(_imported(module, function) for function in functions))


def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


def _imported(module: str, tree: ast.AST) -> frozenset[str]:
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    for node in _run(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            origin = ".".join(filter(None, base))
            names = (f"{origin}.{alias.name}".lstrip(".") for alias in node.names)
            found |= {name if name in MODULES else origin for name in names}
    return frozenset(found - {module})


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """The parts of a program that run: not what is for type checkers alone."""
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and getattr(child.test, "id", None) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)


def against(module: str) -> list[str]:
    """What a module imports from later folders."""
    place = place_of(module)
    if place is None or module == CHOOSES_THE_BACKEND:
        return []
    later = ((place_of(other), other) for other in imports(module))
    return sorted(other for there, other in later if there is None or there > place)


def circles(start: str) -> bool:
    """Whether a module imports itself by way of others, but for what is allowed."""
    met: set[str] = set()
    waiting = [start]
    while waiting:
        module = waiting.pop()
        new = imports(module) - IN_FUNCTIONS.get(module, {}).keys() - met - {CHOOSES_THE_BACKEND}
        met |= new
        waiting += new
    return start in met


IN_FUNCTIONS = {
    "ops.sizes": {"ops.slope": "what a product tends to at zero is read from the list, along derivatives of products"},
    "numpy.protocols.counterparts": {"scipy.special": "SciPy's functions are looked up when the first of them is met"},
    "compile.native.machine.disk_cache": {"": "the version of the project, which is read last"},
    "compile.native.construction": {"compile.native.emit.segments": WHEN_CODE_IS_WRITTEN},
    "compile.native.native_program": {
        "compile.native.construction": WHEN_PROGRAMS_ARE_MADE,
        "compile.native.numpy_steps": WHEN_PROGRAMS_ARE_MADE,
        "compile.native.described": WHEN_PROGRAMS_ARE_MADE,
        "compile.native.stage_facts": WHEN_PROGRAMS_ARE_MADE,
    },
    "compile.call.conditions": {"compile.call.finding": WHEN_CODE_IS_WRITTEN},
    "compile.call.method": {"compile.call.routine": WHEN_CODE_IS_WRITTEN},
}
"""The modules whose functions import others when they are called, and why."""


def test_arrows_run_one_way() -> None:
    found = {module: set(against(module)) - IN_FUNCTIONS.get(module, {}).keys() for module in MODULES}
    assert not {module: others for module, others in found.items() if others}


def test_functions_import_modules_for_a_reason_or_not_at_all() -> None:
    found = {module: set(imports_in_functions(module)) for module in MODULES if place_of(module) is not None}
    del found[CHOOSES_THE_BACKEND]
    assert {module: others for module, others in found.items() if others} == {
        module: reasons.keys() for module, reasons in IN_FUNCTIONS.items()
    }


def test_no_module_imports_itself() -> None:
    assert not [module for module in MODULES if place_of(module) is not None and circles(module)]


WRITE_NO_PROGRAMS = {
    "": "the version",
    "names": "advice",
    "html": "what notebooks show",
    "trees": "nestings",
} | dict.fromkeys(("debug", "scipy.operands"), "arguments of functions that graphs do not call")


def test_names_on_disk_tell_the_source_of_all_that_makes_programs() -> None:
    cache = pytest.importorskip("wengert.compile.native.machine.disk_cache", exc_type=ImportError)
    met = {module for module in MODULES if module.startswith(("compile.passes", "compile.native"))}
    waiting = [*met]
    while waiting:
        new = imports(waiting.pop()) - met - {CHOOSES_THE_BACKEND}
        met |= new
        waiting += new
    parts = tuple(f"{part.replace('/', '.')}." for part in cache.WRITERS)
    assert {m for m in met if not f"{m}.".startswith(parts)} == WRITE_NO_PROGRAMS.keys()


RANDOM_WORDS = "random words have no public name of their own"

ABOVE = (
    "random", "nn", "optim", "data", "training", "distributed", "scipy.integrate", "scipy.optimize", "scipy.sparse",
    "sparse", "bridges", "fronts", "autograd", "jax", "torch",
)  # fmt: skip
"""The folders that use the public names of the others only."""


def from_outside(module: str) -> set[str]:
    """What a module imports that is not in its own folder, each with the module that it is in."""
    folder = module.partition(".")[0]
    found = {other for other in imports(module) if other.partition(".")[0] != folder}
    for node in _run(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.partition(".")[0] == "wengert"}
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == "wengert":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_public(name: str) -> bool:
    """Whether a dotted name is the package, a public name in it, or in a public module of it."""
    owner: Any = wengert
    for part in name.split(".")[1:]:
        public = getattr(owner, "__all__", None)
        is_namespace = owner is wengert and part in ("numpy", "scipy", *ABOVE)
        if not is_namespace and (part.startswith("_") or (public is not None and part not in public)):
            return False
        is_there = not is_namespace and hasattr(owner, part)
        owner = getattr(owner, part) if is_there else importlib.import_module(f"{owner.__name__}.{part}")
    return name.partition(".")[0] == "wengert"


FOR_ALL = {"names", "html"}
"""Where the names are that other libraries have, which every namespace asks; and the parts of what notebooks show."""

MACHINE_CODE = "greedy colourings are loops over whole numbers, which machine code is made of in one place"

REFUSES = "parameters are refused where those of the engine are"

WHOLE_FILES = "files are written whole in one place"

THE_LINE = "errors name the user's line"

PARTS = "a function of parts is recorded as a body, on forms of parts"

A_MESH = "meshes and layouts are values that primitives know"

UNDER_A_NAMESPACE = {
    "distributed": {"core.mesh": A_MESH},
    "distributed.checkpoints": {
        "compile.xla.pieces": "arrays are written by the parts that are on devices",
        "core.python.files": WHOLE_FILES,
        "core.mesh": A_MESH,
        "core.placed": "an array is asked how it is laid out",
        "core.python.source": THE_LINE,
        "training.checkpoints": "nested states are described in one place",
    },
    "distributed.collectives": {
        "control.shard_map_primitive": PARTS,
        "core.abstract": PARTS,
        "core.graph": PARTS,
        "core.mesh": A_MESH,
        "core.python.source": THE_LINE,
        "core.python.trees": PARTS,
        "ops.collectives": "exchanges are primitives",
        "transforms.closures": PARTS,
    },
    "distributed.places": {"core.python.source": THE_LINE},
    "distributed.processes": {"compile.xla.imported": "JAX is imported, and looked at, in one place"},
    "distributed.layouts": {
        "core.mesh": A_MESH,
        "core.placed": "the devices of XLA are asked for meshes",
        "core.python.source": THE_LINE,
        "ops.placing": "tensors are laid out by the operation that moves them",
    },
    "distributed.parallel": {
        "core.mesh": A_MESH,
        "core.python.source": THE_LINE,
        "nn.state": "parameters are replaced where modules are moved",
    },
    "jax.indexing": {"core.abstract": "an index beyond the end is moved where its value is known"},
    "nn.functional.recurrent": dict.fromkeys(
        ("core.state", "core.abstract"), "loops are in pieces where nothing records"
    ),
    "nn.module": {"core.placed": "a text is the name of a device or of a dtype"},
    "nn.precision": {"core.state": "native entries are not taken in a block of autocast"},
    "nn.functional.mixed": {"core.state": "compiled functions look whether a block of autocast is open"},
    "nn.functional.normalization": {"ops.axes.standardize": "standardising in one has no public name"},
    "nn.saving": {"core.python.files": WHOLE_FILES},
    "sparse.saving": {"core.python.files": WHOLE_FILES},
    "nn.layers.lazy": {"core.state": "parameters are not made where something records"},
    "torch.distributions.distribution": {"wengert.random.parameters.positive": REFUSES},
    "torch.distributions.discrete": {"wengert.random.parameters.probability": REFUSES},
    "random.keys": {"ops.threefry": RANDOM_WORDS},
    "random.standard": {"ops.threefry": RANDOM_WORDS},
    "random.integers": {"ops.threefry": RANDOM_WORDS},
    "random.generator": {
        "core.rerun": "a function that is run again is given the draws of its first run",
        "core.state": "within vmap each example has draws of its own",
    },
    "random.module_level": {
        "core.shared_key": "state is there before any recording begins",
        "core.state": "draws of a foreign generator would be constants where a function is recorded",
    },
    "scipy.integrate.quadrature.messages": {"core.python.warning": "a warning is at the user's line"},
    "scipy.integrate.values": dict.fromkeys(
        ("core.state", "core.abstract"),
        "an integration is in NumPy where nobody watches, and in loops where it is recorded",
    ),
    "scipy.sparse.arrays": {
        "ops.indexing.gather": "numbers are added up at their places",
        "ops.matrices.sparse": "products with sparse matrices have no public name of their own",
    },
    "scipy.sparse.blocks": {"ops.matrices.sparse": "products with sparse matrices have no public name of their own"},
    "scipy.sparse.linalg.direct": {
        "ops.matrices.sparse": "products with sparse matrices have no public name of their own"
    },
    "sparse.patterns": {"walks.patterns.walk": "the walk that finds patterns is asked for here only"},
    "sparse.recipe": {"walks.patterns.elements": "the walk that carries elements is asked for here only"},
    "sparse.greedy.native": {
        "compile.native.machine.disk_cache": MACHINE_CODE,
        "compile.native.machine.llvm": MACHINE_CODE,
    },
    "sparse.greedy.translation": {"compile.native.machine.llvm": MACHINE_CODE},
    "random.pieces": dict.fromkeys(("core.state", "core.abstract"), "draws are in pieces where nothing records"),
}
"""What folders that use public names take from below, and why."""


def test_what_is_above_uses_public_names() -> None:
    modules = [module for module in MODULES if f"{module}.".startswith(tuple(f"{folder}." for folder in ABOVE))]
    assert len(modules) > 20
    found = {module: {name for name in from_outside(module) if not is_public(name)} for module in modules}
    known = {module: {*FOR_ALL, *UNDER_A_NAMESPACE.get(module, {})} for module in modules}
    assert not {module: names - known[module] for module, names in found.items() if names - known[module]}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("import wengert as wg\nfrom wengert.scipy import special\nfrom . import continuous", set()),
        ("from wengert.core import state", {"wengert.core.state"}),
        ("from wengert import core", {"wengert.core"}),
        ("from ..ops.axes import reduce", {"ops.axes.reduce"}),
    ],
)
def test_a_private_name_is_seen(text: str, wrong: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "planted.py"
    file.write_text(text)
    monkeypatch.setitem(MODULES, "random.planted", file)
    imports.cache_clear()
    assert {name for name in from_outside("random.planted") if not is_public(name)} == wrong


def names_of(module: str) -> Iterator[str]:
    """The classes and constants that a module defines for others."""
    for statement in ast.parse(MODULES[module].read_text()).body:
        if isinstance(statement, ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_a_name_is_for_one_thing() -> None:
    """Classes and constants of the core and of the static half; a letter may be any type."""
    places: dict[str, set[str]] = {}
    for module in MODULES:
        if module.startswith(("core.", "walks.", "transforms.", "control.", "compile.")):
            for name in names_of(module):
                if name[0].isupper() and len(name) > 1:
                    places.setdefault(name, set()).add(module)
    assert len(places) > 500
    assert not {name: found for name, found in places.items() if len(found) > 1}


PLANTED = {
    "from ..ops.axes import reduce": ["ops.axes.reduce"],
    "from ..ops.axes.reduce import sum": ["ops.axes.reduce"],
    "def late():\n    from ..walks import forward": ["walks.forward"],
    "if TYPE_CHECKING:\n    from ..ops.axes import reduce": [],
    "from . import node": [],
    "import numpy": [],
}


@pytest.mark.parametrize("text", PLANTED)
def test_an_import_of_a_later_folder_is_seen(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "planted.py"
    file.write_text(text)
    monkeypatch.setitem(MODULES, "core.planted", file)
    imports.cache_clear()
    assert against("core.planted") == PLANTED[text]


def test_a_circle_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, other in (("one", "two"), ("two", "three"), ("three", "one")):
        file = tmp_path / f"{name}.py"
        file.write_text(f"from .{other} import something")
        monkeypatch.setitem(MODULES, f"core.{name}", file)
    imports.cache_clear()
    assert circles("core.one")


def test_an_import_in_a_function_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "planted.py"
    file.write_text("from . import node\nclass C:\n    def late(self):\n        from . import state")
    monkeypatch.setitem(MODULES, "core.planted", file)
    assert imports_in_functions("core.planted") == {"core.state"}
