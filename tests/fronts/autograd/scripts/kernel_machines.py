"""Gaussian processes by autograd: a likelihood, SciPy's minimizer with gradients, one process in another."""

import autograd.numpy as np
import autograd.numpy.random as npr
import autograd.scipy.stats.multivariate_normal as mvn
from autograd import grad, value_and_grad
from scipy.optimize import minimize


def rbf(params, x, y):
    scale, lengths = np.exp(params[0]), np.exp(params[1:])
    differences = np.expand_dims(x / lengths, 1) - np.expand_dims(y / lengths, 0)
    return scale * np.exp(-0.5 * np.sum(differences**2, axis=2))


def likelihood(params, x, y):
    covariance = rbf(params[2:], x, x) + (np.exp(params[1]) + 1e-6) * np.eye(len(y))
    return mvn.logpdf(y, params[0] * np.ones(len(y)), covariance)


def predicted(params, x, y, at):
    across = rbf(params[2:], x, at)
    covariance = rbf(params[2:], x, x) + (np.exp(params[1]) + 1e-6) * np.eye(len(y))
    mean = params[0] + np.dot(np.linalg.solve(covariance, across).T, y - params[0])
    return mean, rbf(params[2:], at, at) - np.dot(across.T, np.linalg.solve(covariance, across))


rs = npr.RandomState(0)
x = rs.rand(12, 1) * 8 - 4
y = np.sin(x[:, 0]) + 0.1 * rs.randn(12)
params = 0.1 * rs.randn(4)
loss = lambda params: -likelihood(params, x, y)
print(round(float(loss(params)), 5), np.round(grad(loss)(params), 5).tolist())
found = minimize(value_and_grad(loss), params, jac=True, method="CG", options={"maxiter": 8})
print(found.fun < loss(params) - 1)
mean, covariance = predicted(np.array([0.0, -4.0, 0.0, 0.0]), x, y, np.array([[0.0], [1.0]]))
print(np.round(mean, 5).tolist(), np.round(np.diag(covariance), 5).tolist())


def deep(params, at):
    hidden = predicted(params[:4], x, y, x)[0][:, None]
    return predicted(params[4:], hidden, y, at)[0]


both = np.concatenate([[0.0, -3.0, 0.0, 0.0], [0.1, -3.0, 0.2, 0.0]])
print(np.round(grad(lambda p: np.sum(deep(p, np.array([[0.5]]))))(both), 4).tolist())
print(round(float(np.linalg.slogdet(rbf(both[2:4], x, x) + 0.1 * np.eye(12))[1]), 5))
