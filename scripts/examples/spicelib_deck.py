#!/usr/bin/env python3
"""Edit and run an exported deck with spicelib: how much does the resistance before a cell cost of its writing?

    python scripts/examples/spicelib_deck.py [OUT]

Exports a bundle to OUT/bundle, takes the deck of one cell under 10 set and 10 reset pulses from it, gives the resistor
and the initial state other values, runs ngspice through spicelib, and prints the state after the set pulses.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from spicelib import RawRead, SimRunner, SpiceEditor
from spicelib.simulators.ngspice_simulator import NGspiceSimulator

from pyspice_models import Bundle, output_folder, write_bundle

RESISTANCES = (1e3, 1e6, 1e7)  # [ohm]
START, AFTER_SET = 0.2, 20.5e-6  # state, [s]


def exported_deck(out: Path) -> Path:
    """The deck from a fresh bundle, in the spelling that spicelib reads: elements in capitals, each on one line."""
    with output_folder(out / "bundle", force=True) as folder:  # an earlier bundle goes
        write_bundle(Bundle(dialects=["ngspice"]), folder)
    text = (out / "bundle" / "ngspice" / "cell_pulses_subckt.cir").read_text(encoding="ascii")
    text = re.sub(r"\n\+ *", " ", text)
    deck = out / "spicelib" / "deck.cir"
    deck.parent.mkdir(parents=True, exist_ok=True)
    deck.write_text(re.sub(r"^[a-z](?=\w* )", lambda letter: letter[0].upper(), text, flags=re.MULTILINE))
    return deck


def states_after_set(deck: Path) -> dict[float, tuple[float, float]]:
    """State at the start and after the set pulses, by the resistance before the cell [ohm]."""
    runner = SimRunner(simulator=NGspiceSimulator, output_folder=str(deck.parent / "runs"))
    found = {}
    for ohms in RESISTANCES:
        editor = SpiceEditor(deck)
        editor.set_component_value("Rs0", f"{ohms:g}")
        editor.set_component_parameters("X_0", w0=START)
        raw, _ = runner.run_now(editor, run_filename=f"r_{ohms:g}.cir")
        waves = RawRead(raw)
        time, w = (np.asarray(waves.get_trace(name).get_wave(0)) for name in ("time", "v(x_0.w)"))
        found[ohms] = float(w[0]), float(np.interp(AFTER_SET, time, w))
    return found


def main(out: Path) -> dict[float, tuple[float, float]]:
    """Export, edit, run, print."""
    found = states_after_set(exported_deck(out))
    for ohms, (before, after) in found.items():
        print(f"{ohms:8.0f} ohm: w = {before:.3f} before, {after:.3f} after 10 set pulses")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
