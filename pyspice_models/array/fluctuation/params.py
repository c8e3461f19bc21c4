"""What fluctuates within one run, and by how much: the table `[fluctuation]` of a study, off by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array.fluctuation.draws import seed_of
from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED

_CYCLES = "choice: the paper shows that cycles differ (S7) and states no number"
_NOTHING = "choice: of this cell's read noise nothing is known"
DECADE = 10.0


@dataclass(frozen=True)
class FluctuationParams(ParameterSet):
    """Pulses of which each does a little more or less than the last, and cells whose conductance is never quite still.

    Raises:
        RequestError: a band of less than a decade.
    """

    not_varied: ClassVar[str] = "a fluctuation moves distributions; at 0, as by default, there is none"

    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of all pulses and all noise of the array")
    # from pulse to pulse
    pulse_mobility: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source=_CYCLES,
        about="lognormal spread of all rates of a cell, drawn anew at each pulse that is aimed at it",
    )  # fmt: skip
    pulse_site: float = quantity(
        0.0, "", low=0, high=0.2, tag="assumed", source=_CYCLES,
        about="spread of the voltage at which a filament nucleates, or of a cell's thresholds, from pulse to pulse",
    )  # fmt: skip
    pulse_growth: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source=_CYCLES,
        about="lognormal spread of both filament rates from pulse to pulse",
    )  # fmt: skip
    pulse_own: float = quantity(
        0.0, "", low=0, high=10, tag="assumed", source="choice of the user",
        about="of a user's own cell: its parameters' cycle_spread, times this, drawn anew at each pulse",
    )  # fmt: skip
    # read noise
    flicker: float = quantity(
        0.0, "", low=0, high=0.1, tag="assumed",
        source="0.01 to 1 % for silver filaments of another work (10.1039/c8nr09985e); of this cell nothing is known",
        about="1/f noise of a cell's conductance: its r.m.s. within the band, as a share",
    )  # fmt: skip
    flicker_low: float = quantity(
        1.0, "Hz", low=1e-6, high=1e9, tag="assumed", source=_NOTHING, about="lower end of the band of 1/f noise",
    )  # fmt: skip
    flicker_high: float = quantity(
        100e3, "Hz", low=1e-6, high=1e12, tag="assumed", source="the bandwidth of a read, sensing.bandwidth",
        about="upper end of the band of 1/f noise",
    )  # fmt: skip
    telegraph: float = quantity(
        0.0, "", low=0, high=0.5, tag="assumed", source=_NOTHING,
        about="step of a cell's conductance when its trap changes, as a share of the mean (random telegraph noise)",
    )  # fmt: skip
    telegraph_up: float = quantity(
        1e-3, "s", low=1e-9, high=1e9, tag="assumed", source=_NOTHING,
        about="mean time that a trap leaves the cell in its higher state",
    )  # fmt: skip
    telegraph_down: float = quantity(
        1e-3, "s", low=1e-9, high=1e9, tag="assumed", source=_NOTHING,
        about="mean time that a trap leaves the cell in its lower state",
    )  # fmt: skip
    telegraph_spread: float = quantity(
        0.0, "", low=0, high=3, tag="assumed", source=_NOTHING,
        about="spread of both times between cells, one factor for both [decades]",
    )  # fmt: skip
    telegraph_share: float = quantity(
        1.0, "", low=0, high=1, tag="assumed", source=_NOTHING, about="of the cells that have a trap",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check, the band too."""
        super().__post_init__()
        if self.flicker_high < DECADE * self.flicker_low * (1 - 1e-9):
            raise RequestError.for_value(
                "fluctuation.flicker_high", self.flicker_high, unit="Hz",
                allowed=f">= {DECADE * self.flicker_low:g}",
                advice="That is ten times flicker_low: a band of 1/f noise is a decade or more.",
            )  # fmt: skip

    @property
    def pulses(self) -> bool:
        """Whether pulses differ."""
        return any(getattr(self, name) > 0 for name in PULSES)

    @property
    def noise(self) -> bool:
        """Whether conductances are noisy."""
        return self.flicker > 0 or (self.telegraph > 0 and self.telegraph_share > 0)

    @property
    def acts(self) -> bool:
        """Whether anything fluctuates."""
        return self.pulses or self.noise


def fluctuation_of(params: FluctuationParams, name: str) -> FluctuationParams:
    """The same with a seed of its own for one array, or cycle, of many; unchanged where nothing fluctuates."""
    return params.replace(seed=seed_of(params.seed, name)) if params.acts else params


PULSES = ("pulse_mobility", "pulse_site", "pulse_growth", "pulse_own")
"""Spreads from pulse to pulse."""
