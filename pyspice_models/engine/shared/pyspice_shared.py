"""PySpice 1.5 on the libngspice of today.

PySpice ended with ngspice 34. What it meets in ngspice 46, and what is done about it here:

- It looks for `libngspice.so`, which only a development package has. Here the library that NGSPICE_LIBRARY_PATH names
  is loaded, else the one that `find_libngspice` finds.
- It warns of every version after 34, because it does not know how that version numbers the kinds of vectors. The
  numbers of 34 still hold in 46; they are entered for 35 to 46, and a later version still gets the warning.
- A circuit that ngspice refuses raises nothing, for the reason is told on the error stream, which PySpice does not look
  at while it loads. `run` then runs the previous circuit, and its waves pass for those of the new one. Here the
  refusal is raised.
- Any other word on the error stream counts as a failure, even "Note: Starting dynamic gmin stepping"; so does the word
  "error" anywhere in the output, even as the name of a node. Here `is_error` decides.
- Its exceptions have no text. Here they carry ngspice's words.
- Power, charge, resistance and conductance have no unit. Here they have.
- `simulator.save_internal_parameters(...)` promises to save all nodes too, but the text is made twice for a run and
  the second has lost the word "all"; `simulator.save("out")` saves the nodes o, u and t. Here both do what they say.
- The library reads .spiceinit of the current folder or the home, and obeys variables such as SPICE_SCRIPTS. Here it
  starts in an empty folder without them.
- Threads crash it and forks hang it: here the ones wait and the others are refused, see `library_use`.
- Ctrl-C during a run is lost in a callback. Here a run takes place in a thread of ngspice's own, which Ctrl-C ends.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

from PySpice.Spice.NgSpice import Shared
from PySpice.Unit import u_C, u_Ohm, u_S, u_W

from pyspice_models.engine.shared.library_use import LIBRARY, RESTART, SPAWN, interrupts_later
from pyspice_models.engine.toolchain.own_folder import in_empty_folder
from pyspice_models.engine.toolchain.surroundings import FIXED, passed
from pyspice_models.engine.toolchain.tools import find_libngspice, require
from pyspice_models.errors import RequestError, ToolError

VARIABLE = "NGSPICE_LIBRARY_PATH"
_PATIENCE = 10.0  # [s] for an interrupted run to come to the end of its step
# the case matters: nodes are printed in lower case, and one may be called "error"
_ERROR = re.compile(r"\s*(Error\b|ERROR\b|error:|[Ff]atal)")
_HARMLESS = re.compile(r"\s*(note|warning)\b", re.IGNORECASE)
_FAILURE = re.compile(
    r"aborted|timestep too small|cannot be run|can't|couldn't|too (few|many) parameters for subcircuit"
    r"|unknown (subckt|device|parameter)|unable to|no such|undefined|unimplemented",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(stderr|stdout) ?(.*)", re.DOTALL)


def is_error(line: str, stream: str) -> bool:
    """Whether a line of ngspice's output on `stream`, "stdout" or "stderr", says that something failed."""
    if _ERROR.match(line):
        return True
    return stream == "stderr" and not _HARMLESS.match(line) and bool(_FAILURE.search(line))


def _check_no_quit(command: str) -> None:
    """Refuse what would end the library for the whole process, which it does not even survive."""
    if any(part.split()[:1] in (["quit"], ["exit"]) for part in command.lower().split(";")):
        raise RequestError(f"{command!r} would end ngspice for the whole process; leave it out.")


