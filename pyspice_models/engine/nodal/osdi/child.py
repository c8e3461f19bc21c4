"""The process that `apart.py` starts: one run of the nodal engine, with code that may take the process along."""

from __future__ import annotations

import pickle
import struct
import sys
import time
from pathlib import Path
from typing import Any

from pyspice_models.engine.nodal.engine import Nodal
from pyspice_models.engine.nodal.osdi.apart import ANSWER, ASKED, DONE
from pyspice_models.engine.osdi import messages
from pyspice_models.errors import Ag2sError

_PAUSE = 0.05  # [s] between two words about progress


def main() -> None:
    """Do what stands in the folder `argv[1]`, and leave the answer there."""
    scratch = Path(sys.argv[1])
    asked, folder, seconds = pickle.loads((scratch / ASKED).read_bytes())
    with (scratch / DONE).open("r+b", buffering=0) as done:
        last = 0.0

        def progress(share: float) -> None:
            nonlocal last
            if (now := time.monotonic()) - last > _PAUSE:
                last = now
                done.seek(0)
                done.write(struct.pack("<d", share))

        answer: dict[str, Any]
        try:
            waves = Nodal().run_here(asked, Path(folder), time_limit=seconds, progress=progress)
            answer = {
                "time": waves.time, "values": waves.values, "engine": waves.engine, "seconds": waves.seconds,
                "log": waves.log,
            }  # fmt: skip
        except Ag2sError as error:
            answer = {"error": type(error).__name__, "reason": getattr(error, "reason", None) or str(error)}
    whole = scratch / f"{ANSWER}.part"
    with whole.open("wb") as file:
        for piece in messages.packed(answer):
            file.write(piece)
    whole.replace(scratch / ANSWER)
