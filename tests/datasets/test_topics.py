"""The topics of `help()` are there once each, and what is held out is not trained on."""

import pytest

from wengert.datasets import load_topics


def test_each_paragraph_is_there_once() -> None:
    topics = load_topics()
    bare = [" ".join(paragraph.split()) for paragraph in topics.paragraphs]
    assert len(bare) == len(set(bare)) == len(topics.topics) > 1000
    assert all(bare)
    assert {"comparisons", "formatstrings", "types"} < set(topics.topics)


@pytest.mark.parametrize("every", [2, 10])
def test_a_split_has_every_paragraph_on_one_side(every: int) -> None:
    topics = load_topics()
    train, held_out = topics.split(every)
    assert len(train) + len(held_out) == sum(len(paragraph) + 2 for paragraph in topics.paragraphs)
    assert sum(paragraph in train for paragraph in topics.paragraphs[:200]) >= 200 * (1 - 1.5 / every)
    assert len(held_out) == pytest.approx((len(train) + len(held_out)) / every, rel=0.2)


def test_a_split_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text follows
        load_topics().split(1)
    assert str(error.value) == "[split] every=1, wanted 2 or more, to have something to train on; write every=10"
