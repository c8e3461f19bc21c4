"""Commands that tests stop by signals."""

from __future__ import annotations

import signal


def hear_signals() -> None:
    """For `preexec_fn`: what a shell has put into the background is deaf to Ctrl-C from its birth, tests too.

    What `nohup` starts is deaf to a hang-up.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
