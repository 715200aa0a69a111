"""The no-U-turn sampler on eight schools, four chains in one program: our example beside NumPyro and BlackJAX.

NumPyro compiles anew at each run; that is part of its time.
"""

from __future__ import annotations

import runpy
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Call, Row

EXAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "f39_eight_schools.py"))
WARM_UP, COUNT, CHAINS, SIZE = 1000, 1000, 4, 10
PLACES = numpy.random.default_rng(0).uniform(-2.0, 2.0, (CHAINS, SIZE))
PEERS = ("numpyro", "blackjax")
AT_MOST = 0.5


def rows() -> Iterator[Row]:
    calls = {name: lambda run=run: run(0) for name, run in samplers().items()}
    yield Row("2,000 draws of each of 4 chains", calls, dict.fromkeys(PEERS, AT_MOST), is_same=False)
    slopes: dict[str, Call] = {"wengert": climb(np, wg.jit, wg.grad, wg.fori_loop)}
    if find_spec("jax"):
        import jax

        by_jax = climb(jax.numpy, jax.jit, jax.grad, jax.lax.fori_loop)
        slopes["jax"] = lambda: jax.block_until_ready(by_jax())
    yield Row("1,000 gradients, one after the other", slopes, {"jax": AT_MOST}, tolerance=1e-9)


def more() -> Iterator[str]:
    """Effective draws a second, of the number that mixes worst."""
    for name, run in samplers().items():
        run(0)
        found = []
        for seed in range(1, 6):
            start = time.perf_counter()
            draws = run(seed)
            spent = time.perf_counter() - start
            found.append(effective(draws) / spent)
        yield f"{name}: {numpy.median(found):.0f} effective draws a second"


def effective(draws: Any) -> float:
    draws = numpy.asarray(draws).reshape(CHAINS, COUNT, SIZE)
    values = draws[..., 0], numpy.exp(draws[..., 1]), *numpy.moveaxis(draws[..., 2:], -1, 0)
    return min(EXAMPLE["summary"](x)["ess_bulk"] for x in values)


def written_out(np: Any) -> Callable[[Any], Any]:
    """The log density, but for a constant, without a library of distributions."""
    effects, errors = EXAMPLE["EFFECTS"], EXAMPLE["ERRORS"]

    def log_density(z: Any) -> Any:
        mu, log_tau, off = z[0], z[1], z[2:]
        tau = np.exp(log_tau)
        squares = (mu / 5) ** 2 + np.sum(off**2 + ((effects - mu - tau * off) / errors) ** 2)
        return log_tau - np.log1p((tau / 5) ** 2) - squares / 2

    return log_density


def climb(np: Any, jit: Any, grad: Any, fori_loop: Any) -> Call:
    """Each place a little way up the slope of the one before."""
    slope, place = grad(written_out(np)), np.asarray(PLACES[0])
    run = jit(lambda z: fori_loop(0, 1000, lambda _, z: z + 1e-3 * slope(z), z))
    return lambda: run(place)


def samplers() -> dict[str, Callable[[int], Any]]:
    """From a seed to draws."""
    made = {"wengert": by_wengert()}
    made |= {"numpyro": by_numpyro()} if find_spec("numpyro") else {}
    return made | ({"blackjax": by_blackjax()} if find_spec("blackjax") else {})


def by_wengert() -> Callable[[int], Any]:
    run, places = EXAMPLE["sampler"](EXAMPLE["log_density"], WARM_UP, COUNT), np.array(PLACES)
    return lambda seed: run(wg.random.split(wg.random.key(seed), CHAINS), places)[0]


# -- the peers -------------------------------------------------------------------------------------


def by_numpyro() -> Callable[[int], Any]:
    import jax
    from numpyro.infer import MCMC, NUTS

    log_density = written_out(jax.numpy)
    kernel = NUTS(potential_fn=lambda z: -log_density(z))
    sizes = {"num_warmup": WARM_UP, "num_samples": COUNT, "num_chains": CHAINS}
    sampler = MCMC(kernel, **sizes, chain_method="vectorized", progress_bar=False)

    def run(seed: int) -> Any:
        sampler.run(jax.random.key(seed), init_params=jax.numpy.asarray(PLACES))
        return jax.block_until_ready(sampler.get_samples(group_by_chain=True))

    return run


def by_blackjax() -> Callable[[int], Any]:
    import blackjax
    import jax

    log_density = written_out(jax.numpy)

    def chain(key: Any, place: Any) -> Any:
        of_warm_up, of_draws = jax.random.split(key)
        (state, found), _ = blackjax.window_adaptation(blackjax.nuts, log_density).run(of_warm_up, place, WARM_UP)
        kernel = blackjax.nuts(log_density, **found).step

        def turn(state: Any, key: Any) -> Any:
            state, _ = kernel(key, state)
            return state, state.position

        return jax.lax.scan(turn, state, jax.random.split(of_draws, COUNT))[1]

    run = jax.jit(jax.vmap(chain))
    return lambda seed: jax.block_until_ready(run(jax.random.split(jax.random.key(seed), CHAINS), PLACES))
