"""What `scripts/fuzz` reads from its command line and says at the end."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from fuzzing.campaign import Campaign, say
from fuzzing.case import Case
from fuzzing.kinds import SHARES, planned

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run a campaign; 1 if anything was found."""
    asked = _words()
    kinds = asked.kind.split(",") if asked.kind else list(SHARES)
    if unknown := set(kinds) - set(SHARES):
        raise SystemExit(f"--kind {', '.join(unknown)}: there are {', '.join(SHARES)}")
    if asked.case is not None:
        if len(kinds) != 1:
            raise SystemExit("--case needs the --kind that it is of")
        plan = [Case(asked.seed, kinds[0], asked.case)]
    else:
        plan = planned(asked.cases, kinds, asked.seed)
    campaign = Campaign(
        plan, asked.out.absolute(), min(asked.workers, len(plan)), asked.patience, int(asked.memory * 2**30),
        asked.keep_going,
    )  # fmt: skip
    began = time.monotonic()
    campaign.run()
    counts = Counter(case.kind for case in plan)
    of_kinds = ", ".join(f"{kind} {counts[kind]}" for kind in SHARES if counts[kind])
    say(
        f"{campaign.done} of {len(plan)} cases ({of_kinds}), seed {asked.seed}, {time.monotonic() - began:.0f} s; "
        f"{campaign.refused} were refused in process; "
        f"the slowest took {campaign.slowest[0]:.1f} s ({campaign.slowest[1]}), "
        f"the largest held {campaign.largest[0] / 2**30:.2f} GB ({campaign.largest[1]})"
    )
    if not campaign.findings:
        say("nothing was found")
        return 0
    say(f"{len(campaign.findings)} findings; inputs lie in {campaign.out}")
    for signature, count in Counter(one.signature for one in campaign.findings).most_common():
        first = next(one for one in campaign.findings if one.signature == signature)
        say(f"  {count} x {signature}; {first.case.again}")
    return 1


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description="Bad input of every sort, in process and through the command line. Ends with status 1 at the first "
        "traceback, crash, hang, left-over, destroyed file, untrue exit status, or use of too much memory.",
        epilog="Kinds and their shares: " + ", ".join(f"{kind} {100 * share:g} %%" for kind, share in SHARES.items()),
    )
    parser.add_argument("--cases", type=int, default=1000, help="how many [1000]")
    parser.add_argument("--seed", type=int, default=1, help="of the campaign [1]")
    parser.add_argument("--kind", default="", help="only these kinds, separated by commas")
    parser.add_argument("--case", type=int, help="only the case of this number, to repeat a finding")
    parser.add_argument(
        "--keep-going", action="store_true", help="list everything instead of ending at the first finding"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes [2]")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds after which a case hangs [20]")
    parser.add_argument("--memory", type=float, default=2.0, help="GB that a case may hold [2]")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "out" / "fuzz", help="folder for inputs of findings [out/fuzz]"
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
