#!/usr/bin/env python3
"""Thousands of pulses on one array that is kept alive, and what all of them do to the cells that nobody aimed at.

    python scripts/examples/live_array.py [--size 64] [--pulses 10000] [--out out/live_array.npz]

Writes a random bit pattern again and again, one cell after the other at V/2: set pulses where the pattern has ones,
resets elsewhere. Every thousand pulses, and at least once a minute, it prints how well the states agree with the
pattern, the energy and the speed, and writes everything into a file; the same command goes on from there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from pyspice_models import Crossbar, Session, Write, pattern

EVERY, SECONDS = 1000, 60.0


def drive(size: int, pulses: int, out: Path) -> Session:
    """Pulse a `size` x `size` array, from where `out` stands if it is there."""
    session = Session(Crossbar(size, size).at_level(0.3))
    if out.exists():
        session.load(out)
        print(f"going on after {session.steps} pulses")
    wanted = pattern("random", (size, size), seed=1) > 0.5
    order = np.random.default_rng(2).permutation(size * size)
    began, first = time.perf_counter(), session.steps
    saved = began
    while session.steps < pulses:
        row, col = divmod(int(order[session.steps % order.size]), size)
        session.apply(Write(row, col, voltage=0.3 if wanted[row, col] else -0.3))
        now = time.perf_counter()
        if session.steps % EVERY == 0 or session.steps == pulses or now - saved > SECONDS:
            w, rate, saved = session.states["w"], (session.steps - first) / (now - began), now
            print(
                f"{session.steps} pulses: ones {w[wanted].mean():.3f}, zeros {w[~wanted].mean():.3f}, "
                f"{session.energies['delivered']:.3g} J, {rate:.0f} pulses a second"
            )
            session.save(out)
    return session


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("--size", type=int, default=64)
    words.add_argument("--pulses", type=int, default=10_000)
    words.add_argument("--out", type=Path, default=Path("out/live_array.npz"))
    given = words.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    drive(given.size, given.pulses, given.out)
