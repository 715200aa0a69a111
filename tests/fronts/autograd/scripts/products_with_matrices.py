"""Jacobians, second derivatives and products with them; gradients by name, in dicts, with other results."""

import autograd.numpy as np
from autograd import (
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    tensor_jacobian_product,
    value_and_grad,
    vector_jacobian_product,
)

x, v = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, -1.0])


def f(x):
    return np.array([np.sum(x**2), np.prod(x)])


def loss(x):
    return np.sum(np.sin(x) * x**2)


def show(value):
    print(np.round(value, 6).tolist())


show(jacobian(f)(x))
show(jacobian(lambda x: np.outer(x, x))(x)[1, 2])
show(vector_jacobian_product(f)(x, np.array([1.0, 0.5])))
show(tensor_jacobian_product(np.outer, 1)(x, x, np.ones((3, 3))))
show(make_jvp(f)(x)(v)[1])
show(hessian(loss)(x))
show(hessian_vector_product(loss)(x, v))
hvp, gradient = make_hvp(loss)(x)
show(hvp(v))
show(make_ggnvp(lambda x: np.tanh(x) * 2, lambda y: np.sum(y**4))(x)(v))
show(deriv(np.tanh)(0.3))
show(elementwise_grad(lambda x, y: x**2 * y, 1)(x, v))


def cost(width=2.0, height=3.0):
    return width**2 * height + height


show(grad_named(cost, "height")(2.0, 5.0))
by_both = grad(cost, (0, 1))(2.0, 3.0)
print(type(by_both).__name__, [float(g) for g in by_both])
gradient, other = grad_and_aux(lambda x: (np.sum(x**3), x[0] * 10))(x)
show(gradient)
show(other)
value, gradient = value_and_grad(lambda a, b: a * np.exp(b), 1)(2.0, 0.5)
print(round(float(value), 6), round(float(gradient), 6))
vjp, out = make_vjp(lambda d: d["a"] * d["b"][0])({"a": x, "b": [v, 1.0]})
pulled = vjp(np.ones(3))
show(pulled["a"])
show(pulled["b"][0])
