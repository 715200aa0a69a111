"""An interrupt at any moment within the beginning or the end of a block leaves the modes as they were."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dis import opname
from types import FrameType
from typing import Any

import pytest

import wengert as wg
from wengert.compile.record import taking_turns
from wengert.core import lookout, state

FILES = {module.__file__ for module in (state, lookout, taking_turns)}


class Interrupting:
    """Raises an interrupt at the n-th moment at which Python may do so in a file of `FILES`, which is after a call.

    Where a function of ours begins it may do so as well: before the first step of an end nothing can be undone.
    """

    def __init__(self, moment: int) -> None:
        self.left = moment
        self.after_call = False

    def __enter__(self) -> None:
        sys.settrace(self.trace)

    def __exit__(self, *exception: Any) -> None:
        sys.settrace(None)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            was_call, self.after_call = self.after_call, "CALL" in opname[frame.f_code.co_code[frame.f_lasti]]
            if was_call and not self.after_call:
                self.left -= 1
                if self.left == 0:
                    sys.settrace(None)
                    raise KeyboardInterrupt
        return self.trace


def all_state() -> list[Any]:
    own = state.state
    return [
        *(state.records(), state._innermost.get(), state._derivatives.used, state._recordings.used),
        *(own.depth, own.recordings, own.kept, own.lookout, sys.getprofile()),
        taking_turns._recordings.lock._is_owned(),
    ]


BLOCKS: dict[str, Callable[[], Any]] = {
    "no_grad": wg.no_grad,
    "enable_grad": wg.enable_grad,
    "derivative": state.Watch,
    "recording": lambda: state.Watch(abstract=True),
    "unwatched": lambda: state.Unwatched(2),
    "turn": taking_turns.recording_turn,
    "lookout": lambda: lookout.looking_on(lambda *told: None),
}


@pytest.mark.parametrize("outer", [None, *BLOCKS])
@pytest.mark.parametrize("inner", BLOCKS)
def test_interrupts_leave_modes_as_they_were(outer: str | None, inner: str) -> None:
    before = all_state()
    moments = 0
    for moment in range(1, 60):
        try:
            with BLOCKS[outer]() if outer else nullcontext(), Interrupting(moment), BLOCKS[inner]():
                pass
        except KeyboardInterrupt:
            moments += 1
        assert all_state() == before, moment
    assert moments
