"""Sound files of every sort that the package reads, made by the package or as its documentation says."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

from fuzzing.inputs.trained import NETWORK_READERS, make_networks
from fuzzing.studies import STUDIES
from pyspice_models import Crossbar, Read, Study, Wait, Write, run_study
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.cells.presets import format_preset, preset
from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.result import write_waves

SHAPE = (4, 3)
KEY = "0" * 64
KEPT = {"w": np.linspace(0, 1, 12).reshape(SHAPE), "errors": np.array([0.5, 0.25]), "round": np.array(3)}
"""What the checkpoint holds."""

RUNS = {
    number: {"measures": {"energy": [1e-15 * number, "J", "of a run"]}, "failure": "", "engine": "nodal", "drawn": {}}
    for number in range(5)
}
"""What the journal holds."""

MATRICES = (
    "matrix.csv",
    "matrix.npy",
    "matrix.mat",
    "matrix.png",
    "matrix.tif",
    "matrix.bmp",
    "matrix.gif",
    "matrix.jpg",
)
OTHERS = (
    "run/result.nc", "states/states.npz", "checkpoint.npz", "series-unfinished/runs.jsonl", "waves.raw", "pulses.csv",
    "loop.csv", "currents.csv", "preset.toml", "program.json", "places.npy", "names.csv", "drive.csv", "outside.raw",
    "outside.csv", "models/generic180.lib", "models/nfet180.inc",
    "models/my_selector.va", "models/gap_cell.va", "models/threshold_cell.sub", "kept.sub",
    *(f"networks/{name}" for name in NETWORK_READERS),
)  # fmt: skip


def originals(common: Path) -> Path:
    """The folder that holds them, made once for a campaign."""
    return once(common / "originals", _make)


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """A folder that the first who needs it makes, for all workers."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent))
        make(scratch)
        try:
            scratch.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(scratch)
    return folder


def _make(folder: Path) -> None:
    values = np.linspace(0, 1, 12).reshape(SHAPE)
    np.savetxt(folder / "matrix.csv", values, delimiter=",")
    np.save(folder / "matrix.npy", values)
    scipy.io.savemat(folder / "matrix.mat", {"matrix": values, "other": np.arange(5.0)}, do_compression=True)
    for ending in ("png", "tif", "bmp", "gif", "jpg"):
        Image.fromarray((255 * values).astype(np.uint8)).save(folder / f"matrix.{ending}")
    (folder / "run").mkdir()
    study = Study("made", Crossbar(*SHAPE), [Write(1, 1), Read(1, 1), Wait(1e-5)], engine="nodal")
    outcome = run_study(replace(study), folder / "run")
    write_waves(outcome.dataset, folder / "waves.raw")
    few = outcome.dataset.isel(time=np.unique([0, *range(0, outcome.dataset.sizes["time"], 9), -1] % np.int64(
        outcome.dataset.sizes["time"])))  # fmt: skip
    write_waves(few, folder / "outside.raw")
    write_waves(few, folder / "outside.csv", ["i_sense", "w", "x"])
    (folder / "drive.csv").write_text(
        "# pulses\ntime [us],wl0 [V],bl1 [mV],wl* [V]\n0,0,0,0\n0.5,0.1,0,0\n0.5,0.2,-50,0.1\n1.7,0.2,-50,0\n"
    )
    (folder / "states").mkdir()
    np.savez(folder / "states" / "states.npz", w=values, x=0 * values)
    Checkpoint(folder / "checkpoint.npz", KEY).save(KEPT)
    with journal_in(folder / "series", KEY, {"study": "made"}) as journal:
        for number, result in RUNS.items():
            journal.add(number, result)
    (folder / "series").rename(folder / "series-unfinished")
    steps = np.arange(1, 21)
    rows = [f"{n},0.3,1,{0.2 * (1 - 0.9**n):.6g}" for n in steps]
    (folder / "pulses.csv").write_text("\n".join(["pulse,voltage [V],width [us],conductance [uS]", *rows]) + "\n")
    times = np.linspace(0, 1, 40)
    rows = [f"{t:.6g},{0.2 * np.sin(6.28 * t):.6g},{2e-8 * np.sin(6.28 * t):.6g}" for t in times]
    (folder / "loop.csv").write_text("\n".join(["time [s],voltage [V],current [A]", *rows]) + "\n")
    (folder / "currents.csv").write_text(
        "# held\ndriven,voltage [mV],drive [uA],bit 0 [uA],bit 1 [nA]\nword 0,100,61.2,40.1,20900\n"
        "word 1,100,44.0,11.7,32100\nbit 0,100,51.9,,\nbit 1,100,52.6,,\n"
    )
    (folder / "program.json").write_text(
        json.dumps([{"do": "write", "row": 1, "width": 2e-6}, {"do": "read", "col": 2}])
    )
    (folder / "names.csv").write_text("cell,cell,a\n" * 3 + "b, b,a\n")
    np.save(folder / "places.npy", np.array([[0, 1], [3, 2], [2, 0]]))
    shutil.copytree(STUDIES / "models", folder / "models")
    (folder / "kept.sub").write_text(
        ".subckt kept p n\n.params x0=0.2 k={1e6}\nc1 s gnd! 1 IC={x0}\n.param grown(v,x)='k*v*(1 - x)'\n"
        "b1 0 s i = grown(v(p,n),v(s))\nb2 p n i = v(p,n)*(1e-6\n+ + 1e-5*stp(v(s)) + sdt(idt(v(s), 1)))\n.ends\n"
    )
    (folder / "preset.toml").write_text(format_preset(preset("200nm-160C")), encoding="utf-8")
    (folder / "networks").mkdir()
    make_networks(folder / "networks")
