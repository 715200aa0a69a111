"""Convolutions, pools and windows: strides, paddings, dilations, groups, channels last, transposes, gradients."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import signal

image = jnp.zeros((1, 1, 6, 6)).at[0, 0, 2:5, 1:4].set(1.0)
kernel = jnp.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])[None, None]
print(lax.conv(image, kernel, (1, 1), "SAME")[0, 0])
print(lax.conv_with_general_padding(image, kernel, (2, 2), ((0, 0), (1, 1)), (1, 1), (1, 1))[0, 0])
numbers = lax.conv_dimension_numbers((1, 6, 6, 2), (3, 3, 2, 4), ("NHWC", "HWIO", "NHWC"))
last = jnp.arange(72.0).reshape(1, 6, 6, 2) / 72
out = lax.conv_general_dilated(last, jnp.ones((3, 3, 2, 4)), (1, 1), "VALID", dimension_numbers=numbers)
print(out.shape, out[0, :, 0, 0])
names = ("NCHW", "OIHW", "NCHW")
print(lax.conv_general_dilated(image, kernel, (1, 1), "SAME", rhs_dilation=(2, 2), dimension_numbers=names)[0, 0, 2])
print(lax.conv_general_dilated(image, kernel, (1, 1), ((2, 2), (2, 2)), lhs_dilation=(2, 2)).shape)
grouped = jnp.ones((1, 4, 5)) * jnp.arange(4.0)[:, None]
print(lax.conv_general_dilated(grouped, jnp.ones((4, 1, 2)), (1,), "VALID", feature_group_count=4)[0, :, 0])
print(
    lax.conv_transpose(last, jnp.ones((2, 2, 2, 1)), (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")).shape
)
print(jax.grad(lambda k: lax.conv(image, k, (1, 1), "VALID")[0, 0, 1].sum())(kernel)[0, 0])

x = jnp.arange(16.0).reshape(4, 4) % 7
print(lax.reduce_window(x, -jnp.inf, lax.max, (2, 2), (2, 2), "VALID"))
print(lax.reduce_window(x, 0.0, lax.add, (3, 3), (1, 1), "SAME"))
print(
    lax.reduce_window(x[0], 1.0, lax.mul, (2,), (1,), "VALID"),
    lax.reduce_window(x[0], jnp.inf, lax.min, (2,), (2,), "SAME"),
)
print(jax.grad(lambda x: (lax.reduce_window(x, -jnp.inf, lax.max, (2, 2), (2, 2), "VALID") ** 2).sum())(x))
print(jnp.convolve(jnp.arange(4.0), jnp.array([1.0, 0.5]), mode="same"), jnp.correlate(jnp.arange(4.0), jnp.ones(2)))
print(signal.convolve2d(x, jnp.ones((2, 2)), mode="valid"), signal.convolve(jnp.arange(3.0), jnp.arange(3.0)))
print(jnp.pad(x[0], (1, 2)), lax.pad(x[0], 0.0, ((1, 1, 1),)), jnp.pad(x[:2, :2], 1, mode="edge"))
