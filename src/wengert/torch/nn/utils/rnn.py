"""``torch.nn.utils.rnn``: sequences of different lengths, padded and packed."""

from typing import Any

import wengert as wg
from wengert.fronts.face import fronted

from ....names import missing_name as _missing_name
from ...tensor import Tensor

for _name in wg.nn.utils.rnn.__all__:
    if _name.islower():
        globals()[_name] = fronted(getattr(wg.nn.utils.rnn, _name), Tensor)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.utils.rnn")
