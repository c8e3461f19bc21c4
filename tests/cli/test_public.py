"""What `from pyspice_models import ...` offers, and that importing sets nothing, starts nothing and patches nothing."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyspice_models
from pyspice_models import engine, pyspice, report
from pyspice_models.cli.commands import COMMANDS, GROUPS, module_of

HEAVY = {
    "PIL", "PySpice", "distributed", "h5netcdf", "h5py", "llvmlite", "matplotlib", "numba", "numpy", "pandas", "scipy",
    "threadpoolctl", "xarray",
}  # fmt: skip


@pytest.mark.parametrize("name", pyspice_models.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(pyspice_models, name)
    assert name in dir(pyspice_models)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__name__ == name
        assert value.__doc__, "a public name says what it is"


@pytest.mark.parametrize("package", [pyspice_models, engine, report, pyspice])
def test_what_editors_are_told_is_what_is_imported(package) -> None:
    """Types are read from the block under TYPE_CHECKING, names at work from the table beneath it."""
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    told = {
        alias.name: node.module.removeprefix(package.__name__ + ".")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(told) == sorted(package.__all__)
    assert list(package.__all__) == sorted(package.__all__, key=_constants_first)
    for name, module in told.items():
        assert getattr(package, name) is getattr(importlib.import_module(f"{package.__name__}.{module}"), name)
    modules = {found.name for found in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(told), "a module of the same name would take its place once it is imported"


def _constants_first(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_another_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'pyspice_models' has no attribute 'Crosbar'"):
        _ = pyspice_models.Crosbar
    with pytest.raises(ImportError, match="cannot import name 'Crosbar' from 'pyspice_models'"):
        exec("from pyspice_models import Crosbar")


def test_types_are_told_to_those_who_import_the_package() -> None:
    assert Path(pyspice_models.__file__).with_name("py.typed").is_file()


def _fresh(code: str) -> dict[str, list[str]]:
    """What a new process prints last, read as JSON."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize(
    "what",
    [
        "import pyspice_models; dir(pyspice_models); pyspice_models.__version__",
        "import pyspice_models.report, pyspice_models.pyspice, pyspice_models.engine",
        # as the command does it, but for the end
        "import sys; sys.argv = ['ag2s', '--help']\n"
        "import pyspice_models.cli.main\n"
        "pyspice_models.cli.main.app(standalone_mode=False)",
    ],
)
def test_what_needs_no_other_library_loads_none(what: str) -> None:
    told = _fresh(f"{what}\nimport json, sys; print(json.dumps({{'loaded': sorted(sys.modules)}}))")
    assert "pyspice_models.lazily" in told["loaded"]
    assert not HEAVY & set(told["loaded"])


_EVERY_MODULE = """
import importlib, json, os, pkgutil, sys, threading
import numpy  # which sets a variable and takes it away again
before, done = dict(os.environ), []
watched = ("os.putenv", "os.unsetenv", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn")
def heard(event, arguments):
    if event in watched:
        done.append(f"{event} {arguments[:2]}")
sys.addaudithook(heard)
import pyspice_models
names = [found.name for found in pkgutil.walk_packages(pyspice_models.__path__, "pyspice_models.")]
here = os.getcwd()
for name in names:
    importlib.import_module(name)
from PySpice.Spice.NgSpice import Shared, Simulation
from PySpice.Spice.NgSpice.SimulationType import SIMULATION_TYPE
patched = [n for n in ("NgSpiceShared",) if getattr(Simulation, n) is not getattr(Shared, n)]
patched += [n for n in ("NgSpiceSharedCircuitSimulator",) if getattr(Simulation, n).__module__ != Simulation.__name__]
patched += [str(n) for n in (35, 46) if n in SIMULATION_TYPE]
changed = sorted(n for n in {*before, *os.environ} if before.get(n) != os.environ.get(n))
print(json.dumps({
    "names": names, "done": done, "changed": changed, "patched": patched, "threads": [
        thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
    "drawing": [n for n in sys.modules if n.partition(".")[0] == "matplotlib"],
    "moved": [os.getcwd()] * (here != os.getcwd()),
}))
"""


def test_importing_any_module_sets_nothing_starts_nothing_and_patches_nothing() -> None:
    told = _fresh(_EVERY_MODULE)
    assert len(told.pop("names")) > 200
    assert told == {"done": [], "changed": [], "patched": [], "threads": [], "drawing": [], "moved": []}


def test_a_cell_that_is_made_or_a_word_lets_pyspice_use_the_library() -> None:
    code = (
        "import json\n"
        "from PySpice.Spice.NgSpice import Simulation\n"
        "from pyspice_models.pyspice import {name}\n"
        "before = Simulation.NgSpiceShared.__name__\n"
        "{name}({how})\n"
        "after = Simulation.NgSpiceShared, Simulation.NgSpiceSharedCircuitSimulator\n"
        "print(json.dumps([before, *(kind.__name__ for kind in after)]))"
    )
    for name, how in (("install", ""), ("Ag2SCell", "form='subckt'"), ("crossbar_subcircuit", "BAR, form='subckt'")):
        bar = "from pyspice_models import Crossbar\nBAR = Crossbar(2, 2)\n"
        assert _fresh(bar + code.format(name=name, how=how)) == ["NgSpiceShared", "SharedNgspice", "SharedSimulator"]


def test_pictures_leave_the_backend_of_a_user_alone(tmp_path: Path) -> None:
    code = f"""
import json, matplotlib
matplotlib.use("svg")
from pathlib import Path
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
save_figures(Path({str(tmp_path)!r}), {{"a.png": lambda: blank(layout="constrained")}})
print(json.dumps([matplotlib.get_backend()]))
"""
    assert _fresh(code) == ["svg"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


SAID = {name: said for name, said in COMMANDS.items() if name not in GROUPS}
SAID |= {f"{group} {name}": said for group, own in GROUPS.items() for name, said in own.items()}


@pytest.mark.parametrize("name", SAID)
def test_the_list_of_commands_says_of_each_what_it_says_of_itself(name: str) -> None:
    command = getattr(importlib.import_module(module_of(name)), f"{name.split()[-1].replace('-', '_')}_command")
    assert " ".join(command.__doc__.split()).partition(". ")[0].rstrip(".") == SAID[name]


def test_every_command_is_in_the_list() -> None:
    folder = Path(importlib.import_module("pyspice_models.cli.commands").__file__).parent
    files = {path.stem for path in folder.rglob("*.py")} - {"__init__"}
    assert files == {name.split()[-1].replace("-", "_") for name in SAID}
