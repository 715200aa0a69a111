"""What users of JAX rely on beside the numbers: what is refused, what is printed."""

from __future__ import annotations

import pytest

import wengert.jax as jax
import wengert.jax.numpy as jnp


@pytest.mark.parametrize("transform", [jax.grad, jax.value_and_grad])
def test_holomorphic_derivatives(transform: object) -> None:
    with pytest.raises(NotImplementedError) as error:
        transform(lambda z: z**2, holomorphic=True)  # type: ignore[operator]
    assert str(error.value) == (
        f"[{transform.__name__}] holomorphic=True was given, wanted a function with a real result; write "  # type: ignore[attr-defined]
        "jax.jvp(fun, (z,), (1+0j,))[1] for the derivative of a complex function that has one"
    )
    assert complex(jax.jvp(lambda z: z**2, (1 + 2j,), (1 + 0j,))[1]) == 2 + 4j


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
