"""scripts/setup and its callers: quick the second time, plain where it may not install, nothing half-made left behind.

What needs another system (no sudo, another distribution, no package index) is played with stand-ins for apt and ngspice
in a copy of the checkout; real installs need a fresh root file system and are tried by hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ["scripts/setup", "scripts/demo", "scripts/test", ".ci/run"]
NOBODY = 65534

# what scripts/setup itself calls, without anything that it would install
SMALL_SYSTEM = ["bash", "sh", "env", "cat", "sed", "awk", "grep", "sha256sum", "cut", "dirname", "flock", "rm", "mv"]
SYSTEMS = {
    "debian12": "ID=debian\nVERSION_ID=12\n",
    "debian13": "ID=debian\nVERSION_ID=13\n",
    "ubuntu": "ID=ubuntu\nVERSION_ID=24.04\n",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_is_executable_bash_without_syntax_error(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", path], check=True)


def test_ci_is_one_line_that_calls_the_tests() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 1
    assert "scripts/test" in lines[0]


def test_second_setup_is_quick_and_asks_no_network(tmp_path: Path) -> None:
    network = tmp_path / "network"
    for name in ("apt-get", "sudo", "pip", "pip3", "npm", "curl", "wget"):
        write_program(tmp_path / "bin" / name, f'echo "{name} $*" >>"{network}"; exit 99')
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PIP_NO_INDEX": "1"}
    start = time.monotonic()
    done = subprocess.run(
        [ROOT / "scripts" / "setup"],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("all there") == 2, f"something was installed again:\n{done.stdout}"
    assert not network.exists(), network.read_text()
    assert time.monotonic() - start < 10.0


@pytest.mark.parametrize("script", [pytest.param("generate", marks=pytest.mark.slow), "draw_house"])
def test_what_writes_files_runs_in_the_projects_python_from_anywhere(tmp_path: Path, script: str) -> None:
    """Whatever python3 is first on PATH, and has none of the packages."""
    for name in ("python3", "python"):
        write_program(tmp_path / "bin" / name, f'exec "{sys._base_executable}" -I -S "$@"')
    done = subprocess.run(
        [ROOT / "scripts" / script, "--check"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


# ---- stand-ins for other systems -----------------------------------------------------------------------------------


def write_program(path: Path, body: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


class Machine:
    """A copy of the checkout in a folder with a space, and a PATH on which only chosen programs lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.checkout = folder / "some checkout"
        self.bin.mkdir()
        shutil.copytree(ROOT / "scripts", self.checkout / "scripts")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        for name in SMALL_SYSTEM:
            real = shutil.which(name)
            assert real, name
            (self.bin / name).symlink_to(real)
        self.libngspice_is_known(False)

    def libngspice_is_known(self, known: bool) -> None:
        line = r"\tlibngspice.so.0 (libc6,x86-64) => /usr/lib/libngspice.so.0" if known else ""
        write_program(self.bin / "ldconfig", f"printf '{line}\n'")
        write_program(self.bin / "dpkg-query", "exit 1")

    def offers(self, archive: str, version: str) -> None:
        """The package lists of the system's apt; an attempt to install fails."""
        write_program(self.bin / "apt-get", f'[ "$2" = --print-uris ] || exit 99; echo "\'{archive}\' x 0"')
        write_program(self.bin / "apt-cache", f'echo " ngspice | {version} | {archive}"')

    def has_ngspice(self, version: str) -> None:
        write_program(self.bin / "ngspice", f"echo '** ngspice-{version} : Circuit level simulation program'")

    def has_python(self) -> None:
        # its real path: a stand-in that leads to a manager's own shim would not find its home
        real = subprocess.run(
            ["python3", "-c", "import sys; print(sys._base_executable)"], capture_output=True, text=True, check=True
        )
        write_program(self.bin / "python3", f'exec "{real.stdout.strip()}" "$@"')

    def setup(self, system: str, *, as_nobody: bool = False, own_ngspice: str = "") -> subprocess.CompletedProcess[str]:
        (self.folder / "os-release").write_text(SYSTEMS[system])
        for path in [self.folder, *self.folder.rglob("*")]:
            if as_nobody and not path.is_symlink():
                path.chmod(0o777)
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.folder),
            "AG2S_OS_RELEASE": str(self.folder / "os-release"),
            # pip finds nothing, at once
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "AG2S_NGSPICE": own_ngspice,
        }
        identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody and os.geteuid() == 0 else {}
        return subprocess.run(
            [self.checkout / "scripts" / "setup"],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **identity,
        )


