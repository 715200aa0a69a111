"""Python's ``if``, ``while`` and ``for`` turned into structured control flow, from the source of a function.

`functions` finds the source and makes the new function, line by line where the user wrote it. On the way `jumps` turns
``return``, ``break`` and ``continue`` into flags, `statements` the bodies of statements into functions of their own,
and `expressions` what Python would ask for a truth value. What is left are calls of `operators`, which choose as they
run: Python's own way for values that are known, `wg.cond` and the loops for those that are not.

That a statement becomes a call of an operator which is given its body as a function, with functions that read and bind
its variables, is the form that AutoGraph has (Moldovan et al., "AutoGraph: Imperative-style coding with graph-based
performance", MLSys 2019). Its maintained version, diastatic-malt, was tried and is not used: it moves code to files of
its own, so that errors name other lines than the user's.
"""

from .functions import structured

__all__ = ["structured"]
