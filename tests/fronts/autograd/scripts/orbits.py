"""Differential equations: odeint with derivatives by parameters, start and times; a leapfrog by hand."""

import autograd.numpy as np
from autograd import grad, jacobian
from autograd.builtins import tuple
from autograd.scipy.integrate import odeint

times = np.linspace(0.0, 2.0, 5)


def oscillator(y, t, stiffness, damping):
    return np.array([y[1], -stiffness * y[0] - damping * y[1]])


start = np.array([1.0, 0.0])
states = odeint(oscillator, start, times, tuple((4.0, 0.3)))
print(np.round(states, 4).tolist())
print(np.round(jacobian(lambda s: odeint(oscillator, s, times, tuple((4.0, 0.3)))[-1])(start), 4).tolist())
print(round(float(grad(lambda k: odeint(oscillator, start, times, tuple((k, 0.3)))[-1, 0])(4.0)), 4))


def loss(params):
    found = odeint(oscillator, start, times, tuple((params[0], params[1])))
    return np.sum((found - states) ** 2)


params = np.array([3.5, 0.1])
gradient = grad(loss)
for i in range(12):
    params = params - 0.05 * gradient(params)
print(np.round(params, 2).tolist(), loss(params) < loss(np.array([3.5, 0.1])))


def potential(q):
    return np.sum(q**4) / 4 + np.sum((q[1:] - q[:-1]) ** 2) / 2


def leapfrog(q, p, step, count):
    force = grad(potential)
    for _ in range(count):
        p = p - 0.5 * step * force(q)
        q = q + step * p
        p = p - 0.5 * step * force(q)
    return q, p


q, p = leapfrog(np.array([1.0, -0.5, 0.2]), np.zeros(3), 0.05, 20)
print(np.round(q, 5).tolist(), round(float(potential(q) + 0.5 * np.dot(p, p)), 4))
print(np.round(grad(lambda q: leapfrog(q, np.zeros(3), 0.05, 5)[0][0])(np.array([1.0, -0.5, 0.2])), 5).tolist())
