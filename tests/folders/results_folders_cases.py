"""What the tests of results folders share."""

from __future__ import annotations

from pathlib import Path

from pyspice_models.files import write_text
from pyspice_models.folders.mark import MARK, Origin
from pyspice_models.folders.output import output_folder

ONE = Origin("simulate", "1", {"study": "s"}, "ag2s simulate s.toml")
TWO = Origin("simulate", "2", {"study": "s"}, "ag2s simulate s.toml --set array.rows=3")
SWEEP = Origin("sweep", "1", {"sweep": "s"}, "ag2s sweep s.toml")


def _fill(target: Path, text: str = "data", origin: Origin | None = ONE, *, force: bool = False) -> None:
    with output_folder(target, origin, force=force) as scratch:
        write_text(scratch / "result", text)


def _texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MARK
    }
