"""Lists, tuples and dicts of arrays: built inside of functions, differentiated through, checked."""

import autograd.numpy as np
from autograd import grad, jacobian
from autograd.builtins import dict as adict, isinstance as ais, list as alist, tuple as atuple
from autograd.extend import defjvp, defvjp, primitive
from autograd.misc import const_graph, flatten
from autograd.test_util import check_grads
from autograd.tracer import getval


def swapped(pair):
    a, b = pair
    return atuple((b * 2, a))


print([float(g) for g in grad(lambda p: swapped(p)[0] * swapped(p)[1])((3.0, 4.0))])
tree = {"a": np.array([1.0, 2.0]), "b": [3.0, (np.array([[4.0]]), 5.0)]}
slopes = grad(lambda t: np.sum(t["a"]) * t["b"][0] + t["b"][1][0][0, 0] ** 2 * t["b"][1][1])(tree)
print(slopes["a"].tolist(), float(slopes["b"][0]), slopes["b"][1][0].tolist(), float(slopes["b"][1][1]))
print(float(grad(lambda x: sum(alist([x, x**2, 3.0])))(2.0)), float(grad(lambda x: adict({"k": x**3})["k"])(2.0)))
print(ais(1.0, float), [round(float(v), 3) for v in flatten(tree)[0]])


@primitive
def scaled_sine(x, scale):
    return scale * np.sin(x)


defvjp(
    scaled_sine,
    lambda ans, x, scale: lambda g: g * scale * np.cos(x),
    lambda ans, x, scale: lambda g: np.sum(g * np.sin(x)),
)
defjvp(scaled_sine, lambda g, ans, x, scale: g * scale * np.cos(x), lambda g, ans, x, scale: g * np.sin(x))
x = np.array([0.1, 0.7])
print(np.round(jacobian(scaled_sine)(x, 3.0), 5).tolist(), np.round(jacobian(scaled_sine, 1)(x, 3.0), 5).tolist())
check_grads(lambda x: scaled_sine(x, 3.0), modes=["rev"])(x)
print(np.round(grad(lambda x: np.sum(np.where(x > 0.5, x**2, np.sqrt(x))))(x), 5).tolist())
print(np.round(grad(lambda x: np.sum(np.sort(x)[::-1] * np.arange(2)) + np.linalg.norm(x) + np.max(x))(x), 5).tolist())


def with_value(x):
    print("value", type(getval(x)).__name__ in ("float", "float64", "ndarray"))
    return x**2


print(float(grad(with_value)(3.0)))
print(float(const_graph(lambda x: x * 3.0)(2.0)), np.round(grad(lambda z: np.real(z * np.conj(z)))(1.0 + 2.0j), 5))
