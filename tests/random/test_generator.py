"""Generators: their state under `jit`, in loops, in what is run again; every draw eager and compiled; mistakes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DRAWS: dict[str, Callable[[Any], Any]] = {
    "random": lambda rng: rng.random((2, 3), "float32"),
    "uniform": lambda rng: rng.uniform(np.array([0.0, 1.0]), 3.0, (4, 2)),
    "triangular": lambda rng: rng.triangular(0.0, 1.0, 3.0, 7),
    "standard_normal": lambda rng: rng.standard_normal(5),
    "normal": lambda rng: rng.normal(np.array([0.0, 10.0], "float32"), 2.0),
    "lognormal": lambda rng: rng.lognormal(0.0, 0.5, 3),
    "multivariate_normal": lambda rng: rng.multivariate_normal([0.0, 1.0], [[2.0, 1.0], [1.0, 3.0]], 4),
    "exponential": lambda rng: rng.exponential(2.0, 100),
    "standard_exponential": lambda rng: rng.standard_exponential(3, "float16"),
    "gumbel": lambda rng: rng.gumbel(0.0, 1.0, 3),
    "laplace": lambda rng: rng.laplace(0.0, 1.0, 3),
    "logistic": lambda rng: rng.logistic(0.0, 1.0, 3),
    "standard_cauchy": lambda rng: rng.standard_cauchy(3),
    "rayleigh": lambda rng: rng.rayleigh(2.0, 3),
    "weibull": lambda rng: rng.weibull(2.0, 3),
    "pareto": lambda rng: rng.pareto(2.0, 3),
    "power": lambda rng: rng.power(2.0, 3),
    "standard_gamma": lambda rng: rng.standard_gamma(0.3, 3),
    "gamma": lambda rng: rng.gamma(np.array([0.5, 2.0, 30.0]), 2.0),
    "chisquare": lambda rng: rng.chisquare(3.0, 3),
    "beta": lambda rng: rng.beta(0.5, 0.7, 3),
    "f": lambda rng: rng.f(3.0, 5.0, 3),
    "standard_t": lambda rng: rng.standard_t(3.0, 3),
    "dirichlet": lambda rng: rng.dirichlet([1.0, 0.2, 3.0], 2),
    "vonmises": lambda rng: rng.vonmises(0.5, np.array([0.0, 1.0, 100.0])),
    "integers": lambda rng: rng.integers(-5, 5, 10),
    "many integers": lambda rng: rng.integers(numpy.array([-(2**62), 0]), numpy.array([2**62, 1])),
    "bernoulli": lambda rng: rng.bernoulli(0.3, 10),
    "geometric": lambda rng: rng.geometric(0.3, 10),
    "poisson": lambda rng: rng.poisson(np.array([0.0, 3.0, 30.0])),
    "binomial": lambda rng: rng.binomial(np.array([4, 50, 1000]), 0.4),
    "negative_binomial": lambda rng: rng.negative_binomial(3.0, 0.4, 3),
    "multinomial": lambda rng: rng.multinomial(20, [0.2, 0.3, 0.5], 3),
    "hypergeometric": lambda rng: rng.hypergeometric(np.array([4, 50, 1000]), 40, np.array([7, 40, 500])),
    "multivariate_hypergeometric": lambda rng: rng.multivariate_hypergeometric([4, 5, 6], 7, 3),
    "zipf": lambda rng: rng.zipf(2.0, 3),
    "logseries": lambda rng: rng.logseries(0.6, 3),
    "wald": lambda rng: rng.wald(2.0, 3.0, 3),
    "permutation": lambda rng: rng.permutation(6),
    "permuted": lambda rng: rng.permuted(np.arange(12.0).reshape(3, 4), axis=1),
    "choice": lambda rng: rng.choice(np.arange(5.0), 4, p=[0.1, 0.2, 0.3, 0.4, 0.0]),
    "choice apart": lambda rng: rng.choice(5, 3, replace=False, p=[0.1, 0.2, 0.3, 0.4, 0.0]),
}


def same(a: Any, b: Any) -> bool:
    """Bit by bit, but floats to the last place."""
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    return bool(np.all(np.abs(a - b) <= 4 * numpy.finfo(a.dtype).eps * np.abs(a))) and a.dtype == b.dtype


COMPOSED = (
    "beta", "chisquare", "dirichlet", "f", "standard_t", "standard_gamma", "negative_binomial", "multinomial",
    "hypergeometric", "multivariate_hypergeometric",
)  # fmt: skip
"""Made of gamma, Poisson and binomial numbers."""


@pytest.mark.part(8)
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.wide) if n in COMPOSED else n for n in DRAWS])
def test_every_draw_is_the_same_compiled(name: str) -> None:
    eager, compiled = wg.random.default_rng(3), wg.random.default_rng(3)
    draw = wg.jit(lambda: DRAWS[name](compiled))
    for _ in range(2):
        assert same(DRAWS[name](eager), draw())
    assert np.array_equal(eager.state, compiled.state)


@pytest.mark.part(8)
@pytest.mark.parametrize("name", DRAWS)
def test_every_draw_with_a_key_is_one_without_state(name: str) -> None:
    class Module:
        def __getattr__(self, draw: str) -> Any:
            return lambda *args, **kwargs: getattr(wg.random, draw)(*args, key=key, **kwargs)

    key = wg.random.key(5)
    state = wg.random.get_state()
    assert same(DRAWS[name](Module()), DRAWS[name](Module()))
    assert np.array_equal(state, wg.random.get_state())


def test_every_draw_is_there_in_both_faces_and_tried() -> None:
    methods = {n for n in dir(wg.random.Generator) if not n.startswith("_")} - {"spawn", "state"}
    assert methods <= set(wg.random.__all__)
    assert methods - {"bytes", "shuffle"} <= set(DRAWS)


def test_long_draws_in_rounds_are_the_same_compiled() -> None:
    """In eager mode they are made a piece at a time."""
    shapes = numpy.linspace(1.0, 5.0, 5000)
    draw = lambda key: wg.random.gamma(shapes, key=key)
    assert same(wg.jit(draw)(wg.random.key(2)), draw(wg.random.key(2)))


# -- state -----------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_and_goes_on() -> None:
    one, other = wg.random.default_rng(1), wg.random.default_rng(1)
    first, second = one.normal(size=3), one.normal(size=3)
    assert np.array_equal(other.normal(size=3), first)
    assert not np.array_equal(first, second)
    assert wg.random.default_rng(one) is one
    assert not np.array_equal(wg.random.default_rng().state, wg.random.default_rng().state)


def test_module_level() -> None:
    wg.random.seed(4)
    state, first = wg.random.get_state(), wg.random.uniform(size=2)
    draw = wg.jit(lambda: wg.random.uniform(size=2))
    wg.random.set_state(state)
    assert np.array_equal(draw(), first)
    assert not np.array_equal(draw(), first)
    assert np.array_equal(wg.random.default_rng(4).uniform(size=2), first)


def test_a_compiled_function_may_be_the_first_that_draws() -> None:
    """Then the module is imported while it is recorded."""
    code = """
