"""The function on the page about `explore`."""

import wengert.numpy as np


def f(x):
    a = x**2 + 2 * x
    return a * np.exp(x)
