"""Which process this is, by what launchers say; nothing here needs JAX."""

from __future__ import annotations

import re
from typing import Any

import pytest

from wengert.distributed.places import Place, place_in

OURS = {"WENGERT_COORDINATOR": "here:1", "WENGERT_PROCESSES": "4", "WENGERT_PROCESS": "3"}


@pytest.mark.parametrize(
    ("environment", "given", "place"),
    [
        ({}, {}, None),
        (OURS, {}, Place("here:1", 4, 3)),
        ({**OURS, "SLURM_NTASKS": "8", "SLURM_PROCID": "7"}, {}, Place("here:1", 4, 3)),
        (OURS, {"coordinator": "there:2", "process": 1}, Place("there:2", 4, 1)),
        ({"SLURM_NTASKS": "8", "SLURM_PROCID": "7"}, {}, Place(None, 8, 7)),
        ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"}, {}, Place(None, 2, 0)),
        ({"PMI_SIZE": "2", "PMI_RANK": "1", "WENGERT_COORDINATOR": "here:1"}, {}, Place("here:1", 2, 1)),
        ({"PMI_SIZE": "1", "PMI_RANK": "0"}, {}, Place(None, 1, 0)),
    ],
)
def test_places(environment: dict[str, str], given: dict[str, Any], place: Place | None) -> None:
    assert place_in(environment, **given) == place


@pytest.mark.parametrize(
    ("environment", "given", "text"),
    [
        (
            {"PMI_SIZE": "2", "PMI_RANK": "1"},
            {},
            "[initialize] coordinator=None, processes=2 and process=1 are known, wanted all three; write "
            "initialize('host:1234', processes=4, process=0), set WENGERT_COORDINATOR, WENGERT_PROCESSES and "
            "WENGERT_PROCESS, or start with wengert launch",
        ),
        (
            OURS,
            {"process": 4},
            "[initialize] process=4 of processes=4 was given, wanted a number from 0 to 3; write process=3 for the "
            "last one",
        ),
    ],
)
def test_what_is_missing(environment: dict[str, str], given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(text)}( \(at .*\))?$"):
        place_in(environment, **given)
