"""Native entry: one machine-code routine that dispatches calls, and a table for each program that it can enter.

A small program takes less time than Python needs to find that it is the one to run. So what Python would check and
do for a plain call is written down in a table (a *door*), and done by a routine in machine code that is the
``__call__`` of every compiled function. Whatever a door does not know is left to Python, which does the same, slower.
"""
