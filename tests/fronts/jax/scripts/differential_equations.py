"""odeint: a pendulum, predators and prey, derivatives by parameters and by the start, a fitted rate."""

import jax
import jax.numpy as jnp
from jax.experimental.ode import odeint

times = jnp.linspace(0.0, 4.0, 5)


def pendulum(state, t, length):
    angle, speed = state
    return jnp.stack([speed, -9.81 / length * jnp.sin(angle)])


states = odeint(pendulum, jnp.array([0.5, 0.0]), times, 2.0, rtol=1e-6, atol=1e-6)
print(jnp.round(states, 3))


def populations(state, t, rates):
    prey, predators = state["prey"], state["predators"]
    return {
        "prey": rates[0] * prey - rates[1] * prey * predators,
        "predators": rates[2] * prey * predators - rates[3] * predators,
    }


rates = jnp.array([1.1, 0.4, 0.1, 0.4])
start = {"prey": jnp.array(10.0), "predators": jnp.array(5.0)}
found = odeint(populations, start, times, rates, rtol=1e-6, atol=1e-6)
print(jnp.round(found["prey"], 2), jnp.round(found["predators"], 2))


def decayed(rate, start):
    return odeint(lambda y, t, k: -k * y, start, jnp.array([0.0, 0.5, 1.0]), rate, rtol=1e-6, atol=1e-6)


print(decayed(0.7, 2.0), jnp.exp(-0.7) * 2)
print(jax.grad(lambda k: decayed(k, 2.0)[-1])(0.7), -2 * jnp.exp(-0.7), jax.grad(lambda s: decayed(0.7, s)[-1])(2.0))
observed = 2.0 * jnp.exp(-1.3 * jnp.array([0.0, 0.5, 1.0]))


@jax.jit
def step(rate):
    value, slope = jax.value_and_grad(lambda k: jnp.sum((decayed(k, 2.0) - observed) ** 2))(rate)
    return rate - 0.4 * slope, value


rate = jnp.array(0.5)
for _ in range(8):
    rate, value = step(rate)
print(round(float(rate), 3), value < 1e-2)
