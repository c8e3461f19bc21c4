"""A process that works on one case after the other and tells what was found."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from fuzzing import kinds, watch
from fuzzing.case import MEMORY, TRACEBACK, Case, Found, Place, Refused
from fuzzing.inputs.originals import originals
from fuzzing.shell import Rules
from pyspice_models.foreign.osdi import end_all


def main() -> None:
    """Read cases from standard input, a line of JSON each, and answer on standard output likewise."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed by accident must not get in among the answers
    watch.adopt()
    where = Path(sys.argv[2]).open("w")  # noqa: SIM115  # as long as the process
    faulthandler.register(signal.SIGUSR1, file=where, all_threads=True)
    common = Path(sys.argv[1])
    originals(common)  # imports and compiles what all cases need
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        where.seek(0)
        where.truncate()
        began = time.monotonic()
        rules = Rules(asked["patience"], asked["memory"])
        found = worked(Case(*asked["case"]), Place(Path(asked["folder"]), common), rules)
        answer = {
            "seconds": time.monotonic() - began, "refused": isinstance(found, Refused),
            "memory": max(rules.largest, default=0),
        }  # fmt: skip
        if isinstance(found, Found):
            answer |= {"what": found.what, "detail": found.detail}
        print(json.dumps(answer), file=answers, flush=True)


def worked(case: Case, place: Place, rules: Rules) -> Found | Refused | None:
    """Do one case; what was found, if anything."""
    place.make()
    home = Path.cwd()
    before: Any = tempfile.tempdir, os.environ.get("TMPDIR")
    try:
        os.chdir(place.cwd)
        tempfile.tempdir, os.environ["TMPDIR"] = str(place.tmp), str(place.tmp)
        outcome = _do(case, place, rules)
        end_all()  # which are kept for the next question of the same module
        watch.check_processes()
        if case.kind in kinds.IN_PROCESS:
            watch.check_files(place)
    except Found as found:
        watch.end(watch.processes())
        return found
    except Exception:
        watch.end(watch.processes())
        return Found(TRACEBACK, traceback.format_exc())
    finally:
        os.chdir(home)
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]
    return outcome


def _do(case: Case, place: Place, rules: Rules) -> Refused | None:
    outcome: Refused | None = None
    if case.kind in kinds.THROUGH_SHELL:
        kinds.THROUGH_SHELL[case.kind](case, place, rules)
        return outcome
    watch.forget_peak()
    # what asks for more fails here, and not the machine
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + rules.memory, hard))
    try:
        kinds.IN_PROCESS[case.kind](case, place)
    except Refused as refused:
        outcome = refused
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    rules.largest.append(peak := watch.resident())
    if peak > rules.memory:
        raise Found(MEMORY, f"{peak / 2**30:.2f} GB")
    return outcome


if __name__ == "__main__":
    main()
