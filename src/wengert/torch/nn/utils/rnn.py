"""``torch.nn.utils.rnn``: sequences of different lengths, padded and packed."""

from typing import Any

import wengert as wg

from ....names import missing_name as _missing_name
from ..functional import fronted

globals().update({name: fronted(getattr(wg.nn.utils.rnn, name)) for name in wg.nn.utils.rnn.__all__ if name.islower()})


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.utils.rnn")
