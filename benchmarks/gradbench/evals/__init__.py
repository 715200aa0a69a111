"""The evals, a file each."""

from __future__ import annotations

from collections.abc import Mapping

from ..eval import Eval
from . import ba, det, gmm, hello, ht, kmeans, llsq, lse, lstm, ode, particle, saddle

EVALS: Mapping[str, Eval] = {
    module.EVAL.name: module.EVAL
    for module in (hello, llsq, lse, ode, det, kmeans, gmm, ba, ht, lstm, particle, saddle)
}
