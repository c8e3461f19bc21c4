"""What the tests of characterize share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from click.testing import Result

from pyspice_models.lab.characterize import Sheet


@dataclass(frozen=True)
class Called:
    """`ag2s characterize --form twin --json --out FOLDER`.

    Attributes:
        done: how it ended and what it said.
        folder: what it wrote.
        sheet: the sheet that it said and wrote.
    """

    done: Result
    folder: Path
    sheet: Sheet
