"""Runs a deck in neospice and writes its waves as CSV: python3 run_neospice.py DECK WAVES"""

from __future__ import annotations

import csv
import sys

import neospice


def main(deck: str, output: str) -> None:
    """Every saved vector by its name, the time first."""
    waves = neospice.run(deck).transient
    if not waves.status.converged:
        sys.exit(f"neospice did not converge on {deck}")
    names = waves.signal_names()
    columns = [waves.voltage(name) if name.startswith("v(") else waves.current(name) for name in names]
    with open(output, "w", newline="") as file:  # noqa: PTH123
        writer = csv.writer(file)
        writer.writerow(["time", *names])
        writer.writerows(zip(waves.time, *columns))  # noqa: B905


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
