"""Maps as SVG that need no script and no style sheet but that of lines: squares, their scale, numbers of lines."""

from __future__ import annotations

from html import escape

import numpy as np

from pyspice_models.report.page.blocks import Axis, Map
from pyspice_models.report.page.colours import png
from pyspice_models.report.page.ticks import linear_places
from pyspice_models.units import shown

_SIDE, _LEAST = 190.0, 26.0  # [px] of the longer side of the squares together, and of the shorter one at least
_LEFT, _TOP, _BOTTOM, _BAR, _RIGHT = 40.0, 6.0, 36.0, 10.0, 78.0


def map_drawing(block: Map) -> str:
    """One SVG image with a colour bar, and a title that screen readers read."""
    rows, cols = block.values.shape
    square = _SIDE / max(rows, cols)
    wide, high = max(cols * square, _LEAST), max(rows * square, _LEAST)
    bar, foot = _LEFT + wide + 12, _TOP + high
    all_wide, all_high = bar + _BAR + _RIGHT, foot + _BOTTOM
    low, high_end = block.ends
    words = f"{block.title}, {rows} by {cols}, from {shown(low, block.unit)} to {shown(high_end, block.unit)}"
    parts = [
        _picture(block, _LEFT, _TOP, wide, high),
        f'<rect class="frame" x="{_LEFT:g}" y="{_TOP:g}" width="{wide:.1f}" height="{high:.1f}"/>',
        _picture(_scale(block), bar, _TOP, _BAR, high),
        f'<rect class="frame" x="{bar:.1f}" y="{_TOP:g}" width="{_BAR:g}" height="{high:.1f}"/>',
    ]
    for value, y in ((high_end, _TOP + 9), (low, foot)):
        parts.append(f'<text x="{bar + _BAR + 5:.1f}" y="{y:.1f}">{escape(shown(value, block.unit, 3))}</text>')
    for line in _lines(cols, block.coarse):
        x = _LEFT + (line / block.coarse + 0.5) * wide / cols
        parts.append(f'<text class="x" x="{x:.1f}" y="{foot + 14:.1f}">{line}</text>')
    for line in _lines(rows, block.coarse):
        y = _TOP + (line / block.coarse + 0.5) * high / rows
        parts.append(f'<text class="y" x="{_LEFT - 4:g}" y="{y + 4:.1f}">{line}</text>')
    if block.aim is not None:
        x, y = _LEFT + block.aim[1] * wide / cols, _TOP + block.aim[0] * high / rows
        parts.append(
            f'<rect class="aim" x="{x:.1f}" y="{y:.1f}" width="{wide / cols:.1f}" height="{high / rows:.1f}"/>'
        )
    parts.append(f'<text class="name" x="{_LEFT + wide / 2:.1f}" y="{foot + 30:.1f}">{escape(block.cols.label)}</text>')
    parts.append(
        f'<text class="name" transform="translate(11 {_TOP + high / 2:.1f}) rotate(-90)">{escape(block.rows.label)}'
        "</text>"
    )
    return (
        f'<svg class="chart" viewBox="0 0 {all_wide:.0f} {all_high:.0f}" width="{all_wide:.0f}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


def _picture(block: Map, x: float, y: float, wide: float, high: float) -> str:
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{png(block)}"/>'
    )


def _scale(block: Map) -> Map:
    """The colours themselves, the highest on top."""
    shares = np.linspace(1.0, 0.0, 64)[:, None]
    return Map("scale", "", shares, colours=block.colours, low=0.0, high=1.0, rows=Axis(""), cols=Axis(""))


def _lines(count: int, coarse: int) -> list[int]:
    """Which lines bear their numbers."""
    last = (count - 1) * coarse
    return sorted({round(place) for place in linear_places(0.0, float(last), 5)} | {0}) if last else [0]
