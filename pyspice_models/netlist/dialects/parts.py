"""Names by the line, and corners of waves: what several dialects write alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyspice_models.stimulus import Waveform


def eight_by_eight(names: Iterable[str]) -> Iterator[list[str]]:
    """Lists of eight, the last one shorter."""
    group: list[str] = []
    for name in names:
        group.append(name)
        if len(group) == 8:
            yield group
            group = []
    if group:
        yield group


def wrapped(names: Iterable[str], go_on: str) -> str:
    """Names, eight on a line; the lines behind the first begin with `go_on`."""
    return f"\n{go_on}".join(" ".join(group) for group in eight_by_eight(names))


def corners(wave: Waveform) -> list[tuple[float, float]]:
    """Times and values of a wave that is not constant, from 0 s on."""
    found = list(zip(wave.times, wave.values, strict=True))
    return found if found[0][0] <= 0 else [(0.0, wave.rest), *found]
