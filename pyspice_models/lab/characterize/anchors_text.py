"""The comparisons as rows of text: the same for the screen and for docs/anchors.md."""

from __future__ import annotations

from collections.abc import Sequence

from pyspice_models.lab.characterize.anchors import Anchors, Compared
from pyspice_models.lab.characterize.peers import ComparedPeer
from pyspice_models.units import show

ANCHOR_COLUMNS = ("anchor", "what", "published", "simulated", "verdict", "from", "calibrated to it", "how, and source")
PEER_COLUMNS = ("device of Table S1", "write voltage [V]", "pulse", "its energy", "this cell's", "w moves by", "note")


def anchor_rows(compared: Anchors) -> list[tuple[str, ...]]:
    """A row for each anchor, as ANCHOR_COLUMNS."""
    return [_anchor_row(row) for row in compared.rows]


def peer_rows(compared: Anchors) -> list[tuple[str, ...]]:
    """A row for each device of Table S1, as PEER_COLUMNS."""
    return [_peer_row(row) for row in compared.peers]


def markdown(compared: Anchors) -> str:
    """Both tables for a page of the documentation."""
    return "\n\n".join(
        "\n".join(_line(cells) for cells in (columns, ["---"] * len(columns), *rows))
        for columns, rows in (
            (ANCHOR_COLUMNS, anchor_rows(compared)),
            (PEER_COLUMNS, peer_rows(compared)),
        )
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _anchor_row(row: Compared) -> tuple[str, ...]:
    a = row.anchor
    return (
        a.id,
        a.quantity,
        f"at least {_range(a.published, a.unit)}" if a.relation == "at least" else _range(a.published, a.unit),
        "none" if row.simulated is None else _bound(row),
        row.verdict,
        a.tag,
        ", ".join(a.calibrated) or "no",
        "; ".join(text for text in (a.simulated, row.note, a.source) if text),
    )


def _bound(row: Compared) -> str:
    assert row.simulated is not None
    text = _range(row.simulated, row.anchor.unit)
    # a time within which nothing was seen to happen
    return f"at least {text}" if row.is_bound else text


def _range(ends: tuple[float, float], unit: str) -> str:
    low, high = (_short(end, unit) for end in ends)
    if ends[1] == float("inf"):
        return f"above {low}"
    return low if low == high else f"{low} to {high}"


def _short(value: float, unit: str) -> str:
    """Two digits."""
    return show(float(f"{value:.2g}"), unit) if unit else f"{value:.2g}"


def _peer_row(row: ComparedPeer) -> tuple[str, ...]:
    p = row.peer
    return (
        p.device,
        p.write_voltage,
        "-" if p.pulse is None else show(p.pulse, "s"),
        "-" if p.energy is None else show(p.energy, "J"),
        "-" if row.energy is None else _short(row.energy, "J"),
        "-" if row.change is None else f"{row.change:.2g}",
        row.note,
    )
