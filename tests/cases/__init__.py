"""Tables of what is tested: one file a family, each with a list `CASES`."""
