"""Trees: leaves and structures, paths, classes of one's own, None, vectors, what is broadcast and transposed."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jax import tree, tree_util
from jax.flatten_util import ravel_pytree

example = {"b": [1.0, (2.0, None)], "a": jnp.arange(3.0)}
leaves, structure = tree.flatten(example)
print(len(leaves), leaves[0], leaves[1:], structure.num_leaves)
print(tree.unflatten(structure, [10, 20, 30]))
print(tree.leaves([None, 1, {"k": 2}]), tree.leaves([None, 1], is_leaf=lambda x: x is None))
print(tree.map(lambda x: x * 2, [1, (2, 3)]), tree.map(lambda *v: sum(v), [1, 2], [10, 20], [100, 200]))
print(tree.map(len, {"a": [1, 2], "b": [3]}, is_leaf=lambda x: isinstance(x, list)))
print(tree.reduce(lambda a, b: a + b, [1, [2, 3]]), tree.reduce(jnp.maximum, {"a": 4, "b": 9}, 0), tree.all([True, 1]))
print(tree.structure([1, 2]) == tree.structure([3, 4]), tree.structure([1]) == tree.structure((1,)))
print(tree.transpose(tree.structure([0, 0]), tree.structure({"a": 0, "b": 0}), [{"a": 1, "b": 2}, {"a": 3, "b": 4}]))

Point = namedtuple("Point", ["x", "y"])
print(tree.map(lambda v: v + 1, Point(1, [2])), tree.map(lambda v: -v, OrderedDict(z=1, a=2)))
for path, leaf in tree_util.tree_flatten_with_path({"w": [1, 2], "p": Point(3, 4)})[0]:
    print(tree_util.keystr(path), leaf)
print(tree.map_with_path(lambda path, v: f"{tree_util.keystr(path)}={v}", {"a": 1, "b": [2]}))


@tree_util.register_pytree_node_class
class Interval:
    def __init__(self, low, high, name):
        self.low, self.high, self.name = low, high, name

    def tree_flatten(self):
        return (self.low, self.high), self.name

    @classmethod
    def tree_unflatten(cls, name, children):
        return cls(*children, name)


moved = jax.jit(lambda i: tree.map(lambda v: v + 1.0, i))(Interval(0.0, jnp.ones(2), "unit"))
print(moved.low, moved.high, moved.name)
print(jax.grad(lambda i: jnp.sum(i.high * i.low))(Interval(2.0, jnp.ones(2), "unit")).low)


@partial(tree_util.register_dataclass, data_fields=["weight", "bias"], meta_fields=["name"])
@dataclass
class Layer:
    weight: jax.Array
    bias: jax.Array
    name: str = "layer"


slopes = jax.grad(lambda layer: jnp.sum(layer.weight**2) + layer.bias)(Layer(jnp.arange(2.0), jnp.array(1.0)))
print(slopes.weight, slopes.bias, slopes.name)
flat, back = ravel_pytree({"w": jnp.ones((2, 2)), "b": jnp.arange(2.0)})
print(flat, back(2 * flat)["w"], back(flat)["b"].shape)
scaled = tree_util.Partial(lambda a, b, c: a * b + c, 2.0, c=1.0)
print(scaled(3.0), jax.jit(lambda f, x: f(x))(scaled, 4.0), len(tree.leaves(scaled)))
print(jax.vmap(lambda d: d["x"].sum() + d["y"], in_axes=({"x": 0, "y": None},))({"x": jnp.ones((2, 3)), "y": 1.0}))
print(tree.map(jnp.shape, {"w": jnp.ones((2, 3)), "b": 1.0}, is_leaf=None), tree_util.tree_all([]))
