"""What users write of meshes and layouts, and what is said where it does not fit; nothing here needs JAX."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.mesh import Mesh, MeshLayout, layout_of
from wengert.distributed import (
    constrain,
    data_parallel,
    mesh,
    ppermute,
    psum,
    reduce_scatter,
    shard,
    shard_map,
    shard_parameters,
    tensor_parallel,
)

MESH = Mesh((("data", 4), ("model", 2)))
X = numpy.ones((8, 6))


def test_one_spelling() -> None:
    wanted = MeshLayout(MESH, ("data", None))
    assert layout_of(MESH, "data", 2, "shard") == wanted
    assert layout_of(MESH, [("data",), ()], 2, "shard") == wanted
    assert layout_of(MESH, (("data", "model"),), 1, "shard").block((16,)) == (2,)
    assert str(wanted) == "mesh(data=4, model=2)['data', None]"


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (
            lambda: shard(X, MESH, ("data", "model", None)),
            "[shard] ('data', 'model', None) has 3 entries for an array of 2 axes, wanted at most one for each axis; "
            "write ('data', 'model')",
        ),
        (
            lambda: shard(X, MESH, "rows"),
            "[shard] ('rows',) names the axis 'rows', wanted axes of mesh(data=4, model=2): 'data', 'model'; write one "
            "of these, or None for an axis that is not cut",
        ),
        (
            lambda: shard(X, MESH, ("data", "data")),
            "[shard] ('data', 'data') names the axis 'data' twice, wanted each axis of a mesh once at most; write None "
            "in one of the places",
        ),
        (
            lambda: constrain(X, MESH, (None, "data")),
            "[constrain] axis 1 of shape (8, 6) has length 6, which 'data' of mesh(data=4, model=2) cuts into 4 parts, "
            "wanted a multiple of 4; write None for axis 1, or pad it to 8",
        ),
        (
            lambda: mesh({"data": 0}),
            "[mesh] {'data': 0} was given, wanted axes of length 1 or more by name; write mesh({'data': 4})",
        ),
        (
            lambda: data_parallel(lambda x: x, MESH, "rows"),
            "[data_parallel] axis='rows' was given, wanted an axis of mesh(data=4, model=2): 'data', 'model'; write "
            "axis='data'",
        ),
        (
            lambda: shard_parameters(wg.nn.Linear(2, 2), MESH, rules={"linear9*": ("model",)}),
            "[shard_parameters] the pattern 'linear9*' fits no parameter, wanted one that fits some of weight, bias; "
            "write '*weight', or leave it out",
        ),
    ],
)
def test_what_does_not_fit(f: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}") as error:
        f()
    assert re.fullmatch(r"( \(at .*\))?", str(error.value)[len(text) :])


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (
            lambda: psum(X, "data"),
            RuntimeError,
            "[psum] it was called outside of a function of parts, wanted it in one that is given to shard_map; write "
            "wg.distributed.shard_map(f, mesh, in_parts, out_parts), or np.sum and the like of whole arrays",
        ),
        (
            lambda: of_parts(lambda x: psum(x, "rows")),
            ValueError,
            "[psum] ('rows',) names the axis 'rows', wanted axes of mesh(data=4, model=2): 'data', 'model'; write one "
            "of these, or None for an axis that is not cut",
        ),
        (
            lambda: of_parts(lambda x: reduce_scatter(x, "data", 1)),
            ValueError,
            "[reduce_scatter] axis 1 of shape (2, 6) has length 6, wanted a multiple of the 4 devices; pad it to 8",
        ),
        (
            lambda: of_parts(lambda x: ppermute(x, "model", [(0, 1), (0, 0)])),
            ValueError,
            "[ppermute] pairs=[(0, 1), (0, 0)] were given, wanted each of the 2 devices along 'model' at most once as "
            "the first and as the second; write [(i, (i + 1) % 2) for i in range(2)]",
        ),
        (
            lambda: of_parts(lambda x: ppermute(1.0, "model", [(0, 1)])),
            ValueError,
            "[ppermute] a constant was given, wanted what depends on an argument of the function; write it so, or make "
            "the constant an argument",
        ),
        (
            lambda: shard_map(lambda x: x, MESH, "data", "data")(X),
            TypeError,
            "[shard_map] in_parts='data' was given for 1 arguments, wanted a list with an entry for each; write "
            "in_parts=[()]",
        ),
    ],
)
def test_exchanges_that_do_not_fit(f: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        f()


def of_parts(f: Any) -> Any:
    return shard_map(f, MESH, ["data"], "data")(X)


def test_moving_inside_a_compiled_function() -> None:
    with pytest.raises(RuntimeError, match=r"moved to mesh\(data=4, model=2\)\['data', None\], wanted .*; write wg"):
        wg.jit(lambda x: shard(x, MESH, "data"))(X)


@pytest.mark.parametrize("run", [lambda f: f, wg.jit])
def test_without_a_mesh_a_constraint_is_the_identity(run: Any) -> None:
    f = run(lambda x: np.sum(constrain(np.sin(x), MESH, ("data", "model")) ** 2))
    plain = lambda x: np.sum(np.sin(x) ** 2)
    assert np.allclose(f(X), plain(X))
    assert np.allclose(wg.grad(f)(X), wg.grad(plain)(X))
    assert np.allclose(wg.hvp(f, (X,), (X,)), wg.hvp(plain, (X,), (X,)))
    assert wg.vmap(lambda row: constrain(row, MESH, "model"))(X).shape == X.shape


def test_rules_of_a_transformer_fit_its_layers() -> None:
    names = [name for name, _ in wg.nn.TransformerEncoderLayer(4, 2, 8).named_parameters()]
    assert all(any(fnmatchcase(name, pattern) for name in names) for pattern in tensor_parallel())
