"""The command `scripts/mutate`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from mutation.copy import Copy, session
from mutation.covering import Covering, test_files
from mutation.process import load_libraries, stop
from mutation.report import Equivalents, summary, table
from mutation.rooms import ROOMS
from mutation.sample import Mutant, draw
from mutation.trial import try_out

ROOT = Path(__file__).resolve().parent.parent.parent


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/mutate",
        description="Writes small faults into copies of the package, one at a time, and tells which of them no test "
        "notices. The first call records which test runs which line: as long as the whole suite with coverage.",
    )
    add = parser.add_argument
    rooms = f"from {', '.join(ROOMS)}, or files and folders of the package; all by default"
    add("--modules", nargs="+", default=list(ROOMS), metavar="ROOM", help=rooms)
    add("--count", type=int, default=300, help="mutants, evenly over the modules (300)")
    add("--seed", type=int, default=1, help="of the choice (1)")
    add("--jobs", type=int, default=1, help="mutants at once (1)")
    add("--tests", nargs="+", default=[], metavar="FILE", help="test files; all by default")
    budget = "seconds of tests for a mutant, the fastest first; what only slower ones would notice has survived (60)"
    add("--budget", type=float, default=60.0, help=budget)
    resume = "keep the verdicts of the last run with this seed; `noticed` tries survivors again"
    add("--resume", nargs="?", const="all", choices=("all", "noticed"), help=resume)
    add("--folder", type=Path, default=ROOT / "out" / "mutation", help="for records (out/mutation)")
    add("--least", type=float, default=0.0, metavar="PERCENT", help="exit 1 below this score")
    add("--json", action="store_true", help="the summary as JSON on standard output")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _leave(number: int, _: object) -> None:
    stop()
    sys.exit(128 + number)


def main() -> int:
    """Run the command; gives its exit status."""
    options = _options()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    load_libraries()
    options.folder.mkdir(parents=True, exist_ok=True)
    mutants = draw(ROOT, options.modules, options.count, options.seed)
    equivalents = Equivalents.load(ROOT)
    record = options.folder / f"verdicts-seed{options.seed}.jsonl"
    known = _known(record, options.resume)
    with session() as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for job in range(max(options.jobs, 1)):
            (folder / f"{job}").mkdir()
            copies.put(Copy(ROOT, folder / f"{job}", options.folder))
        covering = Covering(ROOT, options.folder, test_files(ROOT, options.tests))
        _record(covering, copies, options.jobs)
        covering.ready()
        todo = [mutant for mutant in mutants if mutant.key not in known]
        _say(f"mutate: {len(mutants)} mutants, {len(todo)} to try; records in {options.folder}")
        with record.open("a", encoding="utf-8") as file:

            def one(place: int, mutant: Mutant) -> None:
                copy = copies.get()
                try:
                    verdict = asdict(try_out(mutant, copy, covering, options.budget))
                finally:
                    copies.put(copy)
                known[mutant.key] = {"key": mutant.key, **_shown(mutant), **verdict}
                file.write(json.dumps(known[mutant.key]) + "\n")
                file.flush()
                _say(
                    f"[{place + 1}/{len(todo)}] {verdict['verdict']:8} {verdict['seconds']:5.1f} s  "
                    f"{mutant.file}:{mutant.line}  {mutant.change.kind}  {verdict['test']}"
                )
                if verdict["verdict"] == "survived":
                    _say(f"    - {mutant.before}\n    + {mutant.becomes}")

            with ThreadPoolExecutor(options.jobs) as pool:
                try:
                    list(pool.map(one, range(len(todo)), todo))
                except BaseException:
                    stop()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    found = summary([known[mutant.key] for mutant in mutants], equivalents)
    print(json.dumps(found, indent=2) if options.json else table(found))
    return int(found["score"] < options.least)


def _known(record: Path, resume: str | None) -> dict[str, dict[str, object]]:
    """Verdicts of the last run that are kept, by the mutant's key; the record is made anew with them."""
    kept: dict[str, dict[str, object]] = {}
    if resume and record.is_file():
        for line in record.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:  # the line that a killed run was writing
                continue
            if resume == "all" or entry["verdict"] != "survived":
                kept[entry["key"]] = entry
            else:
                kept.pop(entry["key"], None)
    record.write_text("".join(json.dumps(entry) + "\n" for entry in kept.values()), encoding="utf-8")
    return kept


def _shown(mutant: Mutant) -> dict[str, object]:
    return {
        "room": mutant.room, "file": mutant.file, "line": mutant.line, "kind": mutant.change.kind,
        "before": mutant.before, "becomes": mutant.becomes,
    }  # fmt: skip


def _record(covering: Covering, copies: SimpleQueue[Copy], jobs: int) -> None:
    stale = covering.stale()
    if stale:
        _say(f"mutate: recording which lines the tests of {len(stale)} files run")

    def one(file: str) -> None:
        copy = copies.get()
        try:
            wrong = covering.record(copy, file)
        finally:
            copies.put(copy)
        _say(f"  {file}{': ' + wrong if wrong else ''}")

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, stale))


if __name__ == "__main__":
    sys.exit(main())
