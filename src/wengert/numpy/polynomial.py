"""As ``numpy.polynomial``; for derivatives, write ``np.polyval`` and its like."""

from typing import TYPE_CHECKING, Any

import numpy.polynomial

from .protocols.mirrors import Mirror

Mirror(numpy.polynomial)  # which stands in this module's place from here on

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
