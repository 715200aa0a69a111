"""A derivative is a walk over the list: backward with cotangents, forward with tangents or series, or with a batch."""
