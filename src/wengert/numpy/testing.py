"""As ``numpy.testing``: comparisons of tensors with each other and with arrays."""

from typing import TYPE_CHECKING, Any

import numpy.testing

from .protocols.mirrors import Mirror

Mirror(numpy.testing)  # which stands in this module's place from here on

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
