"""Commands that tests interrupt."""

from __future__ import annotations

import signal


def hear_interrupts() -> None:
    """For `preexec_fn`: what a shell has put into the background, tests too, is deaf to Ctrl-C from its birth."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
