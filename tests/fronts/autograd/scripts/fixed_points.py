"""Fixed points and the derivative through them; a root by Newton; iterations in plain Python loops."""

import autograd.numpy as np
from autograd import elementwise_grad, grad, jacobian
from autograd.misc.fixed_points import fixed_point


def newton_root(a):
    return lambda x: 0.5 * (x + a / x)


def distance(x, y):
    return np.abs(x - y)


def root(a, guess=10.0):
    return fixed_point(newton_root, a, guess, distance, 1e-10)


print(round(float(root(2.0)), 8), round(float(grad(root)(2.0)), 6), round(float(grad(grad(root))(2.0)), 5))
print(round(float(1 / (2 * np.sqrt(2.0))), 6))


def affine(params):
    matrix, offset = params
    return lambda x: np.dot(matrix, x) + offset


def gap(x, y):
    return np.max(np.abs(x - y))


matrix, offset = np.array([[0.4, 0.1], [0.0, 0.3]]), np.array([1.0, 2.0])
found = fixed_point(affine, (matrix, offset), np.zeros(2), gap, 1e-12)
print(np.round(found, 6).tolist(), np.round(np.linalg.solve(np.eye(2) - matrix, offset), 6).tolist())
slopes = grad(lambda p: np.sum(fixed_point(affine, p, np.zeros(2), gap, 1e-12) ** 2))((matrix, offset))
print(np.round(slopes[0], 5).tolist(), np.round(slopes[1], 5).tolist())


def newton(f, x, count=8):
    derivative = elementwise_grad(f)
    for _ in range(count):
        x = x - f(x) / derivative(x)
    return x


print(np.round(newton(lambda x: x**3 - 2.0, np.array([1.0, 2.0, 3.0])), 6).tolist())


def logistic_map(r, x=0.3, count=6):
    for _ in range(count):
        x = r * x * (1 - x)
    return x


print(round(float(grad(logistic_map)(2.7)), 6), np.round(jacobian(logistic_map)(np.array(2.7)), 6).tolist())
