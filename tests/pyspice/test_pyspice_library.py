"""Threads, forks and spawned processes around the ngspice library: they run, or are refused with the way out.

Each in a process of its own, which a fault of the library would crash or hang.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CELL = """
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from PySpice.Spice.Netlist import Circuit
from pyspice_models.errors import ToolError
from pyspice_models.pyspice import Ag2SCell, celsius, simulator_options

def simulator(w, form):
    circuit = Circuit("one cell")
    circuit.subcircuit(Ag2SCell(form=form))
    circuit.X("cell", "ag2s", "top", 0, w0=w)
    circuit.V("read", "top", 0, 5e-3)
    simulator = circuit.simulator(temperature=celsius(300))
    simulator.options("klu", **simulator_options())
    return simulator

def current(w, form="osdi"):
    return -float(simulator(w, form).operating_point()["vread"][0])

def told(w):
    try:
        return current(w)
    except ToolError as error:
        return str(error)

STATES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
if __name__ == "__main__":
"""


def run(folder: Path, script: str) -> str:
    """What a script prints, which begins with CELL."""
    (folder / "work.py").write_text(CELL + "".join(f"    {line}\n" for line in script.strip().splitlines()))
    done = subprocess.run(
        [sys.executable, "work.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_threads_wait_for_each_other(form: str, tmp_path: Path) -> None:
    """Also those whose circuit is refused, which spoil no other one's result."""
    out = run(
        tmp_path,
        f"""
def bad(_):
    circuit = Circuit("refused")
    circuit.X("nothing", "not_there", "a", 0)
    try:
        circuit.simulator().operating_point()
    except Exception as error:
        return type(error).__name__
with ThreadPoolExecutor(6) as pool:
    found, refused = pool.map(lambda w: current(w, {form!r}), STATES * 3), pool.map(bad, range(8))
    found, refused = list(found), list(refused)
alone = [current(w, {form!r}) for w in STATES]
assert found == alone * 3, (found, alone)
assert alone == sorted(set(alone)) and alone[0] > 1e-10, alone
assert set(refused) == {{"NgSpiceCircuitError"}}, refused
print("same")
""",
    )
    assert out == "same\n"


@pytest.mark.parametrize(("start", "before"), [("fork", False), ("fork", True), ("spawn", True)])
def test_workers_run_or_say_at_once_that_they_must_be_spawned(start: str, before: bool, tmp_path: Path) -> None:
    out = run(
        tmp_path,
        f"""
if {before}:
    current(0.9)
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context({start!r})) as pool:
    found = list(pool.map(told, STATES[:3]))
if {before and start == "fork"}:
    assert all(str(text).startswith("libngspice was loaded before this process was forked") for text in found), found
    assert "get_context('spawn')" in found[0]
else:
    assert found == [current(w) for w in STATES[:3]], found
print("as it should be")
""",
    )
    assert out == "as it should be\n"


def test_a_process_forked_during_a_run_is_refused_and_its_parent_goes_on(tmp_path: Path) -> None:
    """The lock that a thread of the parent held is never given back in the child."""
    out = run(
        tmp_path,
        """
from pyspice_models.engine.shared.library_use import LIBRARY
inside, leave = threading.Event(), threading.Event()
def hold():
    with LIBRARY.used():
        inside.set()
        leave.wait(60)
current(0.9)
thread = threading.Thread(target=hold)
thread.start()
inside.wait(60)
child = os.fork()
if child == 0:
    os._exit(7 if "was forked" in str(told(0.1)) else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
leave.set()
thread.join()
print(status, current(0.1) > 0)
""",
    )
    assert out == "7 True\n"


def test_a_library_that_gave_itself_up_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """In the thread that used it, and in another one."""
    out = run(
        tmp_path,
        """
from pyspice_models.engine.shared.library_use import LIBRARY
current(0.9)
LIBRARY.finished = "ngspice has met an error that it cannot undo"
print(told(0.1))
with ThreadPoolExecutor(1) as pool:
    print(list(pool.map(told, [0.1]))[0])
""",
    )
    assert out == 2 * (
        "libngspice cannot be used any more in this process: ngspice has met an error that it cannot undo; restart "
        "Python, in a notebook its kernel.\n"
    )
