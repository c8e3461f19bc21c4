"""One thread for linear algebra."""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Keep BLAS to one thread inside the block.

    On small matrices its threads wait for each other longer than they work, and where other processes use the cores,
    as in a sweep, forty times longer: 256 inputs of a 256 x 256 array took 0.7 s with one thread, 27 s with two.
    """
    # sets a variable of Intel's OpenMP when it is imported: not before it is needed
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits
