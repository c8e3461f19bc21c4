"""Read margins against the size of the array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = (
    ("current", "current", (("margin", "one reference for all patterns", style.RED, "s"),
                            ("swing", "same pattern", style.BLUE, "o"))),
    ("voltage", "voltage on the pull-up", (("margin", "one reference for all patterns", style.RED, "s"),
                                           ("swing", "same pattern", style.BLUE, "o"))),
)  # fmt: skip


def save_margin_picture(margins: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw margins and swings of currents on the left, of voltages on the right."""
    save_figures(path.parent, {path.name: lambda: _figure(margins)})


def _figure(margins: Sequence[Mapping[str, Any]]) -> Figure:
    figure = blank(figsize=(6.8, 2.9), layout="constrained")
    for ax, (kind, title, parts) in zip(figure.subplots(1, 2), KINDS, strict=True):
        draw_margins(ax, margins, kind, parts)
        ax.set_title(title)
    return figure


def draw_margins(ax: Axes, margins: Sequence[Mapping[str, Any]], kind: str, parts: Sequence[tuple[str, ...]]) -> None:
    """One kind, "current" or "voltage", against the number of lines, from -1 on: below 0 nothing can be read."""
    sizes = [m["rows"] for m in margins]
    for part, label, color, marker in parts:
        ax.semilogx(sizes, [m[f"{kind}_{part}"] for m in margins], color=color, marker=marker, ms=4, label=label)
    if kind == "voltage":
        best = [m["best_voltage_swing"] for m in margins]
        ax.semilogx(sizes, best, color=style.GREEN, marker="v", ms=4, label="same pattern, best pull-up")
        ax.axhline(0.1, color=style.BLACK, ls=":", lw=0.8)
        ax.annotate("10 %", (sizes[-1], 0.1), ha="right", va="bottom")
    ax.axhline(0.0, color=style.BLACK, lw=0.6)
    ax.set_ylim(bottom=max(ax.get_ylim()[0], -1.0), top=1.0 if kind == "current" else None)
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel("word lines = bit lines")
    ax.set_ylabel("margin (share)" if kind == "current" else "margin (share of the supply)")
    ax.legend()
