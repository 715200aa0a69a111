"""A small network with parameters in lists, trained by Adam of autograd.misc."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc import flatten
from autograd.misc.optimizers import adam, sgd

rs = npr.RandomState(0)
params = [(rs.randn(1, 8), np.zeros(8)), (0.5 * rs.randn(8, 1), np.zeros(1))]
x = np.linspace(-2, 2, 20).reshape(-1, 1)
y = np.sin(x)


def predict(params, x):
    for w, b in params[:-1]:
        x = np.tanh(np.dot(x, w) + b)
    w, b = params[-1]
    return np.dot(x, w) + b


def loss(params, step):
    return np.mean((predict(params, x) - y) ** 2)


print(flatten(params)[0].shape)
for optimizer, rate in ((adam, 0.02), (sgd, 0.05)):
    trained = optimizer(grad(loss), params, num_iters=60, step_size=rate)
    print(round(float(loss(trained, 0)), 6))
