"""The static graph: recording a function once for each signature, simplifying the list, and running it."""

import time

IMPORTED = time.time()
"""When the source was read: what has changed since is not what runs."""