@pytest.fixture
def machine() -> Iterator[Machine]:
    # not pytest's own folder, which another user cannot enter
    with tempfile.TemporaryDirectory(prefix="ag2s setup ") as folder:
        yield Machine(Path(folder))


def test_without_root_or_sudo_it_prints_the_commands_for_debian_12(machine: Machine) -> None:
    machine.offers("http://archive.example/debian/dists/bookworm/main/binary-amd64/Packages.xz", "39.3+ds-1")
    done = machine.setup("debian12", as_nobody=True)
    assert done.returncode == 1
    assert "http://archive.example/debian bookworm-backports main' | tee /etc/apt/sources.list.d/" in done.stderr
    assert "apt-get" in done.stderr
    packages = "ngspice/bookworm-backports libngspice0/bookworm-backports binutils python3 python3-venv"
    assert f"install -y --no-install-recommends {packages}" in done.stderr
    assert not (machine.checkout / ".venv").exists()


def test_backports_that_are_configured_already_are_not_added_again(machine: Machine) -> None:
    machine.offers("http://archive.example/debian/dists/bookworm-backports/main/binary-amd64/Packages.xz", "46+ds-1")
    done = machine.setup("debian12", as_nobody=True)
    assert done.returncode == 1
    assert "tee" not in done.stderr
    assert "ngspice/bookworm-backports" in done.stderr


def test_debian_13_takes_its_own_ngspice(machine: Machine) -> None:
    machine.offers("http://archive.example/debian/dists/trixie/main/binary-amd64/Packages.xz", "44.2+ds-1")
    done = machine.setup("debian13", as_nobody=True)
    assert done.returncode == 1
    assert "recommends ngspice libngspice0 binutils python3 python3-venv" in done.stderr
    assert "backports" not in done.stderr


def test_an_old_ngspice_where_there_is_no_newer_one_is_said_aloud(machine: Machine) -> None:
    machine.offers("http://archive.example/ubuntu/dists/noble/universe/binary-amd64/Packages.xz", "42+ds-3")
    machine.has_ngspice("42")
    machine.libngspice_is_known(True)
    write_program(machine.bin / "ld", "exit 0")
    machine.has_python()
    done = machine.setup("ubuntu")
    assert "WARNING: ngspice 42 is the newest" in done.stderr
    assert "--form subckt" in done.stderr
    # a failed install leaves no half-made venv
    assert done.returncode == 1
    assert "making .venv" in done.stdout
    assert "setup: next:" in done.stderr
    assert not (machine.checkout / ".venv").exists()


def test_an_old_ngspice_where_there_is_a_newer_one_is_replaced(machine: Machine) -> None:
    machine.offers("http://archive.example/debian/dists/trixie/main/binary-amd64/Packages.xz", "44.2+ds-1")
    machine.has_ngspice("42")
    done = machine.setup("debian13", as_nobody=True)
    assert done.returncode == 1
    assert "recommends ngspice libngspice0" in done.stderr


def test_after_a_failed_install_the_venv_that_was_there_before_comes_back(machine: Machine) -> None:
    machine.has_ngspice("46")
    machine.libngspice_is_known(True)
    write_program(machine.bin / "ld", "exit 0")
    machine.has_python()
    (machine.checkout / ".venv").mkdir()
    (machine.checkout / ".venv" / "mine").touch()
    done = machine.setup("debian13")
    assert done.returncode == 1
    assert "making .venv" in done.stdout
    assert (machine.checkout / ".venv" / "mine").exists()
    assert not (machine.checkout / ".venv.old").exists()


def test_an_own_ngspice_that_does_not_run_is_refused(machine: Machine) -> None:
    done = machine.setup("debian13", own_ngspice="/nowhere/ngspice")
    assert done.returncode == 1
    assert "AG2S_NGSPICE=/nowhere/ngspice is not an ngspice that runs" in done.stderr
