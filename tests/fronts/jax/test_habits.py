"""What users of JAX rely on beside the numbers: what is refused, what is printed."""

from __future__ import annotations

import pytest

import wengert.jax as jax
import wengert.jax.numpy as jnp


@pytest.mark.parametrize("compiled", [False, True])
def test_derivatives_by_complex_numbers_are_conjugates_of_the_engines(compiled: bool) -> None:
    z, c = 1 + 2j, 2 + 3j
    wrap = jax.jit if compiled else lambda f: f
    assert complex(wrap(jax.grad(lambda z: jnp.abs(c * z) ** 2))(z)) == 13 * 2 * z.conjugate()
    assert complex(wrap(jax.grad(lambda z: z**2, holomorphic=True))(z)) == 2 * z
    (value, aux), slope = wrap(jax.value_and_grad(lambda z: (z**3, -z), holomorphic=True, has_aux=True))(z)
    assert (complex(value), complex(aux), complex(slope)) == (z**3, -z, 3 * z**2)
    assert complex(jax.vjp(lambda z: c * z, z)[1](1 - 1j)[0]) == c * (1 - 1j)
    assert complex(jax.jvp(lambda z: z**2, (z,), (1 + 0j,))[1]) == 2 * z


def test_arrays_are_not_written_to() -> None:
    with pytest.raises(TypeError) as error:
        jnp.zeros(2)[0] = 1.0
    assert str(error.value) == (
        "[Array] an element was written to, wanted none to be: JAX's arrays never change; write "
        "x = x.at[index].set(value)"
    )


def test_prints_at_each_call(capsys: pytest.CaptureFixture[str]) -> None:
    @jax.jit
    def doubled(x: jax.Array) -> jax.Array:
        jax.debug.print("x = {}, {y}", x, y=2 * x)
        return jnp.sum(2 * x)

    for value in (1.0, 3.0):
        doubled(jnp.array([value]))
    jax.grad(doubled)(jnp.array([5.0]))
    assert capsys.readouterr().out == "x = [1.], [2.]\nx = [3.], [6.]\nx = [5.], [10.]\n"


WEAK = {
    "a Python number": lambda x: x,
    "a function of one": lambda x: jnp.sqrt(x),
    "an operation of two": lambda x: x * 2.0 - 1,
    "a gradient": lambda x: jax.grad(jnp.sin)(x),
    "a compiled function": lambda x: jax.jit(lambda y: y / 2)(x),
    "a batch": lambda x: jax.vmap(lambda y: y + x)(jnp.full(2, x))[0],
    "a loop": lambda x: jax.lax.fori_loop(0, 2, lambda i, y: y + i, x),
    "a branch": lambda x: jax.lax.cond(True, jnp.sin, jnp.cos, x),
}


@pytest.mark.parametrize("made", WEAK)
def test_what_is_made_of_pythons_numbers_takes_on_other_dtypes(made: str) -> None:
    found = jnp.asarray(WEAK[made](0.5))
    assert found.weak_type
    assert (found * jnp.ones(2, jnp.float16)).dtype == jnp.float16
    assert (found * jnp.ones(2, jnp.int8)).dtype == jnp.float32
    assert not (found + jnp.float32(1)).weak_type


def test_a_carry_takes_on_the_dtype_of_the_turns() -> None:
    assert jax.lax.fori_loop(0, 3, lambda i, y: y * 0.5, 1) == 0.125
    carry, ys = jax.lax.scan(lambda c, x: (c + x, c), 0, jnp.arange(3.0))
    assert (float(carry), carry.weak_type, ys.tolist()) == (3.0, False, [0.0, 0.0, 1.0])


@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit])
def test_beyond_the_end_in_a_loop(wrap: object) -> None:
    summed = wrap(lambda x: jax.lax.fori_loop(0, 5, lambda i, total: total + x[i], 0.0))  # type: ignore[operator]
    assert summed(jnp.arange(3.0)) == 7.0
    written = wrap(lambda x: jax.lax.fori_loop(0, 5, lambda i, y: y.at[i].set(9.0), x))  # type: ignore[operator]
    assert written(jnp.arange(3.0)).tolist() == [9.0] * 3


def test_beyond_the_end() -> None:
    x = jnp.arange(3.0)
    assert x[7] == 2.0
    assert x[jnp.array([-9, 1])].tolist() == [0.0, 1.0]
    assert x.at[jnp.array([5, 0])].set(9.0).tolist() == [9.0, 1.0, 2.0]
    assert jax.jit(lambda i: x.at[i].get(mode="clip"))(5) == 2.0
    assert jax.jit(lambda i: x.at[i].add(1.0, mode="drop"))(5).tolist() == [0.0, 1.0, 2.0]
    assert jax.jit(lambda i: x.at[i].get(mode="fill", fill_value=-1.0))(5) == -1.0
    assert jax.jit(lambda i: x[i])(5) == 2.0


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda: jax.pmap,
            "[wengert.jax] there is no pmap, wanted what makes sense on one device, the CPU; write jax.vmap(f)",
        ),
        (lambda: jax.gard, "[wengert.jax] there is no gard, wanted one of its names; write jax.grad"),
        (lambda: jnp.sinn, "[wengert.jax.numpy] there is no sinn, wanted one of its names; write jnp.sin or jnp.sinh"),
        (
            lambda: jnp.linalg.eih,
            "[wengert.jax.numpy.linalg] there is no eih, wanted one of its names; write jnp.linalg.eigh",
        ),
        (lambda: jax.lax.scann, "[wengert.jax.lax] there is no scann, wanted one of its names; write jax.lax.scan"),
        (
            lambda: jax.nn.rellu,
            "[wengert.jax.nn] there is no rellu, wanted one of its names; write jax.nn.relu or jax.nn.relu6",
        ),
    ],
)  # fmt: skip
def test_names_that_are_not_there(ask: object, said: str) -> None:
    with pytest.raises(AttributeError) as error:
        ask()  # type: ignore[operator]
    assert str(error.value) == said
