"""Notebooks as they are kept: without outputs, the same bytes for the same cells; and their code as plain Python.

After an edit in Jupyter: .venv/bin/python tests/notebooks/notebook_files.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "scripts" / "notebooks"
_ABOUT = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks() -> list[Path]:
    """All that ship."""
    return sorted(FOLDER.glob("*.ipynb"))


def kept(text: str) -> str:
    """A notebook as it is kept: no outputs, no counts, cells numbered, keys in order."""
    data = json.loads(text)
    cells = []
    for number, cell in enumerate(data["cells"]):
        source = "".join(cell["source"]).strip("\n")
        one: dict[str, Any] = {
            "cell_type": cell["cell_type"], "id": f"cell-{number:02d}",
            "metadata": {key: cell["metadata"][key] for key in ("tags",) if key in cell.get("metadata", {})},
            "source": source.splitlines(keepends=True),
        }  # fmt: skip
        cells.append(one | ({"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}))
    whole = {"cells": cells, "metadata": _ABOUT, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def cells(path: Path, kind: str = "code") -> Iterator[str]:
    """Text of its cells of one kind, in their order."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"])


if __name__ == "__main__":
    for path in notebooks():
        path.write_text(kept(path.read_text(encoding="utf-8")), encoding="utf-8")
