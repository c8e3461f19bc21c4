"""Waves that are too many for a page: fewer samples, each one of the run's, extremes first; then fewer cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.report.page.blocks import Array, Channel, Waves
from pyspice_models.report.page.packing import packed

MOST = 2_600_000
"""Characters that the waves of a report may take: all of it stays below 4 MB."""

_SMALL, _OF_SMALL = 512, 700_000
"""Cells of an array that counts as small, and what its waves may take: its page stays below 1 MB."""

_FEWEST = 240
"""Samples that a wave keeps at least; before it has fewer, cells are left out."""

_AT_ONCE = 60_000_000
"""Numbers that are looked at; of larger results cells are left out first."""


def extremes(values: Array, buckets: int) -> NDArray[np.int64]:
    """Which samples to keep of each wave: the smallest and the largest of every bucket, and the first and the last.

    Args:
        values: shape (waves, samples).
        buckets: of neighbouring samples, as many in each.

    Returns:
        Places in rising order, shape (waves, 2 buckets + 2); one may stand twice.
    """
    waves, count = values.shape
    size = -(-count // buckets)
    padded = np.full((waves, size * buckets), np.nan)
    padded[:, :count] = values
    parts = padded.reshape(waves, buckets, size)
    low = np.where(np.isnan(parts), np.inf, parts).argmin(axis=2)
    high = np.where(np.isnan(parts), -np.inf, parts).argmax(axis=2)
    start = np.arange(buckets) * size
    found = np.sort(np.stack([low, high], axis=2) + start[None, :, None], axis=2).reshape(waves, -1)
    ends = np.zeros((waves, 1), dtype=np.int64)
    return np.asarray(np.minimum(np.concatenate([ends, found, ends + count - 1], axis=1), count - 1))


def fitted(waves: Waves, most: int = MOST) -> Waves:
    """The same waves, as many as fit, with a note of what was left out.

    Args:
        waves: all of them.
        most: characters that they may take.
    """
    cells = waves.shape[0] * waves.shape[1]
    most = min(most, _OF_SMALL) if cells <= _SMALL else most
    notes = []
    count = len(waves.time)
    per_cell = sum(channel.over == "cell" for channel in waves.channels.values())
    numbers = sum(len(channel.values) for channel in waves.channels.values()) * count
    bytes_each = 1.34 * _share(waves)
    room = int(most / max(bytes_each, 1e-3))
    if per_cell and numbers > room and (numbers > _AT_ONCE or room < _FEWEST * per_cell * cells):
        keep = max(int(room / (per_cell * min(count, 2 * _FEWEST))), 1)
        if keep < cells:
            waves = _fewer_cells(waves, keep)
            notes.append(
                f"The page has the waves of {keep} of the {cells} cells, those on lines that the program drives or "
                "reads first, and nearest to them; the result has all."
            )
    kept = count
    while _size(waves) > most and kept > 16:
        kept = max(int(0.95 * kept * most / _size(waves)), 16) if waves.places else min(kept, _first(waves, most))
        waves = _fewer_samples(waves, kept // 2)
    if waves.places:
        notes.append(
            f"Of {count} samples in time each wave has {kept // 2} pairs: the smallest and the largest of every "
            f"{-(-count // max(kept // 2, 1))} neighbours, so no peak is lost; every point shown is one of the result."
        )
    return replace(waves, notes=[*waves.notes, *notes])


def _share(waves: Waves) -> float:
    """Bytes that a number takes, of some of the waves."""
    total = taken = 0
    for channel in waves.channels.values():
        some = channel.values[:: max(len(channel.values) // 8, 1)]
        weight = len(channel.values) / max(len(some), 1)
        taken += int(len(packed(some, channel.floor)) * 0.75 * weight)
        total += channel.values.size
    return taken / max(total, 1)


def _first(waves: Waves, most: int) -> int:
    """Samples to keep, if all take about the same; those that stay are the less regular ones."""
    return max(int(0.7 * len(waves.time) * most / _size(waves)), 16)


def _size(waves: Waves) -> int:
    found = 0
    for name, channel in waves.channels.items():
        values = channel.values
        if (places := waves.places.get(name)) is not None:
            values = np.take_along_axis(values, places, axis=1)
            found += places.size  # about a byte for where it is
        found += len(packed(values, channel.floor))
    return found


def _fewer_samples(waves: Waves, buckets: int) -> Waves:
    return replace(
        waves, places={name: extremes(channel.values, buckets) for name, channel in waves.channels.items()}
    )  # fmt: skip


def _fewer_cells(waves: Waves, keep: int) -> Waves:
    rows, cols = waves.shape
    row, col = np.divmod(np.arange(rows * cols), cols)
    # lines of the first cell first, and on them the nearest
    far = np.minimum(abs(row - waves.cell[0]), abs(col - waves.cell[1])) * (rows + cols)
    far = far + abs(row - waves.cell[0]) + abs(col - waves.cell[1])
    chosen = np.sort(np.argsort(far, kind="stable")[:keep])

    def fewer(channel: Channel) -> Channel:
        return channel if channel.over != "cell" else replace(channel, values=channel.values[chosen], lines=chosen)

    return replace(waves, channels={name: fewer(channel) for name, channel in waves.channels.items()})
