"""Simulators that misbehave: scripts in the place of the real ones, and a good run to take apart."""

from __future__ import annotations

import os
import shutil
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.engine import Waves, engine
from pyspice_models.engine.toolchain import tools
from pyspice_models.errors import SimulationError
from pyspice_models.netlist import Deck

PROBED = {"ngspice": "*--version*|*probe.cir*", "vacask": "*--help*"}
"""What a simulator is asked before it is given a deck: there the fakes let the real one answer."""


@dataclass(frozen=True)
class Good:
    """A good run of the real simulator."""

    name: str
    deck: Deck
    waves: Waves
    raw: bytes
    offset: int
    columns: int

    @property
    def rows(self) -> int:
        return (len(self.raw) - self.offset) // (8 * self.columns)

    def with_time(self, row: int, moment: float) -> bytes:
        """The raw file with another number in the time column."""
        place = self.offset + 8 * self.columns * row
        return self.raw[:place] + struct.pack("<d", moment) + self.raw[place + 8 :]

    def time(self, row: int) -> float:
        return float(struct.unpack_from("<d", self.raw, self.offset + 8 * self.columns * row)[0])


def hanging_ngspice(folder: Path) -> str:
    """Path of an ngspice that answers what it is asked, and then simulates for ever."""
    program = folder / "hanging-ngspice"
    real = tools.find_ngspice().path
    program.write_text(f'#!/bin/sh\ncase "$*" in {PROBED["ngspice"]}) exec "{real}" "$@";; esac\nsleep 600 & wait\n')
    program.chmod(0o755)
    return str(program)


class Fake:
    """A script in the simulator's place that answers probes truly and treats a deck as told."""

    def __init__(self, good: Good, folder: Path) -> None:
        self.good, self.folder = good, folder
        self.program, self.leaves, self.run_folder = folder / "fake", folder / "leaves.raw", folder / "run"
        # now: from the first script on, the fake is what is found
        self.real = {"ngspice": tools.find_ngspice, "vacask": tools.find_vacask}[good.name]()
        assert self.real.found, self.real.missing_reason

    def does(self, what: str) -> None:
        self.program.write_text(
            f'#!/bin/sh\ncase "$*" in {PROBED[self.good.name]}) exec "{self.real.path}" "$@";; esac\n{what}\n'
        )
        self.program.chmod(0o755)
        os.environ[f"AG2S_{self.good.name.upper()}"] = str(self.program)

    def run(self, time_limit: float = 60) -> Waves:
        shutil.rmtree(self.run_folder, ignore_errors=True)
        self.run_folder.mkdir()
        return engine(self.good.name).run_deck(self.good.deck, self.run_folder, time_limit=time_limit)

    def run_on(self, raw: bytes) -> Waves:
        """Run a simulator that leaves this raw file."""
        self.leaves.write_bytes(raw)
        return self.run()

    def refused(self, run: Callable[[], object]) -> str:
        """The message of the SimulationError of a run, which names its folder."""
        with pytest.raises(SimulationError) as caught:
            run()
        assert caught.value.exit_code == 1
        assert caught.value.folder == self.run_folder
        assert str(self.run_folder) in str(caught.value)
        assert {path.suffix for path in self.run_folder.iterdir()} & {".cir", ".sim"}, "the deck is kept"
        return str(caught.value)


def same(left: Waves, right: Waves) -> bool:
    return (
        np.array_equal(left.time, right.time)
        and left.values.keys() == right.values.keys()
        and all(np.array_equal(left.values[name], right.values[name]) for name in left.values)
    )


def gone(number: int) -> bool:
    """Whether a process has ended; a killed one that nobody waits for is a zombie for a while."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False
