"""What will take long, or much room, said before: by the logger `pyspice_models`, to whoever listens.

The command line listens. In Python: `logging.getLogger("pyspice_models").setLevel("INFO")`, and a handler of one's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_LOG = logging.getLogger("pyspice_models")
_LOG.addHandler(logging.NullHandler())


def tell(text: str) -> None:
    """Say it."""
    _LOG.info(text)


def telling() -> bool:
    """Whether somebody listens."""
    return _LOG.isEnabledFor(logging.INFO)


def listen(write: Callable[[str], None]) -> None:
    """Give all that is said to a function, in place of who listened before by this function."""
    for old in [one for one in _LOG.handlers if isinstance(one, _Handler)]:
        _LOG.removeHandler(old)
    _LOG.addHandler(_Handler(write))
    _LOG.setLevel(logging.INFO)
    _LOG.disabled = False  # as Dask leaves what others log by
    _LOG.propagate = False  # or a user's own handlers would say it again


class _Handler(logging.Handler):
    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        self._write(record.getMessage())


@lru_cache
def watch_compiler(numba: Any) -> None:
    """Let numba say when it compiles loops of this package and does not find them on disk; once in a process."""

    class Watching(numba.core.event.Listener):
        told = False

        def on_start(self, event: Any) -> None:
            if not self.told and event.data["dispatcher"].py_func.__module__.startswith("pyspice_models."):
                self.told = True
                tell(
                    "compiling the solver's loops for an array of this kind: once on this machine for this version, up "
                    "to three minutes"
                )

        def on_end(self, event: Any) -> None:
            pass

    numba.core.event.register("numba:compile", Watching())
