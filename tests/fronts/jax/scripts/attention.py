"""A transformer of one block from scratch: embeddings, heads, a mask, layer norms, losses that fall."""

import jax
import jax.numpy as jnp
from jax import lax, nn, random

VOCABULARY, LENGTH, WIDTH, HEADS = 9, 8, 16, 2


def initial(key):
    shapes = {
        "embedding": (VOCABULARY, WIDTH),
        "position": (LENGTH, WIDTH),
        "qkv": (WIDTH, 3 * WIDTH),
        "mix": (WIDTH, WIDTH),
        "up": (WIDTH, 4 * WIDTH),
        "down": (4 * WIDTH, WIDTH),
        "out": (WIDTH, VOCABULARY),
    }
    draw = nn.initializers.normal(0.1)
    return {name: draw(k, shape) for k, (name, shape) in zip(random.split(key, len(shapes)), shapes.items())}


def normalized(x):
    return (x - x.mean(-1, keepdims=True)) * lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)


def attended(params, x):
    q, k, v = jnp.split(x @ params["qkv"], 3, axis=-1)
    q, k, v = (a.reshape(LENGTH, HEADS, -1).swapaxes(0, 1) for a in (q, k, v))
    scores = jnp.einsum("hqd,hkd->hqk", q, k) / jnp.sqrt(WIDTH / HEADS)
    mask = jnp.tril(jnp.ones((LENGTH, LENGTH), bool))
    weights = nn.softmax(jnp.where(mask, scores, -1e9), axis=-1)
    return (weights @ v).swapaxes(0, 1).reshape(LENGTH, WIDTH) @ params["mix"]


def logits(params, tokens):
    x = params["embedding"][tokens] + params["position"]
    x = x + attended(params, normalized(x))
    x = x + nn.gelu(normalized(x) @ params["up"]) @ params["down"]
    return normalized(x) @ params["out"]


def loss(params, batch):
    scores = nn.log_softmax(jax.vmap(logits, (None, 0))(params, batch[:, :-1]))
    return -jnp.take_along_axis(scores, batch[:, 1:, None], axis=-1).mean()


starts = jnp.arange(6)[:, None]
batch = (starts + jnp.arange(LENGTH + 1) * (1 + starts % 2)) % VOCABULARY


@jax.jit
def step(params, velocity):
    value, slopes = jax.value_and_grad(loss)(params, batch)
    velocity = jax.tree.map(lambda v, g: 0.9 * v - 0.1 * g, velocity, slopes)
    return jax.tree.map(jnp.add, params, velocity), velocity, value


params = initial(random.key(0))
velocity = jax.tree.map(jnp.zeros_like, params)
for i in range(16):
    params, velocity, value = step(params, velocity)
    if i % 5 == 0:
        print(f"{i:2d} {value:.3f}")
q = random.normal(random.key(1), (1, 4, 2, 8))
print(nn.dot_product_attention(q, q, q, is_causal=True)[0, :, 0, 0])
print(sum(p.size for p in jax.tree.leaves(params)), nn.one_hot(jnp.array([0, 2]), 3), nn.softmax(jnp.arange(3.0)))
print(nn.swish(1.0), nn.silu(-1.0), nn.elu(-1.0), nn.selu(0.5), nn.leaky_relu(-1.0), nn.log_sigmoid(0.0), nn.relu6(7.0))
