"""A network with convolutions by autograd.scipy.signal, pools by reshapes, weights in one vector."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc import flatten
from autograd.misc.optimizers import rmsprop, sgd
from autograd.scipy.signal import convolve
from autograd.scipy.special import logsumexp

rs = npr.RandomState(3)
images = rs.randn(12, 1, 6, 6) * 0.2
kinds = np.arange(12) % 2
for image, kind in zip(images, kinds):
    image[0, 3 * kind : 3 * kind + 3, 1:5] += 1.0
targets = np.eye(2)[kinds]
weights = {"filters": 0.2 * rs.randn(1, 3, 3, 3), "bias": np.zeros((1, 3, 1, 1)), "dense": 0.2 * rs.randn(12, 2)}


def pooled(x):
    rows = x.reshape(x.shape[:2] + (2, x.shape[2] // 2, 2, x.shape[3] // 2))
    return np.max(np.max(rows, axis=3), axis=4)


def predict(weights, x):
    x = convolve(x, weights["filters"], axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode="valid")
    x = pooled(np.tanh(x + weights["bias"]))
    logits = np.dot(x.reshape(len(x), -1), weights["dense"])
    return logits - logsumexp(logits, axis=1, keepdims=True)


def loss(weights, step=0):
    return -np.mean(np.sum(predict(weights, images) * targets, axis=1)) + 1e-3 * np.sum(flatten(weights)[0] ** 2)


print(predict(weights, images).shape, flatten(weights)[0].shape, round(float(loss(weights)), 6))
for optimizer, rate in ((sgd, 0.3), (rmsprop, 0.02)):
    trained = optimizer(grad(loss), weights, num_iters=20, step_size=rate)
    print(round(float(loss(trained)), 5))
print(round(float(np.sum(grad(lambda k: np.sum(convolve(images[0, 0], k, mode="full") ** 2))(np.ones((2, 2))))), 5))
