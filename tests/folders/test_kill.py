"""kill -9 at any moment: the same command, or --resume, gives the same to the last bit, and clears up."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr
from small_studies import UNIFORM, array, write_then_read

from pyspice_models.cli.stop import Stopped, stopping
from pyspice_models.result import load

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
ARRAY, PROGRAM = array(3, 3, UNIFORM), write_then_read(1, 1)
STUDIES = {
    "simulate": ARRAY + PROGRAM,
    "sweep": ARRAY + PROGRAM + '[sweep]\nover = ["program.0.voltage=0.2,0.25,0.3", "array.rows=2,3,4"]\n',
    "montecarlo": ARRAY + PROGRAM + "[variability]\nseed = 7\n[montecarlo]\nruns = 24\n",
    "write-verify": ARRAY + '[write_verify]\npattern = "identity"\ntolerance = 0.002\n',
    "program": ARRAY + '[write_verify]\npattern = "identity"\n[programming]\ncompare = ["width", "history"]\n',
}
FEWER = {"sweep": ("array.rows=2,3,4", "array.rows=2,3"), "montecarlo": ("runs = 24", "runs = 6")}
"""What the tests that are not slow put for what in a study."""
RESUME = {"sweep": ["--resume"], "montecarlo": ["--resume"]}


def _start(folder: Path, command: str, out: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [AG2S, command, "s.toml", "--out", f"out/{out}", "--json", *words], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(folder / "tmp")},
    )  # fmt: skip


def _content(folder: Path) -> dict[str, object]:
    """All that a result says: its files, of datasets what they hold, without what tells of time and machine."""
    content: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        # a round before the kill is not done again, and its deck is gone with the process
        if not path.is_file() or path.name == ".ag2s" or path.suffix == ".log" or name.startswith("round-"):
            continue
        if path.suffix == ".nc":
            dataset = load(path)
            for told in ("engine_seconds", "log"):
                dataset.attrs.pop(told, None)
            content[name] = dataset
        elif path.suffix == ".jsonl":  # runs come in any order
            content[name] = sorted(path.read_bytes().splitlines())
        else:
            content[name] = path.read_bytes()
    return content


def _same(one: dict[str, object], other: dict[str, object]) -> None:
    assert list(one) == list(other)
    for name, value in one.items():
        if isinstance(value, xr.Dataset):
            xr.testing.assert_identical(value, other[name])
        else:
            assert value == other[name], name


def _killed(folder: Path, command: str, out: str, moment: float, *words: str) -> bool:
    """Whether it was still at work at that moment, and is dead now."""
    process = _start(folder, command, out, *words)
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


def _check(folder: Path, command: str, study: str, kills: int, seed: int, *words: str) -> None:
    resume = [*words, *RESUME.get(command, [])]
    (folder / "tmp").mkdir()
    (folder / "s.toml").write_text(study, encoding="utf-8")
    began = time.monotonic()
    whole = _start(folder, command, "whole", *words)
    answer, told = whole.communicate(timeout=300)
    lasted = time.monotonic() - began
    assert whole.returncode == 0, told
    wanted = _content(folder / "out" / "whole")
    draw = random.Random(seed)
    done = 0
    while done < kills:
        out = f"r{done}"
        # a machine with more to do by then is slower, one with less is done too early and tried again
        if not _killed(folder, command, out, draw.uniform(0.2, 1.1) * lasted, *words):
            lasted *= 0.9
            done_already = _start(folder, command, out, *resume)
            done_already.communicate(timeout=300)
            continue
        done += 1
        again = _start(folder, command, out, *resume)
        said, told = again.communicate(timeout=300)
        assert again.returncode == 0, told
        assert "Traceback" not in told
        assert said == answer
        _same(_content(folder / "out" / out), wanted)
        left = sorted(path.name for path in (folder / "out").iterdir())
        assert left == sorted(["whole", *(f"r{n}" for n in range(done))]), "nothing hidden, nothing unfinished"
        deadline = time.monotonic() + 10
        while list((folder / "tmp").iterdir()):
            assert time.monotonic() < deadline, list((folder / "tmp").iterdir())
            time.sleep(0.05)


@pytest.mark.parametrize(
    "command",
    [one if one in ("simulate", "write-verify") else pytest.param(one, marks=pytest.mark.slow) for one in STUDIES],
)
def test_a_killed_command_comes_back_bit_by_bit(tmp_path: Path, command: str) -> None:
    study = STUDIES[command].replace(*FEWER.get(command, ("", "")))
    _check(tmp_path, command, study, 1, 11, *(["--workers", "1"] if command in RESUME else []))


@pytest.mark.slow
@pytest.mark.parametrize("command", STUDIES)
def test_a_hundred_kills_cost_nothing(tmp_path: Path, command: str) -> None:
    """25 of each command."""
    _check(tmp_path, command, STUDIES[command], 25, 2)


def test_a_signal_while_a_library_makes_a_class_is_still_the_signal() -> None:
    """Python turned it into a RuntimeError, and the command ended with a traceback and status 1."""

    class Named:
        def __set_name__(self, owner: type, name: str) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    def work() -> None:
        try:
            type("Made", (), {"name": Named()})
        except RuntimeError as error:
            error.add_note("what was kept")
            raise

    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(Stopped, match="stopped by SIGTERM") as found, stopping():
            work()
        assert found.value.exit_code == 128 + signal.SIGTERM
        assert found.value.__notes__ == ["what was kept"]
        with pytest.raises(RuntimeError, match="another"), stopping():
            raise RuntimeError("another")
    finally:
        signal.signal(signal.SIGTERM, before)
