"""An autoencoder with draws, and learning to learn, which differentiates steps of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .jax_layers import Layers
from .task import Task, integers, normal

# -- a variational autoencoder ---------------------------------------------------------------------

PIXELS, WIDTH, HIDDEN, BATCH = 784, 400, 20, 128


def exponential(library: Any) -> Callable[[Any], Any]:
    """The function, where Wengert has it and where PyTorch has."""
    return np.exp if library is wg else library.exp


def autoencoder(library: Any) -> Any:
    nn = library.nn

    class Autoencoder(nn.Module):
        """Of images: what is reconstructed of given draws, and the distribution of the hidden numbers."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(PIXELS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2 * HIDDEN))
            self.decoder = nn.Sequential(nn.Linear(HIDDEN, WIDTH), nn.ReLU(), nn.Linear(WIDTH, PIXELS))

        def forward(self, images: Any, noise: Any = 0.0) -> Any:
            found = self.encoder(images)
            mean, log_scale = found[:, :HIDDEN], found[:, HIDDEN:]
            return self.decoder(mean + exponential(library)(log_scale) * noise), mean, log_scale

    return Autoencoder()


def _divergence(mean: Any, log_scale: Any, scale: Any) -> Any:
    """Kullback and Leibler's, of the hidden numbers to standard normal ones, summed over the batch."""
    return 0.5 * (mean**2 + scale**2 - 2 * log_scale - 1).sum()


def bound(library: Any, model: Any, images: Any, noise: Any) -> Any:
    """The negative evidence lower bound: D. Kingma and M. Welling (2014), equation 10."""
    scores, mean, log_scale = model(images, noise)
    fit = library.nn.functional.binary_cross_entropy_with_logits(scores, images, reduction="sum")
    return (fit + _divergence(mean, log_scale, exponential(library)(log_scale))) / BATCH


def autoencoder_in_jax(layers: Layers, images: Any, noise: Any = 0.0) -> Any:
    import jax

    found = layers.linear("encoder.2", jax.nn.relu(layers.linear("encoder.0", images)))
    mean, log_scale = found[:, :HIDDEN], found[:, HIDDEN:]
    hidden = mean + jax.numpy.exp(log_scale) * noise
    return layers.linear("decoder.2", jax.nn.relu(layers.linear("decoder.0", hidden))), mean, log_scale


def bound_in_jax(layers: Layers, images: Any, noise: Any) -> Any:
    import jax

    scores, mean, log_scale = autoencoder_in_jax(layers, images, noise)
    fit = (jax.nn.softplus(scores) - scores * images).sum()
    return (fit + _divergence(mean, log_scale, jax.numpy.exp(log_scale))) / BATCH


# -- learning to learn -----------------------------------------------------------------------------

COUNT, SHOWN, STEPS, RATE = 25, 10, 3, 0.02


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))


def adapted(error: Any, grad: Any, parameters: Any, *shown: Any) -> Any:
    """Parameters by name after some steps of gradient descent."""
    for _ in range(STEPS):
        gradients = grad(error)(parameters, *shown)
        parameters = {name: p - RATE * gradients[name] for name, p in parameters.items()}
    return parameters


def error_of_adapted(library: Any, model: Any, *points: Any) -> Any:
    """Of what shapes (tasks, points, 1): x and y that are shown, x and y that are not."""
    transforms = getattr(library, "func", library)
    call = transforms.functional_call if hasattr(transforms, "functional_call") else library.nn.functional_call

    def error(parameters: Any, x: Any, y: Any) -> Any:
        return library.nn.functional.mse_loss(call(model, parameters, (x,)), y)

    def of_task(x: Any, y: Any, unseen_x: Any, unseen_y: Any) -> Any:
        return error(adapted(error, transforms.grad, dict(model.named_parameters()), x, y), unseen_x, unseen_y)

    return transforms.vmap(of_task)(*points).mean()


def network_in_jax(layers: Layers, x: Any) -> Any:
    import jax

    for name in ("0", "2"):
        x = jax.numpy.tanh(layers.linear(name, x))
    return layers.linear("4", x)


def error_of_adapted_in_jax(layers: Layers, *points: Any) -> Any:
    import jax

    def error(parameters: Any, x: Any, y: Any) -> Any:
        return ((network_in_jax(Layers(parameters, training=True), x) - y) ** 2).mean()

    def of_task(x: Any, y: Any, unseen_x: Any, unseen_y: Any) -> Any:
        return error(adapted(error, jax.grad, dict(layers.state), x, y), unseen_x, unseen_y)

    return jax.vmap(of_task)(*points).mean()


def _waves() -> tuple[numpy.ndarray, ...]:
    """Points of sine waves."""
    phase, shown, unseen = normal(0, COUNT, 1, 1), normal(1, COUNT, SHOWN, 1), normal(2, COUNT, SHOWN, 1)
    return shown, numpy.sin(shown + phase), unseen, numpy.sin(unseen + phase)


TASKS = (
    Task(
        f"VAE {PIXELS}-{WIDTH}-{HIDDEN}, batch {BATCH}",
        autoencoder,
        bound,
        autoencoder_in_jax,
        bound_in_jax,
        (integers(0, 2, BATCH, PIXELS).astype(numpy.float32), normal(1, BATCH, HIDDEN)),
    ),
    Task(
        f"MAML, {STEPS} steps, {COUNT} tasks",
        network,
        error_of_adapted,
        network_in_jax,
        error_of_adapted_in_jax,
        _waves(),
    ),
)
