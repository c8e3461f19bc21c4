"""SLURM on this machine for a test: munged, slurmctld and slurmd in a folder, set up as docs/howto/slurm.md says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "slurm.md"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def configuration(folder: Path, cpus: int) -> str:
    """What the page says, with a folder and ports of its own."""
    (said,) = re.findall(r"(?ms)^```ini\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    host = socket.gethostname().split(".")[0]
    text = said.replace("HOST", host).replace("/var/spool", str(folder)).replace("CPUs=2", f"CPUs={cpus}")
    assert text.count(host) == 3, "the page changed"
    own = {
        "AuthInfo": f"socket={folder / 'munge' / 'socket'}",
        "SlurmdUser": "root",
        "SlurmctldPort": free_port(),
        "SlurmdPort": free_port(),
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "SchedulerParameters": "sched_min_interval=0,batch_sched_delay=0,bf_interval=1",
        "KillWait": 2,
    }
    return text + "".join(f"{name}={value}\n" for name, value in own.items())


@contextmanager
def ended(name: str, words: list[object], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the foreground, with a log; it ends with the block."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program, f"no {name}: scripts/setup installs it (Debian: apt install slurm-wlm munge)"
    with (folder / f"{name}.out").open("ab") as log:
        process = subprocess.Popen([program, *map(str, words)], cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def asked(*words: str) -> str:
    """What a program of SLURM says."""
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False).stdout


def until(true: object, process: subprocess.Popen[bytes] | None = None, seconds: float = 60) -> None:
    """Wait for a function to be true."""
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert process is None or process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def slurm(folder: Path, cpus: int = 4) -> Iterator[None]:
    """It runs while the block does, and SLURM_CONF leads to it."""
    assert os.geteuid() == 0, "SLURM takes jobs of several users: only root can start it"
    munge = folder / "munge"
    munge.mkdir(mode=0o755)
    for name in ("slurmctld", "slurmd"):
        (folder / name).mkdir()
    key = munge / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    (folder / "slurm.conf").write_text(configuration(folder, cpus), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        release = int(asked("sinfo", "--version").split()[-1].split(".")[0])
        (folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n" if release >= 23 else "", encoding="utf-8")
        places = {"key-file": key, **{f"{kind}-file": munge / kind for kind in ("pid", "log", "seed")}}
        words = [f"--{name}={path}" for name, path in places.items()]
        # a folder of /tmp is no place for a socket that others trust: here nobody else does
        words = ["--foreground", "--force", f"--socket={munge / 'socket'}", *words]
        process = stack.enter_context(ended("munged", words, folder))
        until((munge / "socket").exists, process)
        process = stack.enter_context(ended("slurmctld", ["-D"], folder))
        until(lambda: "night" in asked("sinfo", "--noheader"), process)
        process = stack.enter_context(ended("slurmd", ["-D"], folder))
        until(lambda: "idle" in asked("sinfo", "--noheader"), process)
        try:
            yield
        finally:
            asked("scancel", "--user=root")
            until(lambda: not asked("squeue", "--noheader"))
