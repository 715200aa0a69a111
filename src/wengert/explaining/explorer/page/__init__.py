"""The page, as it is built in ``explorer/``: one script and one style sheet."""
