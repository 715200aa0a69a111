"""A mixture of normal distributions fitted by gradients of its likelihood, and by expectation and maximization."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.scipy.special import logsumexp
from autograd.scipy.stats import multivariate_normal, norm

rs = npr.RandomState(1)
data = np.concatenate([rs.randn(20, 2) * 0.3 + [2.0, 0.0], rs.randn(20, 2) * 0.5 + [-1.0, 1.0], rs.randn(20, 2)])


def likelihoods(params):
    weights = params["logits"] - logsumexp(params["logits"])
    scores = [
        w + np.sum(norm.logpdf(data, mean, np.exp(scale)), axis=1)
        for w, mean, scale in zip(weights, params["means"], params["scales"])
    ]
    return np.array(scores)


def loss(params):
    return -np.mean(logsumexp(likelihoods(params), axis=0))


params = {"logits": np.zeros(3), "means": rs.randn(3, 2), "scales": np.zeros((3, 2))}
gradient = grad(loss)
print("start", round(float(loss(params)), 5))
for i in range(60):
    slopes = gradient(params)
    params = {name: params[name] - 0.3 * slopes[name] for name in params}
print("gradients", round(float(loss(params)), 5))


def expectation(log_joint):
    scores = likelihoods(log_joint)
    return np.exp(scores - logsumexp(scores, axis=0, keepdims=True))


for i in range(5):
    shares = expectation(params)
    counts = np.sum(shares, axis=1)
    means = np.dot(shares, data) / counts[:, None]
    variances = np.array([np.dot(s, (data - m) ** 2) / c for s, m, c in zip(shares, means, counts)])
    params = {"logits": np.log(counts / len(data)), "means": means, "scales": 0.5 * np.log(variances)}
print("expectation", round(float(loss(params)), 5), np.sort(np.round(counts, 2)).tolist())
covariance = np.array([[1.0, 0.3], [0.3, 2.0]])
print(np.round(grad(lambda m: np.sum(multivariate_normal.logpdf(data[:3], m, covariance)))(np.zeros(2)), 5).tolist())
