"""The process that `apart.py` has forked: one run of the nodal engine, with code that may take the process along."""

from __future__ import annotations

import os
import pickle
import struct
import sys
import time
from pathlib import Path
from typing import Any

from pyspice_models.engine.nodal.engine import Nodal
from pyspice_models.engine.nodal.osdi.apart import ANSWER, ASKED, DONE, TOLD, WORDS
from pyspice_models.engine.osdi import messages
from pyspice_models.engine.osdi.births import serve
from pyspice_models.engine.toolchain import waits
from pyspice_models.errors import Ag2sError

_PAUSE = 0.05  # [s] between two words about progress
_PATH = 1 << 16  # bytes


def main() -> None:
    """On the socket `argv[1]`: fork a process for each run, which has what it needs imported and loaded."""
    # what a run needs, and its compiler, take a second and a half of a processor to import
    from pyspice_models.engine.nodal.osdi.ready import load_what_is_kept

    serve(int(sys.argv[1]), _born, load_what_is_kept)


def _born(given: int, answers: int) -> None:
    """Do what stands in the folder that comes through a pipe; the other one closes when this process ends."""
    os.setsid()  # so that what it starts ends with it
    scratch = Path(os.fsdecode(os.read(given, _PATH)))
    with (scratch / WORDS).open("ab") as words:
        for stream in (1, 2):
            os.dup2(words.fileno(), stream)
    os.chdir(scratch)
    run(scratch)
    sys.stdout.flush()


def run(scratch: Path) -> None:
    """Do what stands in a folder, and leave the answer there."""
    asked, folder, seconds, variables = pickle.loads((scratch / ASKED).read_bytes())
    os.environ.update(variables)

    def told(text: str) -> None:
        part = scratch / f"{TOLD}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(scratch / TOLD)

    waits.listen(told)
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
            answer = messages.of_error(error)
    whole = scratch / f"{ANSWER}.part"
    with whole.open("wb") as file:
        for piece in messages.packed(answer):
            file.write(piece)
    whole.replace(scratch / ANSWER)
