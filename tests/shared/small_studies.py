"""Pieces of study files that many tests put together: an array, a program, what is asked of many runs."""

from __future__ import annotations


def array(rows: int, cols: int, initial: str = "") -> str:
    """`[array]`, with the lines of `[array.initial]` if there are any."""
    return f"[array]\nrows = {rows}\ncols = {cols}\n" + (f"[array.initial]\n{initial}\n" if initial else "")


def write_then_read(row: int, col: int, read: str = "") -> str:
    """A program that writes a cell and reads it; `read` are more lines of the second step."""
    place = f"row = {row}\ncol = {col}\n"
    return f'[[program]]\ndo = "write"\n{place}[[program]]\ndo = "read"\n{place}{read}'


def many(seed: int, runs: int, *limits: str) -> str:
    """Tables of a Monte Carlo study."""
    kept = "".join(f"{limit}\n" for limit in limits)
    return f"[variability]\nseed = {seed}\n[montecarlo]\nruns = {runs}\n" + (
        f"[montecarlo.limits]\n{kept}" if kept else ""
    )


CHECKERBOARD = 'pattern = "checkerboard"'
UNIFORM = 'pattern = "uniform"\nlow = 0.3'
IDENTITY = '[write_verify]\npattern = "identity"\n'
"""What write-verify is to reach."""
