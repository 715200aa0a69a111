"""Sequences padded and packed."""

from __future__ import annotations

import re

import numpy
import pytest

import wengert.numpy as np
from wengert.nn.utils import rnn

ROWS = [numpy.arange(2.0), numpy.arange(3.0, 8.0), numpy.array([9.0])]


def test_sequences_come_back() -> None:
    packed = rnn.pack_sequence(ROWS, enforce_sorted=False)
    assert packed.data.tolist() == [3, 0, 9, 4, 1, 5, 6, 7]
    assert packed.batch_sizes.tolist() == [3, 2, 1, 1, 1]
    for found, row in zip(rnn.unpack_sequence(packed), ROWS, strict=True):
        assert found.tolist() == row.tolist()
    padded, lengths = rnn.pad_packed_sequence(packed, batch_first=True, padding_value=-1.0, total_length=6)
    assert lengths.tolist() == [2, 5, 1]
    assert np.array_equal(padded, [[0, 1, -1, -1, -1, -1], [3, 4, 5, 6, 7, -1], [9, -1, -1, -1, -1, -1]])


def test_wrong_lengths_are_said() -> None:
    cases = {
        "[pack_padded_sequence] lengths [2, 4] for 2 sequences of 3 steps was given, wanted 2 lengths from 1 to 3; "
        "write one for each sequence, and batch_first=True where the sequences are the first axis": [2, 4],
        "[pack_padded_sequence] lengths [1, 3] was given, wanted the longest first; write enforce_sorted=False": [1, 3],
    }
    for text, lengths in cases.items():
        with pytest.raises(ValueError, match=re.escape(text)):
            rnn.pack_padded_sequence(np.ones((3, 2)), lengths)
