"""English about Python: the topics of ``help()``, which come with Python itself."""

from __future__ import annotations

from typing import NamedTuple

BLOCK = 2000
"""Characters of text that stay together when a part is held out."""


class Topics(NamedTuple):
    """Paragraphs of the language reference.

    Attributes:
        paragraphs: each once, though many stand in several topics.
        topics: for each the name of the topic that it stands in first.
    """

    paragraphs: list[str]
    topics: list[str]

    def split(self, every: int = 10) -> tuple[str, str]:
        """A text to train on, and one that is held out: each so-many-th block of paragraphs.

        Raises:
            ValueError: `every` is less than 2, so that nothing is left to train on.
        """
        if every < 2:
            raise ValueError(f"[split] every={every}, wanted 2 or more, to have something to train on; write every=10")
        blocks = _blocks(self.paragraphs)
        train = (block for place, block in enumerate(blocks, start=1) if place % every)
        return "".join(train), "".join(blocks[every - 1 :: every])


def _blocks(paragraphs: list[str]) -> list[str]:
    """Neighbouring paragraphs together, of `BLOCK` characters or a little more."""
    blocks = [""]
    for paragraph in paragraphs:
        if len(blocks[-1]) >= BLOCK:
            blocks.append("")
        blocks[-1] += paragraph + "\n\n"
    return blocks


def load_topics() -> Topics:
    """The paragraphs of ``pydoc_data.topics``; how many there are depends on the version of Python.

    >>> topics = load_topics()
    >>> len(topics.paragraphs) == len(topics.topics) > 1000
    True
    >>> train, held_out = topics.split()
    >>> 8 < len(train) / len(held_out) < 10
    True

    Source: Python Software Foundation, The Python Language Reference, as in the module ``pydoc_data.topics`` of the
    Python that runs, PSF licence version 2.
    """
    from pydoc_data.topics import topics

    found: dict[str, tuple[str, str]] = {}
    for topic, text in topics.items():
        for paragraph in text.split("\n\n"):
            found.setdefault(" ".join(paragraph.split()), (paragraph.strip("\n"), topic))
    found.pop("", None)
    paragraphs, names = zip(*found.values(), strict=True)
    return Topics(list(paragraphs), list(names))
