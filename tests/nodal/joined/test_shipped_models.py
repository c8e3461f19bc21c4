"""The objects of SPICE's transistor models beside ngspice's own: currents at random voltages."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import foreign_transistor
from pyspice_models.engine.nodal.joined.foundry import parts_of
from pyspice_models.engine.osdi.calls import at_once
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.layout import IN_TIME
from pyspice_models.engine.toolchain.tools import find_ngspice, require

MODELS = Path(__file__).parents[3] / "scripts" / "studies" / "models"
CARDS = {
    "BSIM3": "nmos level=49 version=3.3 tox=4n vth0=0.45 u0=350 k1=0.5 vsat=9e4 rdsw=200 tnom=25",
    "BSIM4": "nmos level=14 toxe=4n vth0={0.4+shift} u0=0.03 k1=0.5 vsat=9e4 rdsw=200 igcmod=1 igbmod=1 rdsmod=1",
}  # fmt: skip


@pytest.mark.parametrize("name", [*CARDS, "foundry"])
def test_an_object_gives_the_currents_of_ngspice(name: str, tmp_path: Path) -> None:
    if name == "foundry":
        selector = foreign_transistor(MODELS / "generic180.lib", "nfet180", section="ff", instance={"m": 2, "nf": 2})
        element = "x0 d g s 0 nfet180 w=1u l=0.18u m=2 nf=2"
    else:
        (tmp_path / "mine.lib").write_text(f".param shift=0.05\n.model mine {CARDS[name]}\n", encoding="utf-8")
        selector = foreign_transistor(tmp_path / "mine.lib", "mine")
        element = "m0 d g s 0 mine w=1u l=0.18u"
    random = np.random.default_rng(1)
    volts = random.uniform(-0.2, 1.5, (12, 3)).tolist()
    lines = ["random", selector.library.deck_text(selector.section), element, "vd d 0 0", "vg g 0 0", "vs s 0 0"]
    lines += [".options gmin=1e-15 reltol=1e-10 abstol=1e-19 temp=27", ".control", "set numdgt=15"]
    for point in volts:
        lines += [f"alter v{end}={volt!r}" for end, volt in zip("dgs", point, strict=True)]
        lines += ["op", "print i(vd) i(vg) i(vs)"]
    (tmp_path / "bench.cir").write_text("\n".join([*lines, ".endc", ".end", ""]), encoding="utf-8")
    done = subprocess.run(
        [require(find_ngspice()), "-b", "bench.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    there = -np.reshape([float(v) for v in re.findall(r"^i\(v[dgs]\) = (\S+)", done.stdout, re.MULTILINE)], (-1, 3))
    (part,) = parts_of(selector)
    library, given = part.library, {key: np.asarray(value) for key, value in part.given.items()}
    cells = CellsInMemory(library, 1, given, 300.15)
    inner = [k for k in range(4, library.layout.nodes_count) if cells.place[k] == k]
    here = np.array([_currents(cells, point, inner) for point in volts])
    # the least that an ngspice with tolerances of currents tells of a junction
    assert here == pytest.approx(there, rel=2e-6, abs=1e-14)


def _currents(cells: CellsInMemory, point: list[float], inner: list[int]) -> list[float]:
    """Currents into d, g and s where no current is left at the module's own nodes, by differences."""
    library, info = cells.library, cells.library.info()
    nodes = library.layout.nodes_count
    v = np.zeros(nodes + 1)
    v[:3] = point
    v[inner] = 0.5 * (point[0] + point[2])

    def asked(at: np.ndarray) -> np.ndarray:
        f, q, given = np.zeros(nodes + 1), np.zeros(nodes + 1), at.copy()
        inst, model = int(cells.inst[0]), int(cells.model[0])
        at_once(library.calls, info, info.view(np.float64), inst, model, IN_TIME, 1.0, given, f, q)
        return f

    for _ in range(40 if inner else 0):
        f, slopes = asked(v), np.zeros((len(inner), len(inner)))
        for k, node in enumerate(inner):
            moved = v.copy()
            moved[node] += 1e-7
            slopes[:, k] = (asked(moved) - f)[inner] / 1e-7
        v[inner] -= np.clip(np.linalg.lstsq(slopes, f[inner], rcond=None)[0], -0.3, 0.3)
    return asked(v)[:3].tolist()
