"""The shipped digits are the published ones, and split without overlap."""

import hashlib

import numpy
import pytest

from wengert.datasets import load_digits


def test_the_digits_are_the_published_ones() -> None:
    digits = load_digits()
    content = digits.images.tobytes() + digits.labels.astype("uint8").tobytes()
    assert digits.images.dtype == numpy.uint8
    assert digits.images.max() == 16
    assert numpy.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    digest = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
    assert hashlib.sha256(content).hexdigest() == digest


def test_a_split_has_every_image_once() -> None:
    digits = load_digits()
    train, test = digits.split(test=360, seed=7)
    assert (len(train.labels), len(test.labels)) == (1437, 360)
    both = numpy.concatenate([train.images, test.images]).reshape(1797, 64)
    everything = digits.images.reshape(1797, 64)
    assert numpy.array_equal(numpy.unique(both, axis=0), numpy.unique(everything, axis=0))
    assert numpy.array_equal(both.sum(axis=0), everything.sum(axis=0))


def test_a_split_is_decided_by_its_seed() -> None:
    digits = load_digits()
    assert numpy.array_equal(digits.split(seed=1)[1].labels, digits.split(seed=1)[1].labels)
    assert not numpy.array_equal(digits.split(seed=1)[1].labels, digits.split(seed=2)[1].labels)


@pytest.mark.parametrize("test", [0, 1797])
def test_a_split_without_one_side_is_refused(test: int) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text follows
        load_digits().split(test=test)
    assert str(error.value) == f"[split] test={test} of 1797 images, wanted 1 to 1796; write test=359"