class SharedNgspice(Shared.NgSpiceShared):
    """PySpice's handle on the library, with the mendings that the head of this file lists."""

    @classmethod
    def new_instance(cls, ngspice_id: int = 0, send_data: bool = False, verbose: bool = False) -> Shared.NgSpiceShared:
        """The one handle of this process; the library is found and loaded on the first call.

        Raises:
            ToolError: there is no libngspice, it does not load, or this process is a fork of one that has loaded it.
            RequestError: a second library in the same process.
        """
        if ngspice_id != 0:
            raise RequestError(f"ngspice_id = {ngspice_id!r}: there is one library in a process; for more, {SPAWN}.")
        with LIBRARY.loading():
            if ngspice_id not in cls._instances:
                cls._instances[ngspice_id] = cls(ngspice_id=ngspice_id, send_data=send_data, verbose=verbose)
            return cls._instances[ngspice_id]

    def __init__(self, ngspice_id: int = 0, send_data: bool = False, verbose: bool = False) -> None:
        """Use `new_instance`."""
        if self._instances:
            raise RequestError(f"this process has its ngspice library already: call new_instance(); for more, {SPAWN}.")
        self._ended = threading.Event()
        self._ended.set()
        super().__init__(ngspice_id, send_data, verbose)

    @property
    def library_path(self) -> str:
        """Where the library lies.

        Raises:
            ToolError: there is none.
        """
        return os.environ.get(VARIABLE) or str(require(find_libngspice()))

    def _load_library(self, verbose: bool) -> None:
        path = self.library_path
        try:
            # at first alone: PySpice declares the library's functions before it loads it, and cannot do so again
            Shared.ffi.dlopen(path)
        except OSError as error:
            called = f"{VARIABLE}={path}" if os.environ.get(VARIABLE) else path
            raise ToolError(
                f"{called} does not load: {error}. Let the variable name a libngspice.so, or unset it."
            ) from None
        super()._load_library(verbose)

    def _init_ngspice(self, send_data: bool) -> None:
        def begin() -> None:
            # an empty one here, or the library would look for one in the home
            Path(".spiceinit").touch()
            LIBRARY.starter = threading.get_ident()
            super(SharedNgspice, self)._init_ngspice(send_data)

        kept = {*passed(), *(name for name, value in FIXED.items() if os.environ.get(name) == value)}
        hidden = {
            name: os.environ.pop(name)
            for name in list(os.environ)
            if name.startswith(("SPICE_", "NGSPICE_")) and name not in kept
        }
        try:
            in_empty_folder(begin)
        finally:
            LIBRARY.starter = 0
            os.environ.update(hidden)
        kinds = self._simulation_type
        self._type_to_unit |= {kinds.power: u_W, kinds.charge: u_C, kinds.res: u_Ohm, kinds.admittance: u_S}

    @staticmethod
    def _background_thread_running(is_over: bool, ngspice_id: int, user_data: Any) -> int:
        """Called by the library when its thread begins, and when it ends."""
        self = Shared.ffi.from_handle(user_data)
        self._is_running = not is_over
        if is_over:
            self._ended.set()
        return 0

    @staticmethod
    def _exit(status: int, at_once: bool, by_quit: bool, ngspice_id: int, user_data: Any) -> int:
        """Called by the library when it gives itself up."""
        LIBRARY.finished = "ngspice was told to quit" if by_quit else "ngspice has met an error that it cannot undo"
        return status

    @staticmethod
    def _send_char(message_c: Any, ngspice_id: int, user_data: Any) -> int:
        """Called by the library with each line of its output."""
        self = Shared.ffi.from_handle(user_data)
        message = Shared.ffi_string_utf8(message_c)
        if isinstance(message, bytes):
            message = message.decode(errors="replace")
        match = _PREFIX.match(message)
        if match is None:
            # what the library writes by itself has no stream's name in front
            return int(self.send_char(message, ngspice_id))
        stream, line = match[1], match[2]
        failed = is_error(line, stream)
        if stream == "stderr":
            self._stderr.append(line)
            self._error_in_stderr = self._error_in_stderr or failed
        else:
            self._stdout.append(line)
            self._error_in_stdout = self._error_in_stdout or failed
        self._logger.log(30 if stream == "stderr" and line.startswith("Warning") else 10, line)
        return int(self.send_char(message, ngspice_id))

    def load_circuit(self, circuit: object) -> None:
        """Load a circuit.

        Raises:
            NgSpiceCircuitError: ngspice refuses it; the message holds ngspice's words.
            RequestError: its control block would end the library for the whole process.
        """
        inside = False
        for line in str(circuit).lower().splitlines():
            inside = line.strip() == ".control" or (inside and line.strip() != ".endc")
            if inside:
                _check_no_quit(line)
        with LIBRARY.used():
            self._check_idle()
            try:
                with interrupts_later():
                    super().load_circuit(circuit)
                refused = self._error_in_stderr
            except NameError:  # what PySpice raises has no text
                refused = True
            if refused:
                raise Shared.NgSpiceCircuitError(f"ngspice refuses the circuit:\n{self._words()}")

    def exec_command(self, command: str, join_lines: bool = True) -> Any:
        """Execute a command and give its output.

        Raises:
            NgSpiceCommandError: it failed; the message holds ngspice's words.
            RequestError: the command would end the library for the whole process.
        """
        _check_no_quit(command)
        with LIBRARY.used():
            try:
                with interrupts_later():
                    return super().exec_command(command, join_lines)
            except NameError:
                raise Shared.NgSpiceCommandError(f"ngspice command {command!r} failed:\n{self._words()}") from None

    def run(self, background: bool = False) -> None:
        """Run the simulation; Ctrl-C ends it, and the library can be used again.

        Raises:
            NgSpiceCommandError: it failed; the message holds ngspice's words.
        """
        if background:
            super().run(background)
            return
        with LIBRARY.used():
            self._check_idle()
            self.clear_output()
            self._ended.clear()
            try:
                with interrupts_later():
                    # not exec_command, which judges by what the thread has said when it has hardly begun
                    started = self._ngspice_shared.ngSpice_Command(b"bg_run") == 0
                if started:
                    self._ended.wait()
            except BaseException:
                self._halt()
                raise
            if not started or self._error_in_stdout or self._error_in_stderr:
                self._ended.set()
                raise Shared.NgSpiceCommandError(f"ngspice command 'run' failed:\n{self._words()}")

    def _halt(self) -> None:
        with interrupts_later():
            self._ngspice_shared.ngSpice_Command(b"bg_halt")
        self._ended.wait(_PATIENCE)

    def _check_idle(self) -> None:
        if not self._ended.is_set():
            raise ToolError(f"ngspice is still at work on a run that was interrupted: wait a while, or {RESTART}.")

    def plot(self, simulation: object, plot_name: str) -> Any:
        """Vectors of a plot, copied."""
        with LIBRARY.used():
            return super().plot(simulation, plot_name)

    @property
    def plot_names(self) -> list[str]:
        """Names of the plots, the last one first."""
        with LIBRARY.used():
            names: list[str] = super().plot_names
            return names

    def _words(self) -> str:
        words = [*self._stderr, *(line for line in self._stdout if is_error(line, "stdout"))]
        return "\n".join([*words, *([f"After this {RESTART}."] if LIBRARY.finished else [])])
