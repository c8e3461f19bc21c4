"""What the mutants come to: a table by module, the score, and the survivors as differences."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KINDS = ("noticed", "timeout", "survived", "equivalent")


@dataclass(frozen=True)
class Equivalents:
    """Mutants of which it was argued that they are no faults, from `equivalent.toml`.

    Attributes:
        reasons: by file, line and what becomes of it; with "" for the last it holds for every change of the line.
    """

    reasons: dict[tuple[str, str, str], str]

    @classmethod
    def load(cls, root: Path) -> Equivalents:
        """Those of the checkout."""
        entries = tomllib.loads((root / "tests" / "mutation" / "equivalent.toml").read_text(encoding="utf-8"))
        return cls(
            {(e["file"], e["line"], e.get("becomes", "")): e["reason"] for e in entries.get("equivalent", [])}
        )  # fmt: skip

    def reason(self, file: str, before: str, becomes: str) -> str:
        """Why this is no fault; "" where nothing was said."""
        return self.reasons.get((file, before, becomes)) or self.reasons.get((file, before, ""), "")


def summary(verdicts: Sequence[dict[str, Any]], equivalents: Equivalents) -> dict[str, Any]:
    """Counts by module, the score in percent, survivors and equivalent mutants."""
    rooms: dict[str, dict[str, int]] = {}
    survivors, argued, wrong = [], [], []
    for entry in verdicts:
        reason = equivalents.reason(entry["file"], entry["before"], entry["becomes"])
        kind = entry["verdict"]
        if reason and kind == "survived":
            kind = "equivalent"
            argued.append({**entry, "reason": reason})
        elif reason:
            wrong.append(entry)
        elif kind == "survived":
            survivors.append(entry)
        room = rooms.setdefault(entry["room"], dict.fromkeys(_KINDS, 0))
        room[kind] += 1
    total = {kind: sum(room[kind] for room in rooms.values()) for kind in _KINDS}
    return {
        "score": _score(total), "total": total,
        "modules": {name: room | {"score": _score(room)} for name, room in rooms.items()},
        "survivors": survivors, "equivalent": argued, "called equivalent, but noticed": wrong,
    }  # fmt: skip


def _score(counts: dict[str, int]) -> float:
    """Percent of the mutants that are faults."""
    noticed = counts["noticed"] + counts["timeout"]
    faults = noticed + counts["survived"]
    return round(100 * noticed / faults, 2) if faults else 100.0


def table(found: dict[str, Any]) -> str:
    """The summary for people."""
    head = f"{'module':<14}{'noticed':>9}{'timeout':>9}{'survived':>10}{'equivalent':>12}{'score':>9}"
    lines = ["", head, "-" * len(head)]
    for name, room in [*found["modules"].items(), ("all", found["total"] | {"score": found["score"]})]:
        lines.append(
            f"{name:<14}{room['noticed']:>9}{room['timeout']:>9}{room['survived']:>10}{room['equivalent']:>12}"
            f"{room['score']:>7.1f} %"
        )
    for title in ("survivors", "equivalent", "called equivalent, but noticed"):
        lines += ["", f"{title}:"] if found[title] else []
        for entry in found[title]:
            lines += [f"  {entry['file']}:{entry['line']}  {entry['kind']}"]
            lines += [f"    - {entry['before']}", f"    + {entry['becomes']}"]
            lines += [f"    {entry['reason' if 'reason' in entry else 'words']}"]
    return "\n".join(line.rstrip() for line in lines)
