"""``torch.optim.lr_scheduler``: the engine's schedulers, which write the rates of any optimizer that has groups."""

from typing import Any

import wengert as wg

from ...names import missing_name as _missing_name

globals().update({name: getattr(wg.optim.lr_scheduler, name) for name in wg.optim.lr_scheduler.__all__})

_LRScheduler = wg.optim.lr_scheduler.LRScheduler


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.optim.lr_scheduler")
