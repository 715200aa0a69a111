"""Variational inference that knows only a log density: draws through a location and scales, Adam."""

import autograd.numpy as np
import autograd.numpy.random as npr
import autograd.scipy.stats.norm as norm
from autograd import grad
from autograd.misc.optimizers import adam


def black_box(log_density, size, count):
    rs = npr.RandomState(0)

    def unpacked(params):
        return params[:size], params[size:]

    def entropy(scales):
        return 0.5 * size * (1.0 + np.log(2 * np.pi)) + np.sum(scales)

    def objective(params, t):
        mean, scales = unpacked(params)
        draws = rs.randn(count, size) * np.exp(scales) + mean
        return -(entropy(scales) + np.mean(log_density(draws, t)))

    return objective, grad(objective), unpacked


def funnel(x, t):
    mean, scale = x[:, 0], x[:, 1]
    return norm.logpdf(scale, 0, 1.35) + norm.logpdf(mean, 0, np.exp(scale))


objective, gradient, unpacked = black_box(funnel, 2, 100)
reports = []


def callback(params, t, g):
    if t % 20 == 0:
        reports.append(round(float(objective(params, t)), 4))


start = np.concatenate([-1.0 * np.ones(2), -2.0 * np.ones(2)])
params = adam(gradient, start, step_size=0.1, num_iters=60, callback=callback)
mean, scales = unpacked(params)
print(reports)
print(np.round(mean, 4).tolist(), np.round(np.exp(scales), 4).tolist())