import warnings
import wengert as wg
warnings.simplefilter("error")
draw = wg.jit(lambda: wg.random.random())
print(len({float(draw()) for _ in range(3)}))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "3\n"


def test_loops_carry_the_state() -> None:
    def turn(carry: Any, x: Any) -> Any:
        return carry + x, carry * rng.normal()

    results = []
    for run in (lambda: wg.scan(turn, 0.0, np.arange(4.0)), wg.jit(lambda: wg.scan(turn, 0.0, np.arange(4.0)))):
        rng = wg.random.default_rng(2)
        results.append((run()[1], rng.state))
    assert same(results[0][0], results[1][0])
    assert np.array_equal(results[0][1], results[1][1])
    assert len(set(results[0][0][1:].tolist())) == 3


@pytest.mark.parametrize("compiled", [False, True])
def test_a_function_that_is_run_again_draws_the_same(compiled: bool) -> None:
    inner = wg.checkpoint(lambda x: x * rng.normal(size=3))
    loss = lambda x: (wg.checkpoint(lambda x: inner(x) * rng.normal(size=3))(x)).sum()
    rng = wg.random.default_rng(6)
    value, slope = (wg.jit if compiled else lambda f: f)(wg.value_and_grad(loss))(np.ones(3))
    other = wg.random.default_rng(6)
    assert np.allclose(slope, other.normal(size=3) * other.normal(size=3))
    assert np.allclose(value, slope.sum())
    assert np.array_equal(rng.state, other.state)


