#!/usr/bin/env python3
"""Compares a simulator's waves with the expected ones: python3 compare.py WAVES COLUMNS EXPECTED

WAVES is what the simulator wrote: a raw file (binary or ASCII, as ngspice, VACASK, Spectre's nutascii and `ltspice
-ascii` write it) or a CSV file with the time in its first column. COLUMNS tells what each expected column is called
there. Exit status 0: every wave is within 0.5 % of its quantity's full scale at every time of EXPECTED.

Python's own library is all it needs.
"""

from __future__ import annotations

import bisect
import csv
import re
import struct
import sys

TOLERANCE = 0.005


def read_waves(path: str) -> tuple[list[float], dict[str, list[float]]]:
    """Time and the other waves by name, in lower case."""
    with open(path, "rb") as file:  # noqa: PTH123
        data = file.read()
    if data[1:2] == b"\0":  # LTspice's header is UTF-16
        data = data.decode("utf-16-le").encode()
    if data.startswith(b"Title:") or b"\nVariables:" in data[:100000]:
        return read_raw(data)
    rows = list(csv.reader(data.decode().splitlines()))
    names = [name.strip().lower() for name in rows[0]]
    whole = [[float(cell) for cell in row] for row in rows[1:] if len(row) == len(names)]
    columns = [[row[i] for row in whole] for i in range(len(names))]
    return columns[0], dict(zip(names, columns))  # noqa: B905


def read_raw(data: bytes) -> tuple[list[float], dict[str, list[float]]]:
    """The same of a raw file."""
    match = re.search(rb"^(Binary|Values):\r?\n", data, re.MULTILINE)
    if match is None:
        sys.exit("no numbers in the raw file: the run stopped before its first time point")
    header, body = data[: match.start()].decode(errors="replace"), data[match.end() :]
    lines = [line for line in header.partition("\nVariables:")[2].splitlines() if line.strip()]
    names = [spelling(line.split()[1].lower()) for line in lines]
    if match.group(1) == b"Binary":
        numbers = [value for (value,) in struct.iter_unpack("<d", body[: len(body) // 8 * 8])]
    else:
        # a point is its number, then its values
        words = body.decode().replace(",", " ").split()
        numbers = [float(word) for i, word in enumerate(words) if i % (len(names) + 1)]
    count = len(numbers) // len(names) * len(names)
    columns = [numbers[i : count : len(names)] for i in range(len(names))]
    return columns[0], dict(zip(names, columns))  # noqa: B905


def spelling(name: str) -> str:
    """ngspice calls a parameter it takes for a voltage v(@n1[w])."""
    return name[2:-1] if name.startswith(("v(@", "i(@")) else name


def at(time: list[float], wave: list[float], moment: float) -> float:
    """A wave at a moment, between its points in a straight line."""
    k = bisect.bisect_left(time, moment)
    if k == 0 or k == len(time):
        return wave[min(k, len(time) - 1)]
    share = (moment - time[k - 1]) / (time[k] - time[k - 1])
    return wave[k - 1] + share * (wave[k] - wave[k - 1])


def main(waves_file: str, columns_file: str, expected_file: str) -> int:
    """Print how far each quantity is off; 0 if all are near."""
    time, waves = read_waves(waves_file)
    with open(columns_file, newline="") as file:  # noqa: PTH123
        columns = list(csv.DictReader(file))
    with open(expected_file, newline="") as file:  # noqa: PTH123
        expected = list(csv.DictReader(file))
    times = [float(row["time"]) for row in expected]
    if time[-1] < times[-1]:
        print(f"FAILED: the run ends at {time[-1]:g} s, expected are {times[-1]:g} s")  # noqa: T201
        return 1
    scale: dict[str, float] = {}
    worst: dict[str, tuple[float, float, str]] = {}
    for column in columns:
        quantity = column["quantity"]
        vector = column["vector"].lower()
        if vector not in waves:
            print(f"FAILED: {waves_file} holds no {column['vector']}")  # noqa: T201
            return 1
        wave = [value * float(column["scale"]) for value in waves[vector]]
        for moment, row in zip(times, expected):  # noqa: B905
            wanted = float(row[column["column"]])
            off = abs(at(time, wave, moment) - wanted)
            scale[quantity] = max(scale.get(quantity, 0.0), abs(wanted))
            if not off <= worst.get(quantity, (-1.0, 0.0, ""))[0]:
                worst[quantity] = (off, moment, column["column"])
    failed = False
    for quantity, full in scale.items():
        off, moment, where = worst[quantity]
        good = off <= TOLERANCE * full
        failed = failed or not good
        words = "ok" if good else "FAILED"
        share = 100 * off / full if full else 0.0
        print(f"{words:7}{quantity:18} off by {share:.3f} % of {full:.4g} at most, {where} at {moment:.4g} s")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
