"""Arrays between their elements: the same as SciPy's, with derivatives."""

from __future__ import annotations

import numpy
import pytest
from scipy import ndimage as reference

import wengert as wg
import wengert.numpy as np
from wengert.scipy import ndimage
from wengert.scipy.ndimage import OUTSIDE

RNG = numpy.random.default_rng(3)
IMAGE = RNG.standard_normal((4, 5))
PLACES = RNG.uniform(-9.0, 13.0, (2, 3, 7)).round(3)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", OUTSIDE)
def test_is_scipys(mode: str, order: int) -> None:
    found = ndimage.map_coordinates(IMAGE, PLACES, order=order, mode=mode, cval=-2.0)
    wanted = reference.map_coordinates(IMAGE, PLACES, order=order, mode=mode, cval=-2.0)
    numpy.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


def test_whole_numbers_stay_whole() -> None:
    numbers, places = numpy.arange(12).reshape(3, 4), [numpy.array([0.5, 1.2]), numpy.array([0.5, 2.9])]
    found = ndimage.map_coordinates(numbers, places, order=1)
    assert found.dtype == numbers.dtype
    assert found.tolist() == reference.map_coordinates(numbers, places, order=1).tolist()


@pytest.mark.parametrize("mode", OUTSIDE)
def test_derivatives_in_elements_and_places(mode: str) -> None:
    f = lambda image, places: np.sin(ndimage.map_coordinates(image, places, order=1, mode=mode))
    wg.check(f, IMAGE, RNG.uniform(0.1, 2.9, (2, 6)))


def test_what_is_not_written_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"^\[map_coordinates\] order=3 was given, wanted 0 .* write order=1"):
        ndimage.map_coordinates(IMAGE, PLACES)
    with pytest.raises(NotImplementedError, match=r"^\[map_coordinates\] mode='wrap' was given, wanted one of"):
        ndimage.map_coordinates(IMAGE, PLACES, order=1, mode="wrap")
    with pytest.raises(ValueError, match=r"^\[map_coordinates\] 1 coordinates were given for an array of 2 axes"):
        ndimage.map_coordinates(IMAGE, PLACES[:1], order=1)
