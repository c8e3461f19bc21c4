"""Sources of many lines: the corners that several lines have in common are formatted once."""

from __future__ import annotations

from collections import Counter

from pyspice_models.array import nodes
from pyspice_models.netlist.dialects import Dialect
from pyspice_models.netlist.rows import ROW
from pyspice_models.stimulus import Schedule, Waveform


class Sources:
    """Writes the sources of a schedule's lines."""

    def __init__(self, schedule: Schedule, dialect: Dialect) -> None:
        """In this dialect."""
        every = (schedule.word, schedule.bit, schedule.word_gate, schedule.bit_gate, schedule.gate)
        holders = Counter(id(wave) for waves in every for wave in waves)
        self._dialect = dialect
        self._shared = {wave for wave, count in holders.items() if count > 1}
        self._templates: dict[int, str] = {}

    def named(self, name: str, wave: Waveform) -> str:
        """The source `name`, from the node of the same name to ground."""
        if id(wave) not in self._shared:
            return self._dialect.source(name, name, nodes.GROUND, wave)
        if id(wave) not in self._templates:
            self._templates[id(wave)] = self._dialect.source(ROW, ROW, nodes.GROUND, wave)
        return self._templates[id(wave)].replace(ROW, name)
