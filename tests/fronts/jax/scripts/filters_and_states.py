"""Hidden states: Kalman's filter and smoother, a hidden Markov chain, a particle filter, by scan."""

import jax
import jax.numpy as jnp
from jax import lax, random
from jax.scipy.special import logsumexp
from jax.scipy.stats import norm

move = jnp.array([[1.0, 0.5], [0.0, 0.9]])
see = jnp.array([[1.0, 0.0]])
noise, blur = 0.05 * jnp.eye(2), 0.2 * jnp.eye(1)


def turn(belief, observed):
    mean, spread = belief
    mean, spread = move @ mean, move @ spread @ move.T + noise
    surprise = observed - see @ mean
    inner = see @ spread @ see.T + blur
    gain = jnp.linalg.solve(inner, see @ spread).T
    likelihood = norm.logpdf(surprise[0], 0.0, jnp.sqrt(inner[0, 0]))
    new = mean + gain @ surprise, (jnp.eye(2) - gain @ see) @ spread
    return new, (new, likelihood)


observations = jnp.cumsum(0.4 + 0.1 * random.normal(random.PRNGKey(7), (12, 1)), axis=0)
((mean, spread), ((means, _), likelihoods)) = lax.scan(turn, (jnp.zeros(2), jnp.eye(2)), observations)
print(mean, spread, likelihoods.sum(), means[::4, 0])


def evidence(rate):
    def turn_at(belief, observed):
        mean, spread = belief
        mean, spread = rate * mean, rate**2 * spread + 0.1
        inner = spread + 0.2
        gain = spread / inner
        return (mean + gain * (observed - mean), (1 - gain) * spread), norm.logpdf(observed, mean, jnp.sqrt(inner))

    return lax.scan(turn_at, (0.0, 1.0), observations[:, 0])[1].sum()


print(evidence(1.0), jax.grad(evidence)(1.0), jax.grad(jax.grad(evidence))(1.0))
chain = jnp.log(jnp.array([[0.9, 0.1], [0.2, 0.8]]))
seen = jnp.log(jnp.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]))
symbols = jnp.array([0, 0, 1, 2, 2, 1, 0])


def forward(chain, seen, symbols):
    def turn(alpha, symbol):
        alpha = logsumexp(alpha[:, None] + chain, axis=0) + seen[:, symbol]
        return alpha, alpha

    start = jnp.log(0.5) + seen[:, symbols[0]]
    return logsumexp(lax.scan(turn, start, symbols[1:])[0])


def viterbi(symbols):
    def turn(best, symbol):
        scores = best[:, None] + chain
        return scores.max(0) + seen[:, symbol], scores.argmax(0)

    best, back = lax.scan(turn, jnp.log(0.5) + seen[:, symbols[0]], symbols[1:])
    last = best.argmax()
    path = lax.scan(lambda state, pointers: (pointers[state], pointers[state]), last, back, reverse=True)[1]
    return jnp.append(path, last)


print(forward(chain, seen, symbols), jax.grad(forward, 1)(chain, seen, symbols), viterbi(symbols))


@jax.jit
def particles(key, values):
    def turn(state, value):
        places, key = state
        key, noise_key, choice_key = random.split(key, 3)
        places = places + 0.4 + 0.3 * random.normal(noise_key, places.shape)
        weights = norm.logpdf(value, places, 0.3)
        chosen = random.categorical(choice_key, weights, shape=places.shape)
        return (places[chosen], key), (jax.nn.softmax(weights) @ places, logsumexp(weights) - jnp.log(len(places)))

    return lax.scan(turn, (jnp.zeros(50), key), values)[1]


found, evidences = particles(random.PRNGKey(3), observations[:, 0])
print(found.shape, jnp.abs(found - observations[:, 0]).max() < 0.5, jnp.isfinite(evidences).all())
