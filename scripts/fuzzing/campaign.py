"""The campaign itself: cases are given to workers; a worker that hangs or dies is evidence, too."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing import watch
from fuzzing.case import CRASH, HANG, Case, Place
from fuzzing.kinds import THROUGH_SHELL

_WARM = 300.0  # [s] a worker may take to start on a loaded machine, where it compiles the nodal engine
_CALLS = 12  # times the patience is what a case with several calls may take in all


@dataclass(frozen=True)
class Finding:
    """A case that is guilty, of what, and where its inputs lie."""

    case: Case
    what: str
    detail: str
    folder: Path

    @property
    def signature(self) -> str:
        """The same for the same fault, as a rule: what it is, and where it was raised."""
        if self.what == "traceback" and (places := re.findall(r'File "(.+?)", line (\d+)', self.detail)):
            own = [place for place in places if "pyspice_models" in place[0]] or places
            last = self.detail.strip().splitlines()[-1].partition(":")[0]
            return f"{last} at {own[-1][0].rpartition('pyspice_models/')[2]}:{own[-1][1]}"
        return f"{self.what}: " + re.sub(r"[\d.]+|'[^']*'", "_", self.detail.strip().splitlines()[0])[:100]


@dataclass
class Campaign:
    """What is done, and what came of it.

    Attributes:
        plan: the cases.
        out: folder for the inputs of guilty cases.
        workers: processes.
        patience: [s] that a case, or one call of a command, may take.
        memory: [bytes] that it may hold.
        keep_going: go on after a finding.
        findings: of guilty cases.
        slowest: seconds and name of the case that took longest.
        largest: bytes that a case held at most, and its name.
        done: number of cases that are over.
        refused: number of those that the package refused, in process.
    """

    plan: Sequence[Case]
    out: Path
    workers: int = 2
    patience: float = 20.0
    memory: int = 2 << 30
    keep_going: bool = False
    findings: list[Finding] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")
    done: int = 0
    refused: int = 0

    @property
    def common(self) -> Path:
        """For files that many cases need."""
        return self.out / "common"

    def run(self) -> None:
        """Work through the plan, or up to the first finding."""
        self.out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.common, ignore_errors=True)
        self.common.mkdir()
        watch.adopt()
        waiting, crew = deque(self.plan), list[_Worker]()
        began = told = time.monotonic()
        try:
            while waiting or any(worker.case for worker in crew):
                while len(crew) < min(self.workers, len(waiting) + len(crew)):
                    crew.append(_Worker(self.common, len(crew)))
                ready, _, _ = select.select(crew, [], [], 0.5)
                for worker in list(crew):
                    self._look_at(worker, worker in ready)
                    if worker.dead:
                        crew.remove(worker)
                        self._end_strays(crew)
                    elif worker.ready and worker.case is None and waiting:
                        worker.give(waiting.popleft(), self)
                if self.findings and not self.keep_going:
                    return
                if time.monotonic() - told > 30:
                    told = time.monotonic()
                    rate = self.done / (told - began)
                    say(f"{self.done} of {len(self.plan)} cases, {rate:.3g}/s, {len(self.findings)} findings")
        finally:
            for worker in crew:
                worker.stop()
            self._end_strays([])
            shutil.rmtree(self.common, ignore_errors=True)

    def _look_at(self, worker: _Worker, answered: bool) -> None:
        case = worker.case
        if answered:
            answer = worker.take()
            if answer is None:
                ending = worker.stop()
                if case is None:
                    raise SystemExit(f"a worker does not start (status {ending}): see {worker.log}")
                self._judge(case, {"what": CRASH, "detail": f"the process ended with {ending}\n{worker.last_words()}"})
            elif case is not None:
                worker.case = None
                self._judge(case, answer)
        elif worker.is_busy() and worker.patience.is_over():
            detail = f"over {self.patience:g} s\n{worker.where_it_hangs()}"
            worker.stop()
            if case is None:
                raise SystemExit(f"a worker does not start: see {worker.log}")
            self._judge(case, {"what": HANG, "detail": detail})

    def _judge(self, case: Case, answer: dict[str, object]) -> None:
        self.done += 1
        self.refused += bool(answer.get("refused"))
        folder = self.out / case.name
        self.slowest = max(self.slowest, (float(str(answer.get("seconds", 0.0))), case.name))
        self.largest = max(self.largest, (int(str(answer.get("memory", 0))), case.name))
        if "what" not in answer:
            _remove(folder)
            return
        finding = Finding(case, str(answer["what"]), str(answer["detail"]), folder)
        new = finding.signature not in {one.signature for one in self.findings}
        self.findings.append(finding)
        (folder / "finding.txt").write_text(f"{finding.what}\n{finding.detail}\n{case.again}\n", errors="replace")
        say(f"FOUND {finding.what} in {case.kind} case {case.number}: {finding.signature}")
        if new:
            tail = finding.detail.strip().splitlines()[-12:]
            say("\n".join(f"    {line[:300]}" for line in tail))
        say(f"    inputs: {folder}\n    again: {case.again}")

    def _end_strays(self, crew: Sequence[_Worker]) -> None:
        """End what a killed worker has left running."""
        mine = {worker.process.pid for worker in crew}
        for child in watch.children(os.getpid()):
            if child not in mine:
                watch.end({child: "", **watch.processes(child)})


def say(text: str) -> None:
    """Tell people: on standard error, at once."""
    print(text.encode(errors="backslashreplace").decode(), file=sys.stderr, flush=True)


def _remove(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


class _Worker:
    """A process that does cases, and the one that it is at."""

    def __init__(self, common: Path, number: int) -> None:
        name = f"worker-{number}-{time.monotonic_ns()}"
        self.log, self._where = common / f"{name}.log", common / f"{name}.where"
        self.case: Case | None = None
        self.ready = self.dead = False
        places = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "fuzzing.worker", str(common), str(self._where)], cwd=common,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=os.environ | {"PYTHONPATH": places},
                start_new_session=True,
            )  # fmt: skip
        self.patience = watch.Patience(self.process.pid, _WARM)

    def fileno(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def is_busy(self) -> bool:
        """Whether something is awaited from it: its first word, or what came of a case."""
        return not self.ready or self.case is not None

    def give(self, case: Case, campaign: Campaign) -> None:
        folder = campaign.out / case.name
        shutil.rmtree(folder, ignore_errors=True)
        Place(folder, campaign.common).make()
        self.case = case
        rules = {"patience": campaign.patience, "memory": campaign.memory}
        asked = {"case": [case.seed, case.kind, case.number], "folder": str(folder), **rules}
        calls = _CALLS if case.kind in THROUGH_SHELL else 1
        self.patience = watch.Patience(self.process.pid, campaign.patience * calls)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()

    def take(self) -> dict[str, object] | None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.ready = self.ready or bool(line)
        return dict(json.loads(line)) if line else None

    def where_it_hangs(self) -> str:
        self.process.send_signal(signal.SIGUSR1)
        time.sleep(1.0)
        return self._where.read_text(errors="replace")[:5000]

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> str:
        self.dead = True
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return signal.Signals(-code).name if code < 0 else f"status {code}"