@pytest.mark.parametrize("compiled", [False, True])
def test_each_example_of_a_batch_has_draws_of_its_own(compiled: bool) -> None:
    """They do not depend on the length of the batch, and are there also if nothing else depends on the example."""
    wrapped = wg.jit if compiled else lambda f: f
    x = np.arange(1.0, 5.0)
    rng = wg.random.default_rng(1)
    alone = wrapped(wg.vmap(lambda x: rng.normal()))(x)
    rng = wg.random.default_rng(1)
    drawn = wrapped(wg.vmap(lambda x: np.sin(x) * rng.normal()))(x)
    assert same(drawn, np.sin(x) * alone)
    assert len(set(alone.tolist())) == 4
    rng = wg.random.default_rng(1)
    assert same(wrapped(wg.vmap(lambda x: rng.normal()))(x[:2]), alone[:2])
    both = wrapped(wg.vmap(lambda row: wg.vmap(lambda x: x * rng.normal())(row)))(np.ones((2, 3)))
    assert len(set(both.reshape(-1).tolist())) == 6
    key = wg.random.key(0)
    assert len(set(wg.vmap(lambda x: wg.random.normal(key=key))(x).tolist())) == 1


def test_generators_that_are_spawned_differ() -> None:
    children = wg.random.default_rng(0).spawn(3)
    assert len({float(child.random()) for child in children}) == 3


