"""Loops inside compiled functions: a body that writes into what it carries."""

from __future__ import annotations

import numpy

import wengert as wg
import wengert.numpy as np


def test_a_body_writes_into_its_carry() -> None:
    def turn(carry):
        own, x = carry
        own += x
        return own * 2, x / 2

    def f(x):
        return wg.while_loop(lambda carry: carry[1] > 1, turn, (np.zeros(2), x))[0]

    numpy.testing.assert_array_equal(wg.jit(f)(3.0).numpy(), [15.0, 15.0])
    numpy.testing.assert_array_equal(f(3.0).numpy(), [15.0, 15.0])
