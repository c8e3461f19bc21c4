"""One mutant in one copy: do the tests notice?"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import takewhile

from mutation.copy import Copy, is_compiled
from mutation.covering import Covering
from mutation.sample import Mutant

_FIRST = 4.0  # [s] of tests that are tried first, so that few files have to be imported for most mutants
_START = 30.0  # [s] for Python, imports and collection
_SLOWER = 5.0  # so much longer than recorded may tests take
_COMPILER = 90.0  # [s] for numba


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        verdict: "noticed", "timeout" (noticed too: the program does not end) or "survived".
        test: that failed.
        words: how.
        tests: how many were tried.
        seconds: that it took.
    """

    verdict: str
    test: str
    words: str
    tests: int
    seconds: float


def try_out(mutant: Mutant, copy: Copy, covering: Covering, budget: float) -> Verdict:
    """Run the tests that run the mutant's line, the fastest first, up to `budget` seconds of them."""
    began = time.monotonic()
    chosen = _within(covering.tests(mutant), covering, budget)
    text = mutant.change.applied(covering.sources[mutant.file])
    fresh = is_compiled(covering.sources[mutant.file])
    first = _within(chosen, covering, _FIRST)
    for stage in (first, chosen[len(first) :]):
        while stage:
            with copy.mutated(mutant.file, text):
                status, test, words = _run(stage, copy, covering, fresh)
            if status == 0:
                break
            seconds = time.monotonic() - began
            if status is None:
                if _run(stage, copy, covering, fresh)[0] is None:
                    raise TimeoutError(f"without a mutant too the tests of {mutant.file}:{mutant.line} take too long")
                return Verdict("timeout", "", "does not end", len(chosen), seconds)
            if not test:  # no test could be collected: what a test imports cannot be imported
                return Verdict("noticed", "", copy.log[-300:], len(chosen), seconds)
            if test in covering.verified or _run([test], copy, covering, fresh)[0] == 0:
                covering.verified.add(test)
                return Verdict("noticed", test, words, len(chosen), seconds)
            # it fails without the mutant as well
            covering.seconds.pop(test, None)
            stage.remove(test)
    return Verdict("survived", "", "" if chosen else "no test runs this line", len(chosen), time.monotonic() - began)


def _within(tests: list[str], covering: Covering, budget: float) -> list[str]:
    """The first of them that take no longer together."""
    total = 0.0

    def fits(name: str) -> bool:
        nonlocal total
        total += covering.seconds.get(name, 0.0)
        return total <= budget

    return list(takewhile(fits, (name for name in tests if name in covering.seconds)))


def _run(tests: list[str], copy: Copy, covering: Covering, fresh: bool) -> tuple[int | None, str, str]:
    """Exit status, the test that failed and its words."""
    failed = copy.scratch / "failed"
    failed.unlink(missing_ok=True)
    files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
    limit = _START + _SLOWER * sum(covering.seconds[name] for name in tests) + _COMPILER * fresh
    status = copy.pytest({"tests": tests, "failed": str(failed)}, files, limit, fresh=fresh)
    if not failed.is_file():
        return status, "", ""
    entry = json.loads(failed.read_text().splitlines()[0])
    return status, entry["test"], entry["words"]
