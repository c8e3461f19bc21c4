"""The command `scripts/docs`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from docsite.assemble import ROOT
from docsite.build import SiteError, build


def main() -> int:
    """Build the site and say where it is; status 1 if it was not built."""
    words = argparse.ArgumentParser(prog="scripts/docs", description=__doc__)
    words.add_argument("--to", type=Path, default=ROOT / "out" / "docs", metavar="FOLDER", help="where the site goes")
    words.add_argument("--no-run", action="store_true", help="leave the notebooks without results: quicker")
    asked = words.parse_args()
    start = time.monotonic()
    print("docs: building; the first time the notebooks run, too, which takes minutes", file=sys.stderr)
    try:
        build(asked.to.resolve(), ROOT / "out" / "docs-work", run=not asked.no_run)
    except SiteError as error:
        print(f"docs: FAILED: {error}", file=sys.stderr)
        return 1
    print(f"docs: built in {time.monotonic() - start:.0f} s; open {asked.to.resolve() / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
