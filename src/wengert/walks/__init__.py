"""A derivative is a walk over the list: backward with cotangents, forward with tangents, or with a batch."""
