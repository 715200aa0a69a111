"""Both styles of training take the same steps, to the last bit, down the true gradient."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
from wengert.datasets import Digits, load_digits
from wengert.tour import digits


@pytest.fixture(scope="module")
def data() -> tuple[Digits, Digits]:
    return load_digits().split()


def test_the_loss_is_the_mean_surprise_at_the_labels(data: tuple[Digits, Digits]) -> None:
    images, labels = digits.batches(data[0], epochs=1)[0]
    network = digits.initial_network()
    scores = numpy.tanh(images @ network.into + network.shift) @ network.out + network.bias
    probabilities = numpy.exp(scores) / numpy.exp(scores).sum(axis=1, keepdims=True)
    surprise = -numpy.log(probabilities[numpy.arange(len(labels)), labels])
    assert float(digits.loss(network, images, labels)) == pytest.approx(surprise.mean(), rel=1e-13)


def test_the_gradient_is_the_one_worked_out_by_hand(data: tuple[Digits, Digits]) -> None:
    images, labels = digits.batches(data[0], epochs=1)[0]
    network = digits.initial_network()
    hidden = numpy.tanh(images @ network.into + network.shift)
    scores = hidden @ network.out + network.bias
    errors = numpy.exp(scores) / numpy.exp(scores).sum(axis=1, keepdims=True)
    errors[numpy.arange(len(labels)), labels] -= 1
    errors /= len(labels)
    below = (errors @ network.out.T) * (1 - hidden**2)
    by_hand = (images.T @ below, below.sum(axis=0), hidden.T @ errors, errors.sum(axis=0))
    for found, wanted in zip(wg.grad(digits.loss)(network, images, labels), by_hand, strict=True):
        numpy.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-15)


def test_both_styles_end_with_the_same_bits(data: tuple[Digits, Digits]) -> None:
    start = digits.initial_network()
    batches = digits.batches(data[0], epochs=2)
    first = digits.fit_by_backward(start, batches)
    second = digits.fit_by_value_and_grad(start, batches)
    for p, q, before in zip(first, second, start, strict=True):
        assert p.tobytes() == q.tobytes()
        assert (p != before).any()
    assert digits.accuracy(first, data[1]) > 0.8


def test_an_epoch_has_every_image_once(data: tuple[Digits, Digits]) -> None:
    train = data[0]
    batches = digits.batches(train, epochs=2)
    assert len(batches) == 2 * 23
    for epoch in (batches[:23], batches[23:]):
        images = numpy.concatenate([images for images, _ in epoch])
        assert numpy.array_equal(numpy.sort(images.sum(axis=1)), numpy.sort(digits.pixels(train).sum(axis=1)))
    assert not numpy.array_equal(batches[0][0], batches[23][0])


def test_a_difference_of_parameters_is_found() -> None:
    network = digits.initial_network()
    other = network._replace(bias=network.bias + numpy.eye(1, 10, 3)[0] * 1e-12)
    assert digits.largest_difference(network, other) == 1e-12
