"""A primitive of one's own, complex numbers, dictionaries."""

import autograd.numpy as np
from autograd import grad, holomorphic_grad, jacobian
from autograd.extend import defvjp, primitive


@primitive
def logsumexp(x):
    peak = np.max(x)
    return peak + np.log(np.sum(np.exp(x - peak)))


defvjp(logsumexp, lambda ans, x: lambda g: np.full(x.shape, g) * np.exp(x - np.full(x.shape, ans)))
print(grad(lambda y: logsumexp(y**2))(np.array([1.5, 6.7, 1e-10])).tolist())
print(jacobian(grad(logsumexp))(np.array([0.1, 0.2])).tolist())
print(complex(holomorphic_grad(lambda z: z**3)(1.0 + 2.0j)))
print({k: float(v) for k, v in sorted(grad(lambda d: d["a"] ** 2 * d["b"])({"a": 2.0, "b": 3.0}).items())})
