"""Layout of the memory that the threads of the pool share: the places of its words.

Those that different threads write are in cache lines of their own.
"""

TICKET = 0
"""The next chunk to be taken; the number of the job in its upper half."""

DONE = 8
"""The chunks that are done."""

JOB, TASK_PLACE, FRAME_PLACE, COUNT_PLACE = 16, 17, 18, 19
"""The number of the job, its function, the frame that this is given, and the number of chunks."""

BUSY, WAITING = 24, 25
"""Whether there is a job, and how many wait for the end of one."""

IS_OF_MAIN, STOPPED = 26, 27
"""Whether the job is the main thread's, and whether a signal has ended it."""

WORKER = 28
"""The key under which a thread finds that it works here."""

SLEEPERS = 32
"""The workers that sleep."""

MUTEX, POSTED, FINISHED = 40, 56, 64
"""The lock of POSIX, and its conditions: a job is there, a job is done."""

WORDS = 80
"""The length of the memory, in words of 8 bytes."""
