"""A variational autoencoder: reparameterised draws by keys, two networks in a dict, a bound that grows."""

import jax
import jax.numpy as jnp
from jax import jit, lax, nn, random, value_and_grad

PIXELS, HIDDEN, LATENT = 16, 12, 2


def dense(key, rows, columns):
    return {"w": random.normal(key, (rows, columns)) / jnp.sqrt(rows), "b": jnp.zeros(columns)}


def applied(layer, x):
    return x @ layer["w"] + layer["b"]


def initial(key):
    names = {"in": (PIXELS, HIDDEN), "mean": (HIDDEN, LATENT), "spread": (HIDDEN, LATENT)}
    names |= {"up": (LATENT, HIDDEN), "out": (HIDDEN, PIXELS)}
    return {name: dense(k, *shape) for k, (name, shape) in zip(random.split(key, len(names)), names.items())}


def encoded(params, x):
    h = nn.softplus(applied(params["in"], x))
    return applied(params["mean"], h), nn.softplus(applied(params["spread"], h)) + 1e-3


def decoded(params, z):
    return applied(params["out"], nn.gelu(applied(params["up"], z)))


def bound(params, key, x):
    mean, spread = encoded(params, x)
    z = mean + spread * random.normal(key, mean.shape)
    logits = decoded(params, z)
    likelihood = -jnp.sum(nn.softplus(jnp.where(x > 0.5, -logits, logits)), axis=-1)
    divergence = 0.5 * jnp.sum(mean**2 + spread**2 - 1 - 2 * jnp.log(spread), axis=-1)
    return jnp.mean(likelihood - divergence)


rows = jnp.tile(jnp.array([[1.0] * 8 + [0.0] * 8, [0.0] * 8 + [1.0] * 8, [1.0, 0.0] * 8]), (10, 1))
data = jnp.abs(rows - random.bernoulli(random.PRNGKey(1), 0.05, rows.shape))


@jit
def epoch(params, key):
    def step(params, key):
        value, slopes = value_and_grad(bound)(params, key, data)
        return jax.tree.map(lambda p, g: p + 0.05 * g, params, slopes), value

    return lax.scan(step, params, random.split(key, 20))


params, key = initial(random.PRNGKey(0)), random.PRNGKey(2)
for i in range(4):
    params, bounds = epoch(params, random.fold_in(key, i))
    print(f"epoch {i}: {bounds.mean():.3f}")
print(jnp.mean((nn.sigmoid(decoded(params, encoded(params, data)[0])) > 0.5) == (data > 0.5)) > 0.7)
