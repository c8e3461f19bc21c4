"""What every page must be: quiet, of one file, no wider than the window, and open to everybody."""

from __future__ import annotations

import sys
from pathlib import Path

from browser import Page

AXE = Path(sys.prefix) / "peers" / "axe_playwright_python" / "axe.min.js"


def check_page(page: Page, path: Path, width: int, *, bars: bool = True, contrast: bool = False) -> None:
    """No error, no request, nothing wider than the window, no accessibility finding; contrast takes long to check.

    Without `bars` accessibility is left out: what bars people is the same on a page twice as wide.
    """
    page.open(path)
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert not page.errors
    assert not [url for url in page.requests if not url.startswith(("file:", "data:"))]
    assert sum(url.startswith("file:") for url in page.requests) == 1
    assert page.run("document.documentElement.scrollWidth") <= width
    if not bars:
        return
    assert AXE.is_file(), f"axe-core is missing: scripts/setup puts it into {AXE.parent}"
    page.run(AXE.read_text(encoding="utf-8") + ";0")
    rules = "" if contrast else ", rules: {'color-contrast': {enabled: false}}"
    named = "r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 300))"
    assert page.run(f"axe.run({{resultTypes: ['violations']{rules}}}).then(r => {named})") == []
