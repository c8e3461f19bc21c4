"""How far networks in training have come: what nobody can tell is left out, and nothing is waited for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pyspice_models.campaign.learning.checkpoints import progress_in

SOUND = {"epoch": 1.5, "epochs": 3, "validation": 0.5, "loss": 0.25}


def test_what_is_no_progress_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "sound.json").write_text(json.dumps(SOUND))
    for number, odd in enumerate((None, "1", True, [], {})):
        for key in SOUND:
            (tmp_path / f"{key}-{number}.json").write_text(json.dumps(SOUND | {key: odd}))
    for name, text in (("list", "[]"), ("text", '"x"'), ("cut", '{"epoch"'), ("more", '{"epoch": 1, "x": 2}')):
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "long.json").write_text(json.dumps(SOUND) + " " * 20_000)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "nothing.json").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "fifo.json")  # which would never end
    assert {name: told._asdict() for name, told in progress_in(tmp_path).items()} == {"sound": SOUND}
