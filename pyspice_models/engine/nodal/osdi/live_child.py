"""The process that `live_apart.py` starts: a live array, whose code may take the process along."""

from __future__ import annotations

import pickle
import struct
import sys
import time
from typing import Any

from pyspice_models.engine.nodal.live import Live
from pyspice_models.engine.osdi import messages, pipes
from pyspice_models.errors import Ag2sError

_HEAD = struct.Struct("<Q")


def main() -> None:
    """Answer what comes through the pipe `argv[1]` into the pipe `argv[2]`, until it closes."""
    given, answers = (int(one) for one in sys.argv[1:3])
    live: Live | None = None
    while len(head := pipes.taken(given, _HEAD.size)) == _HEAD.size:
        what, words, left = pickle.loads(bytes(pipes.taken(given, *_HEAD.unpack(head))))
        try:
            found: dict[str, Any] = {}
            if what == "open":
                live = Live(*words)
            else:
                assert live is not None
                found = _done(live, what, words, time.monotonic() + left)
            answer = found | {"held": live.snapshot(), "states": live.states}
        except Ag2sError as error:
            answer = messages.of_error(error)
        pipes.answer(answers, answer)


def _done(live: Live, what: str, given: tuple[Any, ...], deadline: float) -> dict[str, Any]:
    if what == "begin":
        live.begin(given[0])
    elif what == "restore":
        live.restore(given[0])
    elif what == "pass":
        return live.pass_through(given[0], deadline)._asdict()
    elif what == "record":
        passed, waves = live.recorded(given[0], deadline)
        return passed._asdict() | {
            "time": waves.time, "values": waves.values, "seconds": waves.seconds, "log": waves.log
        }  # fmt: skip
    return {}
