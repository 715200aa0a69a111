"""Every model of the gallery runs elsewhere and gives the same, and so do the gradients by its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx_ir")

from tests.export.test_onnx import check

import wengert as wg
import wengert.numpy as np

EXAMPLES = Path(__file__).parents[2] / "examples"


class Exhibit(NamedTuple):
    """A model of an example.

    Attributes:
        example: the file.
        make: from its module to the model.
        inputs: what the model reads.
    """

    example: str
    make: Callable[[Any], wg.nn.Module]
    inputs: tuple[Any, ...]


def real(*shape: int) -> Any:
    return numpy.random.default_rng(0).standard_normal(shape).astype("float32")


def whole(most: int, *shape: int) -> Any:
    """Numbers from 1 on, since 0 may stand for nothing."""
    return numpy.random.default_rng(0).integers(1, most, shape)


GALLERY = [
    Exhibit("b10_both_styles", lambda m: m.network(), (real(3, 2).astype("float64"),)),
    Exhibit("c13_image_recognition", lambda m: m.network(), (real(2, 1, 8, 8),)),
    Exhibit("c13_residual_network", lambda m: m.ResidualNetwork(4), (real(2, 1, 28, 28),)),
    Exhibit("c14_gpt", lambda m: m.GPT(20, 1), (whole(20, 2, 9),)),
    Exhibit("c14_sequence_models", lambda m: m.Recurrent(20, 8), (whole(20, 2, 9),)),
    Exhibit("c14_sequence_models", lambda m: m.Transformer(20, 16, 1), (whole(20, 2, 9),)),
    Exhibit("c14_text_classification", lambda m: m.Network(30, 8), (whole(30, 2, 12),)),
    Exhibit("c14_word_embeddings", lambda m: m.SkipGrams(30), (whole(30, 4), whole(30, 4), whole(30, 4, 5))),
    Exhibit("c15_bayesian_network", lambda m: m.network(), (real(2, 64),)),
    Exhibit("c15_denoising_autoencoder", lambda m: m.network(4), (real(2, 1, 8, 8),)),
    Exhibit("c15_flow_matching", lambda m: m.Velocity(16), (real(2, 64), abs(real(2, 1)), real(2, 10))),
    Exhibit("c15_variational_autoencoder", lambda m: m.Autoencoder(16).encoder, (real(2, 64),)),
    Exhibit("c15_variational_autoencoder", lambda m: m.Autoencoder(16).decoder, (real(2, 10),)),
    Exhibit("c16_policy_gradient", lambda m: m.network(2), (real(3, 4),)),
    Exhibit("c17_maml", lambda m: m.network(), (real(5, 1),)),
    Exhibit("c18_model_compression", lambda m: m.network(16), (real(2, 64),)),
    Exhibit("c19_interpretation", lambda m: m.Network(), (real(2, 1, 8, 8),)),
    Exhibit("d21_neural_ode", lambda m: m.Field(8), (numpy.array(0.5), real(3, 2).astype("float64"))),
]
OFTEN = (3, 8)
"""What is tried each time: a language model, and a plain network."""


@pytest.mark.parametrize(
    "exhibit",
    [
        pytest.param(exhibit, id=f"{exhibit.example}_{place}", marks=() if place in OFTEN else pytest.mark.wide)
        for place, exhibit in enumerate(GALLERY)
    ],
)
def test_models_and_their_gradients(exhibit: Exhibit) -> None:
    wg.random.seed(0)
    model = exhibit.make(import_module(f"examples.{exhibit.example}")).eval()
    parameters = {name: p.detach().numpy() for name, p in model.named_parameters()}

    def loss(parameters: Any, *inputs: Any) -> Any:
        return np.mean(wg.nn.functional_call(model, parameters, inputs) ** 2)

    check(model, *exhibit.inputs)
    check(wg.grad(loss), parameters, *exhibit.inputs, tolerance=1e-4)


def test_every_model_is_there() -> None:
    """Of each example that makes one of its own."""
    makes_one = re.compile(
        r"^class \w+\((wg\.)?(nn\.)?Module\):|^def network\(.*\) -> \S*(Module|Sequential):", re.MULTILINE
    )
    found = {path.stem for path in EXAMPLES.glob("*.py") if makes_one.search(path.read_text())}
    assert found == {exhibit.example for exhibit in GALLERY}
