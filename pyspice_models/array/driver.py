"""What stands at the ends of the lines: drivers on the word lines, sense resistors on the bit lines."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, choice, chosen, quantity
from pyspice_models.errors import RequestError


@dataclass(frozen=True)
class DriverParams(ParameterSet):
    """Driver and sense circuit, SI units.

    Raises:
        RequestError: rails with amplifiers, limiters or two ends; amplifiers or limiters at both ends of a line; a
            smooth limiter whose knee is sharper than a simulator can follow; a bandwidth or a capacitance of a limiter
            without one, or a bandwidth of two transistors.
    """

    kind: str = choice(
        "source",
        "source",
        "rail",
        about="lines end on ideal sources with slopes, or on switches (r_off open) to the rails that they need",
    )
    r_driver: float = quantity(
        1e3,
        "ohm",
        above=0,
        high=1e9,
        tag="assumed",
        source="a transmission gate",
        about="output resistance of a word-line driver",
        plausible=chosen(100.0, 10e3, "a decade either way"),
    )
    r_sense: float = quantity(
        1e3,
        "ohm",
        above=0,
        high=1e9,
        tag="assumed",
        source="input resistance of a current sense amplifier",
        about="input resistance of a bit line's sense circuit",
        plausible=chosen(100.0, 10e3, "a decade either way"),
    )
    r_off: float = quantity(
        1e12,
        "ohm",
        above=0,
        high=1e18,
        tag="assumed",
        source="leakage of a gate that is off",
        about="resistance of a driver that leaves its line floating",
        plausible=chosen(1e9, 1e13, "a leaky to a good gate"),
    )
    t_edge: float = quantity(
        10e-9,
        "s",
        above=0,
        high=1,
        tag="assumed",
        source="1 % of the 1 us pulse",
        about="rise and fall time of every pulse",
        plausible=chosen(1e-9, 50e-9, "a fast driver to a twentieth of a 1 us pulse"),
    )
    r_contact: float = quantity(
        10.0,
        "ohm",
        low=0,
        high=1e9,
        tag="assumed",
        source="pad and via",
        about="contact between a driver or sense circuit and its line, in series with it",
        plausible=chosen(1.0, 100.0, "a decade either way"),
    )
    both_ends: bool = choice(False, about="drive word lines, and hold bit lines, at both ends")
    sense: str = choice(
        "resistor",
        "resistor",
        "tia",
        about="bit lines end on their source through r_sense, or on a transimpedance amplifier",
    )
    r_feedback: float = quantity(
        100e3,
        "ohm",
        above=0,
        high=1e12,
        tag="assumed",
        source="0.1 V per uA",
        about="feedback resistance of the transimpedance amplifier",
        plausible="the gain of the read, the study's to choose",
    )
    c_feedback: float = quantity(
        100e-15,
        "F",
        above=0,
        high=1e-6,
        tag="assumed",
        source="keeps the amplifier stable on a line of 1 pF",
        about="feedback capacitance of the transimpedance amplifier",
        plausible=chosen(30e-15, 300e-15, "a factor of three either way"),
    )
    gain: float = quantity(
        1e4,
        "",
        low=10,
        high=1e7,
        tag="assumed",
        source="a two-stage amplifier",
        about="open-loop gain of the transimpedance amplifier at low frequency",
        plausible=chosen(1e3, 1e5, "a decade either way"),
    )
    gbw: float = quantity(
        100e6,
        "Hz",
        above=0,
        high=1e12,
        tag="assumed",
        source="a two-stage amplifier",
        about="gain-bandwidth product of the transimpedance amplifier",
        plausible=chosen(10e6, 1e9, "a decade either way"),
    )
    v_amplifier: float = quantity(
        1.0,
        "V",
        above=0,
        high=100,
        tag="assumed",
        plausible=chosen(0.5, 3.3, "from a core transistor's supply to that of its pads"),
        source="supply of a core transistor's circuits",
        about="each supply of a transimpedance amplifier's output stage: what its current is paid with",
    )
    p_amplifier: float = quantity(
        10e-6,
        "W",
        low=0,
        high=1,
        tag="assumed",
        plausible=chosen(1e-6, 100e-6, "a decade either way"),
        source="two stages of 5 uA at 1 V: gbw into 100 fF asks for 63 uS, at 13 S/A",
        about="quiescent power of a bit line's sense circuit while it senses; supply energy only, no heat in the array",
    )
    compliance: str = choice(
        "none",
        "none",
        "smooth",
        "mos",
        about="current limiter in every word-line driver: none, a smooth behavioural clamp, or two transistors",
    )
    i_limit: float = quantity(
        100e-6,
        "A",
        above=0,
        high=1,
        tag="measured",
        source="one of the compliances of S8",
        about="current at which the limiter holds a word line",
    )
    limit_bandwidth: float = quantity(
        0.0,
        "Hz",
        low=0,
        high=1e12,
        tag="assumed",
        source="a transistor beside the line limits at once; loops of instruments are a choice of the user",
        about="of the smooth limiter's loop: current overshoots for about 1/(2 pi limit_bandwidth); 0: limits at once",
        plausible="the instrument's, the study's to choose: some 10 kHz to 100 MHz, and 0 that limits at once",
    )
    limit_capacitance: float = quantity(
        0.0,
        "F",
        low=0,
        high=1e-6,
        tag="assumed",
        source="none: a limiter on the line; a coaxial cable has 100 pF/m",
        about="from each limiter's output to ground, of its cable or node: discharges into a cell that switches",
        plausible=chosen(0.0, 100e-12, "a limiter on the line, to a metre of cable"),
    )

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        super().__post_init__()
        if self.both_ends and self.sense == "tia":
            raise RequestError("driver.both_ends = true contradicts driver.sense = 'tia': a current has one amplifier")
        if self.both_ends and self.compliance != "none":
            raise RequestError("driver.both_ends = true contradicts driver.compliance: a limit needs a single end")
        if self.kind == "rail":
            for name, usual in (("sense", "resistor"), ("both_ends", False), ("compliance", "none")):
                if (other := getattr(self, name)) != usual:
                    raise RequestError(
                        f"driver.kind = 'rail' contradicts driver.{name} = {other!r}: switches to rails know only "
                        f"{usual!r}. Choose that, or driver.kind = 'source'."
                    )
        self._check_real_limiter()
        if self.compliance == "smooth" and self.r_driver * self.i_limit < (1 - 1e-9) * _SHARPEST:
            raise RequestError(
                f"driver.compliance = 'smooth' turns from a resistor into a current source at driver.r_driver x "
                f"driver.i_limit = {self.r_driver * self.i_limit:.2g} V, which no iteration follows; at least "
                f"{_SHARPEST:g} V: driver.r_driver >= {_SHARPEST / self.i_limit:.2g} ohm, or compliance = 'mos'"
            )

    def _check_real_limiter(self) -> None:
        """Refuse what a limiter would have where there is none, or where it does not have that."""
        if self.compliance == "none" and self.limit_capacitance > 0:
            raise RequestError(
                f"driver.limit_capacitance = {self.limit_capacitance:g} F needs a limiter: choose driver.compliance = "
                f"'smooth' or 'mos', or driver.limit_capacitance = 0"
            )
        if self.compliance != "smooth" and self.limit_bandwidth > 0:
            why = "none" if self.compliance == "none" else "transistors, which have no loop"
            raise RequestError(
                f"driver.limit_bandwidth = {self.limit_bandwidth:g} Hz is that of a limiter's loop, and "
                f"driver.compliance = {self.compliance!r} is {why}: choose driver.compliance = 'smooth', or "
                f"driver.limit_bandwidth = 0"
            )


_SHARPEST = 0.1e-3  # [V] of a knee: below, Newton's method goes to and fro between both sides, and steps shrink to none
