"""A folder for a simulator's files that nobody asked to keep."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspice_models.errors import SimulationError


@contextmanager
def kept_where_it_failed(name: str) -> Iterator[Path]:
    """A new folder that goes with the block; only where a simulator failed, decks and logs stay."""
    folder = Path(tempfile.mkdtemp(prefix=f"ag2s-{name}-"))
    keep = False
    try:
        yield folder
    except SimulationError:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
