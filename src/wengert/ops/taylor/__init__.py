"""Truncated power series of operations: the recurrences that are better than what a derivative rule gives by itself.

Where nothing is stated here, an operation that is linear is applied to each coefficient, and every other follows its
own derivative, y' = f'(x) x' (see `wengert.walks.taylor`).

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), chapter 13.
"""
