"""A Bayesian network of neurons: Hamiltonian Monte Carlo over all weights in one vector, and Laplace's method."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad, hessian
from autograd.misc import flatten

rs = npr.RandomState(5)
x = np.linspace(-2, 2, 10)[:, None]
y = np.cos(x) + 0.05 * rs.randn(10, 1)
weights, unflatten = flatten([(0.5 * rs.randn(1, 4), np.zeros(4)), (0.5 * rs.randn(4, 1), np.zeros(1))])


def predict(flat, x):
    (w1, b1), (w2, b2) = unflatten(flat)
    return np.dot(np.tanh(np.dot(x, w1) + b1), w2) + b2


def energy(flat):
    return 0.5 * np.dot(flat, flat) + 0.5 * np.sum((predict(flat, x) - y) ** 2) / 0.1


force = grad(energy)
accepted, flat = 0, weights
for turn in range(15):
    momentum = rs.randn(len(flat))
    before = energy(flat) + 0.5 * np.dot(momentum, momentum)
    place, p = flat, momentum - 0.02 * force(flat)
    for _ in range(5):
        place = place + 0.04 * p
        p = p - 0.04 * force(place)
    p = p + 0.02 * force(place)
    if np.log(rs.rand()) < before - energy(place) - 0.5 * np.dot(p, p):
        flat, accepted = place, accepted + 1
print(accepted, round(float(energy(weights)), 5), round(float(energy(flat)), 3))
for _ in range(40):
    flat = flat - 0.01 * force(flat)
curvature = hessian(energy)(flat)
print(curvature.shape, round(float(np.max(np.abs(curvature - curvature.T))), 6))
print(np.round(predict(flat, np.array([[0.0], [1.0]]))[:, 0], 2).tolist())
