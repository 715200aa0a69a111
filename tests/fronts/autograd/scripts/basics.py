"""Derivatives of functions written with NumPy's names."""

import autograd.numpy as np
from autograd import elementwise_grad, grad, hessian, jacobian, make_jvp, make_vjp, value_and_grad


def tanh(x):
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


print(float(grad(tanh)(1.0)), float((tanh(1.0001) - tanh(0.9999)) / 0.0002))
x = np.linspace(-2, 2, 5)
egrad = elementwise_grad(tanh)
for f in (tanh, egrad, elementwise_grad(egrad), elementwise_grad(elementwise_grad(egrad))):
    print(np.round(f(x), 5).tolist())


def taylor_sine(x):
    ans = currterm = x
    i = 0
    while np.abs(currterm) > 0.001:
        currterm = -currterm * x**2 / ((2 * i + 3) * (2 * i + 2))
        ans = ans + currterm
        i += 1
    return ans


print(float(grad(taylor_sine)(np.pi)))
print(jacobian(lambda v: np.array([v[0] * v[1], v[1] ** 2]))(np.array([2.0, 3.0])).tolist())
print(hessian(lambda v: np.sum(v**3) + v[0] * v[1])(np.array([1.0, 2.0])).tolist())
value, gradient = value_and_grad(lambda v: np.dot(v, np.sin(v)))(np.array([1.0, 2.0]))
print(float(value), gradient.tolist())
vjp, out = make_vjp(np.sin)(np.array([0.5, 1.0]))
print(vjp(np.ones(2)).tolist(), make_jvp(np.sin)(0.5)(1.0)[1].tolist())
