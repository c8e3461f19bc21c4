"""Table S1 as a map: energy against pulse width, with the simulated cell marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspice_models.lab.characterize import Sheet
from pyspice_models.lab.conditions import WIDTH
from pyspice_models.lab.published import PEERS
from pyspice_models.report.blank import blank
from pyspice_models.report.style import BLACK, BLUE, RED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# where a name would run into its neighbour or out of the picture: offset in points
_BESIDE = {"Ag2S CBM": (9, -4), "HxWO3 ECRAM": (-8, 4), "CuZnS CBM": (0, 8)}


def energy_map_figure(sheet: Sheet) -> Figure:
    """The devices of table S1 that state both numbers, and this cell."""
    figure = blank(figsize=(4.6, 3.4), layout="constrained")
    ax = figure.subplots()
    complete = [(p.device, p.pulse, p.energy) for p in PEERS if p.pulse is not None and p.energy is not None]
    for device, pulse, energy in complete:
        own = device.startswith("Ag2S")
        ax.loglog(pulse, energy, "s" if own else "o", color=BLACK if own else BLUE, mfc="none", ms=9 if own else 6)
        text = f"{device}, published" if own else device
        right, up = _BESIDE.get(device, (8, 4))
        side = "right" if right < 0 else "left"
        ax.annotate(text, (pulse, energy), xytext=(right, up), textcoords="offset points", fontsize=7, ha=side)
    ax.loglog(
        WIDTH, sheet.row("energy").finding.simulated, "*", color=RED, ms=8, label=f"this cell, simulated ({sheet.form})"
    )
    ax.set(
        xlabel="pulse width (s)", ylabel="switching energy (J)", xlim=(1e-9, 1e3), ylim=(3e-15, 1e-8), title="Table S1"
    )
    ax.legend(loc="upper right")
    without = sum(p.pulse is None or p.energy is None for p in PEERS)
    ax.text(
        0.02, 0.02, f"{without} devices of Table S1 state no pulse or no energy", transform=ax.transAxes, fontsize=6
    )
    return figure
