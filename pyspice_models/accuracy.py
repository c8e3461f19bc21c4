"""Numerical settings of a transient."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, quantity

_DEFAULT_ERROR = 5e-3
_MEASURED = "random studies within 0.5 % of runs at 0.01 %, see tests/study/test_random_studies.py"


@dataclass(frozen=True)
class Accuracy(ParameterSet):
    """Tolerances and longest step; the defaults keep energies within 0.5 %."""

    reltol: float = quantity(
        1e-4,
        "",
        low=1e-9,
        high=1e-2,
        tag="assumed",
        source=_MEASURED,
        about="relative tolerance",
    )
    abstol: float = quantity(
        1e-15,
        "A",
        above=0,
        high=1e-9,
        tag="assumed",
        source="reads are picoamperes",
        about="current tolerance",
    )
    vntol: float = quantity(
        1e-9,
        "V",
        above=0,
        high=1e-3,
        tag="assumed",
        source="reads are millivolts",
        about="voltage tolerance",
    )
    chgtol: float = quantity(
        1e-18,
        "C",
        above=0,
        high=1e-9,
        tag="assumed",
        source="cells hold femtocoulombs",
        about="charge tolerance",
    )
    steps_per_pulse: float = quantity(
        10.0,
        "",
        low=1,
        high=1e5,
        tag="assumed",
        source=_MEASURED,
        about="steps that a pulse has at least",
    )

    @classmethod
    def for_error(cls, error: float) -> Accuracy:
        """Settings that keep every energy, current and recovery time within `error`, a share.

        Measured in ngspice, nodal and VACASK on random studies against 0.01 % in each, see
        tests/study/test_random_studies.py
        and the floors in docs/studies.md; on 1R, 1T1R and 1S1R arrays against reltol 1e-6 with 200 steps to a pulse.
        Tolerances of currents, voltages and charges stay: 1e-15 A is the rounding of a stiff circuit, 1e-9 V a share
        of 2e-7 of a read, and what simulators compare charges with is reltol times theirs.

        Raises:
            RequestError: an error out of range.
        """
        error = _Stated(error).error
        base = cls()
        return cls(
            reltol=min(base.reltol * (error / _DEFAULT_ERROR), 1e-3),
            abstol=base.abstol,
            vntol=base.vntol,
            chgtol=base.chgtol,
            steps_per_pulse=max(base.steps_per_pulse, base.steps_per_pulse * 1e-3 / error),
        )

    @property
    def imbalance(self) -> float:
        """Share of the energy moved by sources that the books of a run may miss: a fifth of the error that these
        settings keep, so 0.1 % at the default. The coarser of tolerance and steps decides."""
        base = type(self)()
        coarser = max(self.reltol / base.reltol, base.steps_per_pulse / self.steps_per_pulse)
        return _DEFAULT_ERROR / 5 * coarser

    def longest_step(self, shortest_pulse: float, stop: float) -> float:
        """Longest time step [s] for a transient of length `stop` whose shortest pulse is this long.

        In a long program the step may grow beyond a share of the shortest pulse: what must be fine is kept so by
        restarts, see `paced`, or by a solver's own steps.
        """
        return max(shortest_pulse, stop / 50) / self.steps_per_pulse

    def tighter(self, factor: float = 10.0) -> Accuracy:
        """Tolerances and longest step smaller by `factor`: what a result is checked against."""
        return self.replace(
            reltol=self.reltol / factor,
            abstol=self.abstol / factor,
            vntol=self.vntol / factor,
            chgtol=self.chgtol / factor,
            steps_per_pulse=self.steps_per_pulse * factor,
        )


@dataclass(frozen=True)
class _Stated(ParameterSet):
    error: float = quantity(
        _DEFAULT_ERROR, "", low=1e-4, high=5e-2, tag="assumed", source="choice of the user",
        about="largest error of energies, currents and times",
    )  # fmt: skip
