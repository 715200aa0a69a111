"""Scripts are run by the tests of the fronts, and not collected."""

collect_ignore_glob = ["*/scripts/*"]