def test_threads_draw_different_numbers() -> None:
    rng, drawn = wg.random.default_rng(0), []
    threads = [threading.Thread(target=lambda: drawn.extend(rng.integers(2**62) for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({int(number) for number in drawn}) == 200


def test_derivatives_go_through_draws() -> None:
    draw = lambda loc, scale: wg.random.normal(loc, scale, size=4, key=wg.random.key(0)).sum()
    standard = wg.random.normal(size=4, key=wg.random.key(0))
    for derivative in (wg.grad(draw, (0, 1)), wg.jit(wg.grad(draw, (0, 1)))):
        by_loc, by_scale = derivative(1.0, 2.0)
        assert by_loc == 4
        assert np.allclose(by_scale, standard.sum())


# -- as an argument --------------------------------------------------------------------------------

PASSED: dict[str, Callable[[Any], Any]] = {
    "alone": lambda rng: (rng.normal(), rng.integers(100, size=3)),
    "branch": lambda rng: wg.cond(np.array(3.0) > 2, lambda r: r.normal(), lambda r: r.uniform(), rng),
    "checkpoint": lambda rng: wg.checkpoint(lambda x, r: x * r.normal())(2.0, rng),
    "slope": lambda rng: wg.grad(lambda x, r: wg.checkpoint(lambda x, r: x * x * r.normal())(x, r))(3.0, rng),
    "budget": lambda rng: wg.checkpoint(lambda x, r: x * r.normal(), memory="1MB")(np.array(2.0), rng),
    "shared by examples": lambda rng: wg.vmap(lambda x, r: x * r.normal(), in_axes=(0, None))(np.ones(3), rng),
    "children": lambda rng: [child.random() for child in rng.spawn(2)],
    "distribution": lambda rng: wg.random.Gamma(2.0, 1.0).sample(2, rng),
}
"""Functions that leave the state of the generator where its draws have brought it."""


@pytest.mark.part(4)
@pytest.mark.parametrize("name", PASSED)
@pytest.mark.parametrize("compiled", [False, True])
def test_a_generator_as_an_argument_draws_what_one_outside_does_and_moves_on(name: str, compiled: bool) -> None:
    outside, given = wg.random.default_rng(8), wg.random.default_rng(8)
    function = (wg.jit if compiled else lambda f: f)(lambda tree: PASSED[name](tree["rng"]))
    for _ in range(2):
        expected, drawn = wg.trees.leaves(PASSED[name](outside)), wg.trees.leaves(function({"rng": given}))
        assert all(map(same, drawn, expected))
        assert np.array_equal(given.state, outside.state)


@pytest.mark.parametrize("compiled", [False, True])
def test_loops_carry_a_generator(compiled: bool) -> None:
    """And give back where it has come to, as they do of every carry."""
    wrapped = wg.jit if compiled else lambda f: f
    rng, other = wg.random.default_rng(4), wg.random.default_rng(4)
    after, drawn = wrapped(lambda r: wg.scan(lambda c, _: (c, c.normal()), r, length=3))(rng)
    assert same(drawn, np.stack([other.normal() for _ in range(3)]))
    assert np.array_equal(after.state, other.state)
    again, total = wrapped(lambda r: wg.fori_loop(0, 3, lambda i, c: (c[0], c[1] + c[0].random()), (r, 0.0)))(after)
    assert np.allclose(total, sum(other.random() for _ in range(3)))
    assert np.array_equal(again.state, other.state)


def test_a_generator_that_is_given_twice_or_is_outside_as_well_is_one() -> None:
    rng, other = wg.random.default_rng(4), wg.random.default_rng(4)
    twice, outside = wg.jit(lambda a, b: (a.random(), b.random())), wg.jit(lambda a: (a.random(), rng.random()))
    for drawn in (twice(rng, rng), outside(rng)):
        assert drawn == (other.random(), other.random())
    assert twice(rng, wg.random.Generator(rng.state))[1] == other.random()


def one_by_one(rng: Any) -> Any:
    """Draws, and a loop that carries the generator on."""
    first = rng.normal() + rng.normal()
    return first, wg.scan(lambda c, _: (c, c.random()), rng, length=2)


@pytest.mark.parametrize("compiled", [False, True])
def test_each_example_may_have_a_generator_of_its_own(compiled: bool) -> None:
    """Which draws what it draws alone, and is given back where it has come to."""
    keys = wg.random.split(wg.random.key(3), 3)
    first, (after, drawn) = (wg.jit if compiled else lambda f: f)(wg.vmap(one_by_one))(wg.random.Generator(keys))
    for i, key in enumerate(keys):
        alone, (rng, row) = one_by_one(wg.random.Generator(key))
        assert same(first[i], alone)
        assert same(drawn[i], row)
        assert np.array_equal(after.state[i], rng.state)
    seeds = np.arange(3)
    made_inside = wg.vmap(lambda seed: wg.random.default_rng(seed).random())(seeds)
    assert same(made_inside, np.stack([wg.random.default_rng(int(seed)).random() for seed in seeds]))


# -- orders ----------------------------------------------------------------------------------------


def test_shuffles_are_in_place() -> None:
    rng = wg.random.default_rng(0)
    for x in (wg.tensor(numpy.arange(20.0)), numpy.arange(20.0), list(range(20))):
        rng.shuffle(x)
        assert list(x) != list(range(20))
        assert sorted(map(float, x)) == list(range(20))
    matrix = numpy.arange(12).reshape(3, 4)
    assert sorted(rng.permutation(matrix, axis=1)[0].tolist()) == [0, 1, 2, 3]
    assert np.array_equal(rng.permuted(matrix, axis=1).sum(axis=1), matrix.sum(axis=1))
    assert sorted(rng.permuted(matrix).reshape(-1).tolist()) == list(range(12))


def test_bytes_and_choice() -> None:
    rng = wg.random.default_rng(0)
    assert len(rng.bytes(1000)) == 1000
    assert len(set(rng.bytes(1000))) > 200
    assert sorted(rng.choice(4, 4, replace=False).tolist()) == [0, 1, 2, 3]
    assert sorted(rng.choice(4, 2, replace=False, p=[0, 0.5, 0, 0.5]).tolist()) == [1, 3]
    assert rng.choice(np.arange(6.0).reshape(2, 3), 2, axis=1).shape == (2, 2)
    counts = numpy.bincount(rng.choice(3, 30_000, p=[0.2, 0.0, 0.8]).numpy())
    assert counts[1] == 0
    assert abs(counts[0] / 30_000 - 0.2) < 0.01


# -- mistakes --------------------------------------------------------------------------------------

RNG = wg.random.default_rng(0)
MISTAKES: dict[str, Callable[[], Any]] = {
    "[normal] scale -1.0 was given, wanted a number that is not negative; write np.abs(scale), or np.exp of a number "
    "without bounds": lambda: RNG.normal(0.0, -1.0),
    "[gamma] shape -2.0 was given, wanted a positive number; write np.exp of a number without bounds, so that shape is "
    "positive": lambda: RNG.gamma(np.array([1.0, -2.0])),
    "[bernoulli] p 1.5 was given, wanted a probability from 0 to 1; write wengert.scipy.special.expit(logit) of a "
    "number without bounds": lambda: RNG.bernoulli(1.5),
    "[normal] loc of shape (2,), scale of shape (3,) were given, wanted shapes that broadcast; write size=(3, 2) for "
    "so many draws of each": lambda: RNG.normal(np.zeros(2), np.ones(3)),
    "[normal] loc of shape (2,), scale of shape () were given, wanted shapes that broadcast to the size (3,); write "
    "size=(3, 2) for so many draws of each": lambda: RNG.normal(np.zeros(2), 1.0, 3),
    "[normal] the dtype int64 was asked for, wanted float64, float32, float16 or bfloat16; write .astype('int64') of "
    "what is drawn": lambda: RNG.normal(0.0, 1.0, 3, "int64"),
    "[integers] low 3 and last 2 were given, between which there is no number, wanted low < high; write integers(low, "
    "high), or endpoint=True for high itself": lambda: RNG.integers(3, 3),
    "[integers] numbers from 0 to 299 were asked for, wanted those of int8, from -128 to 127; write dtype=numpy.int64 "
    "for larger ones": lambda: RNG.integers(300, dtype="int8"),
    "[integers] the bound 2.5 was given, wanted whole numbers; write int(...) for one that is whole": lambda: (
        RNG.integers(0, 2.5, endpoint=True)
    ),
    "[choice] 3 of 2 elements were asked for, wanted at most as many as there are; write replace=True to draw elements "
    "again": lambda: RNG.choice(2, 3, replace=False),
    "[choice] p of shape (2,) was given for 3 elements, wanted one probability for each; write p=weights / "
    "weights.sum()": lambda: RNG.choice(3, p=[0.5, 0.5]),
    "[choice] the sum of p 0.8 was given, wanted 1; write p / p.sum(axis=-1, keepdims=True)": lambda: RNG.choice(
        2, p=[0.5, 0.3]
    ),
    "[Generator] there is no noncentral_f, which is another library's name; write "
    "numpy.random.default_rng(seed).noncentral_f(dfnum, dfden, nonc)": lambda: RNG.noncentral_f,
    "[vmap] the two words of a generator's key were taken for two examples, wanted a key for each; write in_axes=None "
    "for a generator that all examples share, or wg.random.Generator(wg.random.split(key, n)) for one each": lambda: (
        wg.vmap(lambda rng: rng.normal())(RNG)
    ),
    "[wengert.random] there is no randn, which is another library's name; write "
    "wg.random.standard_normal((rows, columns))": lambda: wg.random.randn,
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message: str) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)) as error:
        MISTAKES[message]()
    assert str(error.value) == message


def test_a_parameter_without_a_value_that_is_not_allowed_gives_no_number() -> None:
    key = wg.random.key(0)
    assert np.isnan(wg.jit(lambda scale: wg.random.normal(0.0, scale, key=key))(-1.0))
    assert np.isnan(wg.jit(lambda shape: wg.random.gamma(shape, key=key))(-1.0))
    assert wg.jit(lambda mean: wg.random.poisson(mean, key=key))(-1.0) == numpy.iinfo("int64").min
    assert wg.jit(lambda p: wg.random.binomial(5, p, key=key))(1.5) == numpy.iinfo("int64").min


# -- a body that is recorded once for all turns -------------------------------------------------------


def noisy(x: Any, **options: Any) -> Any:
    """The sum of draws, as many as there are to 3."""
    turn = lambda c: (c[0] + 1, c[1] + wg.random.random())
    return wg.while_loop(lambda c: c[0] < 3, turn, (x, 0.0), **options)[1]


ONCE = {
    "vmap": (lambda: wg.vmap(noisy)(np.arange(2.0)), "while_loop"),
    "memory": (lambda: noisy(0.0, memory=2), "while_loop"),
    "scan": (lambda: wg.scan(lambda c, _: (c + wg.random.random(), None), 0.0, length=3, memory=2), "scan"),
}


@pytest.mark.parametrize("name", ONCE)
def test_turns_that_would_draw_the_same_are_refused(name: str) -> None:
    draw, op = ONCE[name]
    with pytest.raises(RuntimeError) as caught:
        draw()
    assert str(caught.value).partition(" (at ")[0] == (
        f"[{op}] the body draws random numbers by a generator, and is recorded once for all turns (within vmap, or "
        "with memory=), so that each turn would draw the same ones; wanted a generator, or a key, that the loop "
        "carries; write while_loop(test, body, (x, rng)), or key, own = wg.random.split(key) and "
        "wg.random.normal(key=own)"
    )
    assert 0 < noisy(0.0) < 3


def test_a_key_that_a_loop_carries_gives_each_turn_and_example_its_own() -> None:
    def turn(carry: Any) -> Any:
        number, key, total, squares = carry
        key, own = wg.random.split(key)
        drawn = wg.random.random(key=own)
        return number + 1, key, total + drawn, squares + drawn * drawn

    def drawn(x: Any, key: Any) -> Any:
        return wg.while_loop(lambda c: c[0] < 3, turn, (x, key, 0.0, 0.0))[2:]

    given = np.arange(2.0), wg.random.split(wg.random.key(0), 2)
    total, squares = wg.vmap(drawn)(*given)
    assert bool(np.all(total**2 < np.array([3, 2]) * squares - 1e-3))
    compiled = wg.jit(wg.vmap(drawn))(*given)
    numpy.testing.assert_allclose(compiled[0], total)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_generator_that_a_loop_carries_draws_another_number_on_each_turn(compiled: bool) -> None:
    """Also where the body is recorded once for all turns."""
    wrapped = wg.jit if compiled else lambda f: f

    def drawn(x: Any, rng: Any) -> Any:
        turn = lambda c: (c[0] + 1, c[1] + c[2].random(), c[2])
        return wg.while_loop(lambda c: c[0] < 3, turn, (x, 0.0, rng))[1]

    keys = wg.random.split(wg.random.key(0), 2)
    found = wrapped(wg.vmap(drawn))(np.arange(2.0), wg.random.Generator(keys))
    for i, key in enumerate(keys):
        numpy.testing.assert_allclose(found[i], drawn(np.arange(2.0)[i], wg.random.Generator(key)))
    kept = lambda rng: wg.scan(lambda c, _: (c, c.random()), rng, length=3, memory=2)[1]
    other = wg.random.default_rng(5)
    assert same(wrapped(kept)(wg.random.default_rng(5)), np.stack([other.random() for _ in range(3)]))


def test_a_generator_in_turns_of_an_examples_own_is_refused_when_compiled() -> None:
    with pytest.raises(RuntimeError) as caught:
        wg.jit(wg.vmap(noisy))(np.arange(2.0))
    assert str(caught.value).partition(" (at ")[0] == (
        "[while_loop] the body writes to a tensor outside (x += 1, or draws by a generator, whose key moves on) within "
        "vmap, where each example may have turns of its own and there is one such tensor for all; wanted it among what "
        "the loop carries; write key, own = wg.random.split(key) and wg.random.normal(key=own) for draws"
    )
