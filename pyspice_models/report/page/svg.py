"""Lines as SVG: what the page shows before its script runs, without one, and on paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from pyspice_models.report.page.blocks import Array, Axis, Curve, Curves
from pyspice_models.report.page.ticks import ticks
from pyspice_models.units import printed

_WIDE, _HIGH = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 12, 10, 44
Place = Callable[[Array], Array]
"""From values of an axis to dots."""

_DASHES = {"dashed": ' stroke-dasharray="5 4"'}


def drawing(figure: Curves, wide: int = _WIDE, high: int = _HIGH) -> str:
    """One SVG image, with a title that screen readers read."""
    x_ends = ends(figure.x, [*(c.x for c in figure.curves), np.array([at for _, at in figure.marks])])
    y_ends = ends(figure.y, [c.y for c in figure.curves])
    words = figure.x.scale == "words" and max(map(len, figure.x.places), default=0) > 9
    bottom = _BOTTOM + 46 * words

    def across(value: Array) -> Array:
        return _LEFT + (wide - _LEFT - _RIGHT) * _share(value, figure.x.scale, x_ends)

    def down(value: Array) -> Array:
        return high - bottom - (high - bottom - _TOP) * _share(value, figure.y.scale, y_ends)

    parts = [_grid(figure, wide, high - bottom, x_ends, y_ends, across, down, words)]
    for name, at in figure.marks:
        x = float(across(np.array(at)))
        parts.append(f'<path class="mark" d="M{x:.1f} {_TOP}V{high - bottom}"><title>{escape(name)}</title></path>')
    for curve in figure.curves:
        parts.append(_line(curve, across(curve.x), down(curve.y)))
    label = escape(f"{figure.title}: {figure.y.label} against {figure.x.label}")
    return (
        f'<svg class="chart" viewBox="0 0 {wide} {high}" role="img" aria-label="{label}">'
        f"{''.join(parts)}"
        f'<text class="name" x="{(_LEFT + wide - _RIGHT) / 2:.0f}" y="{high - 6}">{escape(_named(figure.x))}</text>'
        f'<text class="name" transform="translate(13 {(_TOP + high - bottom) / 2:.0f}) rotate(-90)">'
        f"{escape(_named(figure.y))}</text></svg>"
    )


def legend(figure: Curves) -> str:
    """Names of the lines with their colours, where there is more than one."""
    if len(figure.curves) < 2:
        return ""
    entries = "".join(f'<li class="c{curve.colour % 8}">{escape(curve.name)}</li>' for curve in figure.curves)
    return f'<ul class="legend">{entries}</ul>'


def _named(axis: Axis) -> str:
    return (
        f"{axis.label} ({printed(axis.unit)})" if axis.unit not in {"", "1"} and axis.scale != "words" else axis.label
    )


def _grid(
    figure: Curves, wide: int, foot: int, x_ends: tuple[float, float], y_ends: tuple[float, float], across: Place,
    down: Place, turned: bool,
) -> str:  # fmt: skip
    parts = []
    for place, text in ticks(figure.y, *y_ends, most=5):
        y = float(down(np.array(place)))
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{wide - _RIGHT}"/>')
        parts.append(f'<text class="y" x="{_LEFT - 5}" y="{y + 4:.1f}">{escape(text)}</text>')
    for place, text in ticks(figure.x, *x_ends):
        x = float(across(np.array(place)))
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{foot}"/>')
        if turned:
            parts.append(
                f'<text class="y" transform="translate({x + 3:.1f} {foot + 14}) rotate(-28)">{escape(text[:24])}</text>'
            )
        else:
            parts.append(f'<text class="x" x="{x:.1f}" y="{foot + 15}">{escape(text)}</text>')
    parts.append(f'<path class="frame" d="M{_LEFT} {_TOP}V{foot}H{wide - _RIGHT}"/>')
    return "".join(parts)


def _line(curve: Curve, x: Array, y: Array) -> str:
    colour = f"c{curve.colour % 8}"
    title = f"<title>{escape(curve.name)}</title>" if curve.name else ""
    found = []
    if curve.style != "points":
        path = _path(x, y, steps=curve.style == "steps")
        found.append(f'<path class="line {colour}"{_DASHES.get(curve.style, "")} d="{path}">{title}</path>')
    if curve.style in {"points", "both"} and len(x) <= 400:
        there = np.isfinite(x) & np.isfinite(y)
        dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x[there], y[there], strict=True))
        found.append(f'<path class="dots {colour}" d="{dots}">{title}</path>')
    return "".join(found)


def _path(x: Array, y: Array, *, steps: bool) -> str:
    parts, pen = [], False
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if not (math.isfinite(a) and math.isfinite(b)):
            pen = False
            continue
        if not pen:
            parts.append(f"M{a:.1f} {b:.1f}")
        elif steps:
            parts.append(f"H{a:.1f}V{b:.1f}")
        else:
            parts.append(f"L{a:.1f} {b:.1f}")
        pen = True
    return "".join(parts)


def _share(value: Array, scale: str, ends: tuple[float, float]) -> Array:
    low, high = ends
    if scale == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.log10(np.where(np.asarray(value) > 0, value, np.nan))
        low, high = math.log10(low), math.log10(high)
    return np.asarray((np.asarray(value, dtype=float) - low) / ((high - low) or 1.0))


def ends(axis: Axis, values: Sequence[Array]) -> tuple[float, float]:
    """What an axis shows: all values, and a little room."""
    if axis.scale == "words":
        return -0.4, max(len(axis.places), 1) - 0.6
    every = np.concatenate([np.ravel(value) for value in values]) if values else np.zeros(0)
    known = every[np.isfinite(every) & ((every > 0) | (axis.scale != "log"))]
    if not known.size:
        return (0.1, 1.0) if axis.scale == "log" else (0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if axis.scale == "log":
        room = (high / low) ** 0.04 if high > low else 2.0
        return low / room, high * room
    room = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room
