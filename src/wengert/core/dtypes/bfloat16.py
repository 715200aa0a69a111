"""The type of numbers that are the upper halves of floats of single precision.

>>> import wengert as wg, wengert.numpy as np
>>> x = wg.tensor([1.0, 2.0, 3.0], dtype=wg.bfloat16)
>>> x / 3 + 1
tensor([1.3359375, 1.671875 , 2.       ], dtype=bfloat16)
>>> wg.grad(lambda x: np.sum(np.exp(x)))(x)
tensor([ 2.71875,  7.375  , 20.125  ], dtype=bfloat16)
"""

from __future__ import annotations

from typing import Any

from .kinds import bfloat16 as _dtype

bfloat16: Any = _dtype().type
"""The type of numbers with 8 bits of exponent, as float32 has, and 8 significant ones, of `ml_dtypes`.

Tensors of it take two bytes an element. Each operation is computed in float32 and rounded to nearest, of two to even,
so that sums and products are as accurate as their results can be. With Python's numbers, truth values and integers it
gives bfloat16; with another floating dtype what float32 gives with that one.
"""
