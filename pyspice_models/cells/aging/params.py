"""The numbers of the `[aging]` table: none of them is measured on the cells that ship."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, choice, chosen, quantity, stated, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED

LAWS = ("log", "stretched")

_UNKNOWN = "choice: the Ag2S paper says nothing of it"


@dataclass(frozen=True)
class AgingParams(ParameterSet):
    """Relaxation after a write, retention, and wear of every cell; each is off where its first number is 0.

    Spreads are standard deviations of a logarithm, cut at four of them.
    """

    # relaxation: part of what a write changed comes back
    relax_share: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source=_UNKNOWN,
        about="share of what a write changed that comes back in the end; 0: none",
        plausible=chosen(0.0, 0.3, "none to a third"),
    )  # fmt: skip
    relax_law: str = choice(
        "log", *LAWS, about="how it comes back: log, evenly over the logarithm of the time, or stretched, "
        "1 - exp(-(t/relax_time)^relax_stretch)",
    )  # fmt: skip
    relax_start: float = quantity(
        1e-6, "s", above=0, high=1e6, tag="assumed", source=_UNKNOWN, about="log: from when on it comes back",
        plausible=chosen(1e-8, 1e-3, "from a pulse's edge to a slow read"),
    )  # fmt: skip
    relax_span: float = quantity(
        1e2, "s", above=0, high=1e12, tag="assumed",
        source="choice; in another RRAM (10.1038/s41586-022-04992-8) relaxation is faster than the later loss",
        about="log: by when all of the share has come back", plausible=chosen(1.0, 1e4, "a second to hours"),
    )  # fmt: skip
    relax_time: float = quantity(
        1e-3, "s", above=0, high=1e12, tag="assumed", source=_UNKNOWN, about="stretched: time in which 1 - 1/e is back",
        plausible=chosen(1e-6, 1.0, "microseconds to seconds"),
    )  # fmt: skip
    relax_stretch: float = quantity(
        0.4, "", low=0.2, high=1, tag="assumed", source=_UNKNOWN, about="stretched: its exponent",
        plausible=chosen(0.2, 1.0, "many time constants to a single one"),
    )  # fmt: skip
    relax_spread: float = quantity(
        0.3, "", low=0, high=2, tag="assumed", source=_UNKNOWN,
        about="lognormal spread of the share, from write to write and from cell to cell",
        plausible=chosen(0.0, 1.0, "none to a factor of three"),
    )  # fmt: skip

    # retention: a state at rest goes to retain_level
    retain_time: float = quantity(
        1e6, "s", low=0, high=1e15, tag="assumed",
        source="with retain_stretch a tenth is lost after 10^4 s, which another device of the group keeps its states "
        "(abstract, 10.1021/acsami.2c11183)",
        about="time in which 1 - 1/e of a state is lost at retain_reference, of the median cell; 0: none is",
        plausible=chosen(1e4, 1e9, "what is kept for 10^4 s, to thirty years"),
    )  # fmt: skip
    retain_stretch: float = quantity(
        0.5, "", above=0, high=1, tag="assumed", source=_UNKNOWN,
        about="exponent: a state is exp(-(t/retain_time)^retain_stretch) of what was written",
        plausible=chosen(0.2, 1.0, "many time constants to a single one"),
    )  # fmt: skip
    retain_energy: float = quantity(
        0.58, "eV", low=0, high=5, tag="assumed",
        source="switching of another Ag2S switch at low bias (abstract, 10.1021/jz900375a); loss itself is not stated",
        about="activation energy of retain_time",
        plausible=stated(0.2, 1.32, "silver-ion hopping, to what that switch showed at high bias"),
    )  # fmt: skip
    retain_reference: float = quantity(
        300.0, "K", above=0, high=1000, tag="assumed", source="room temperature",
        about="temperature at which retain_time holds", plausible="a definition: where the time holds",
    )  # fmt: skip
    retain_level: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source="choice: silver goes back into the film",
        about="where the level of a cell at rest goes; other states go to 0",
        plausible=chosen(0.0, 0.5, "off, to the middle of the window"),
    )  # fmt: skip
    retain_spread: float = quantity(
        0.5, "", low=0, high=3, tag="assumed", source=_UNKNOWN, about="lognormal spread of retain_time between cells",
        plausible=chosen(0.0, 1.5, "none to a factor of five"),
    )  # fmt: skip
    retain_written: float = quantity(
        0.01, "", above=0, high=1, tag="assumed", source="choice: more than a disturb, less than a pulse",
        about="change of a state from which on it counts as written anew, and its loss begins again",
        plausible=chosen(1e-3, 0.05, "a disturb to a pulse"),
    )  # fmt: skip

    # endurance: the window closes
    wear_cycles: float = quantity(
        1e6, "", low=0, high=1e15, tag="assumed",
        source="10^3 cycles are shown (S14a), 10^5 of another device of the group (abstract, 10.1021/acsami.2c11183): "
        "ten times that",
        about="cycles after which half of the window is left, of the median cell; 0: it does not wear. A cycle is a "
        "way of 2 through the window",
        plausible=chosen(1e5, 1e9, "the 10^5 of the abstract, to what oxides reach"),
    )  # fmt: skip
    wear_power: float = quantity(
        1.0, "", above=0, high=10, tag="assumed", source=_UNKNOWN,
        about="exponent: the window is 2^-(cycles/wear_cycles)^wear_power of what it was",
        plausible=chosen(0.3, 3.0, "from soon and slowly to late and at once"),
    )  # fmt: skip
    wear_level: float = quantity(
        0.5, "", low=0, high=1, tag="assumed", source=_UNKNOWN,
        about="level at which the window closes: 0 loses its top, 1 its bottom",
        plausible=chosen(0.0, 1.0, "cells that fail off, to cells that fail on"),
    )  # fmt: skip
    wear_spread: float = quantity(
        0.5, "", low=0, high=3, tag="assumed", source=_UNKNOWN, about="lognormal spread of wear_cycles between cells",
        plausible=chosen(0.0, 1.5, "none to a factor of five"),
    )  # fmt: skip
    cycles: float = quantity(
        0.0, "", low=0, high=1e15, tag="assumed", source="choice of the user",
        about="cycles that every cell has had before the study", plausible="the study's to state",
    )  # fmt: skip
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of all spreads: another seed is another array")
    draw: int = whole_quantity(
        0, low=0, high=MAX_SEED, about="of what differs from write to write: another one is the same array once more"
    )

    def __post_init__(self) -> None:
        """The log law needs a way from its start to its end."""
        super().__post_init__()
        if not self.relax_start < self.relax_span:
            raise RequestError.for_value(
                "aging.relax_start", self.relax_start, unit="s", allowed=f"> 0 and < relax_span, {self.relax_span:g} s"
            )

    @property
    def relaxes(self) -> bool:
        """Whether anything comes back after a write."""
        return self.relax_share > 0

    @property
    def loses(self) -> bool:
        """Whether states at rest are lost."""
        return self.retain_time > 0

    @property
    def wears(self) -> bool:
        """Whether windows close."""
        return self.wear_cycles > 0

    @property
    def acts(self) -> bool:
        """Whether anything does."""
        return self.relaxes or self.loses or self.wears
