"""PySpice 1.5 on the libngspice of today.

PySpice ended with ngspice 34. What it meets in ngspice 46, and what is done about it here:

- It looks for `libngspice.so`, which only a development package has: the library that `find_libngspice` finds is named
  to it in NGSPICE_LIBRARY_PATH.
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
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from PySpice.Spice.NgSpice import Shared
from PySpice.Spice.NgSpice import Simulation as shared_simulation
from PySpice.Spice.NgSpice.SimulationType import SIMULATION_TYPE
from PySpice.Unit import u_C, u_Ohm, u_S, u_W

from pyspice_models.engine.tools import find_libngspice, require
from pyspice_models.errors import ToolError

VARIABLE = "NGSPICE_LIBRARY_PATH"
_VERSIONS_WITH_THE_NUMBERS_OF_34 = range(35, 47)
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


class SharedNgspice(Shared.NgSpiceShared):
    """PySpice's handle on the library, with the mendings that the head of this file lists."""

    @classmethod
    def new_instance(cls, ngspice_id: int = 0, send_data: bool = False, verbose: bool = False) -> Shared.NgSpiceShared:
        """The one handle of this process; the library is found and loaded on the first call.

        Raises:
            ToolError: there is no libngspice, or it does not load.
        """
        instance = cls._instances.get(ngspice_id)
        if instance is None:
            name_library()
            try:
                instance = cls(ngspice_id=ngspice_id, send_data=send_data, verbose=verbose)
            except OSError as error:
                raise ToolError(
                    f"{VARIABLE}={os.environ[VARIABLE]} does not load: {error}. "
                    "Unset the variable, or let it name a libngspice.so."
                ) from None
            cls._instances[ngspice_id] = instance
        return instance

    def _init_ngspice(self, send_data: bool) -> None:
        super()._init_ngspice(send_data)
        kinds = self._simulation_type
        self._type_to_unit |= {kinds.power: u_W, kinds.charge: u_C, kinds.res: u_Ohm, kinds.admittance: u_S}

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
        """
        try:
            super().load_circuit(circuit)
        except Shared.NgSpiceCircuitError:
            raise Shared.NgSpiceCircuitError(f"ngspice refuses the circuit:\n{self._words()}") from None
        if self._error_in_stderr:
            raise Shared.NgSpiceCircuitError(f"ngspice refuses the circuit:\n{self._words()}")

    def exec_command(self, command: str, join_lines: bool = True) -> Any:
        """Execute a command and give its output.

        Raises:
            NgSpiceCommandError: it failed; the message holds ngspice's words.
        """
        try:
            return super().exec_command(command, join_lines)
        except Shared.NgSpiceCommandError:
            raise Shared.NgSpiceCommandError(f"ngspice command {command!r} failed:\n{self._words()}") from None

    def _words(self) -> str:
        return "\n".join([*self._stderr, *(line for line in self._stdout if is_error(line, "stdout"))])


class SharedSimulator(shared_simulation.NgSpiceSharedCircuitSimulator):
    """What `circuit.simulator()` gives."""

    _saved_nodes: set[str]

    def save(self, *vectors: str | Iterable[str]) -> None:
        """Save these vectors, each a name or a list of names, and no others unless "all" is one of them."""
        for names in vectors:
            super().save([names] if isinstance(names, str) else names)

    def __str__(self) -> str:
        """The complete netlist of a run, the same each time."""
        wanted = set(self._saved_nodes)
        try:
            return str(super().__str__())
        finally:
            self._saved_nodes = wanted


def name_library() -> None:
    """Tell PySpice where libngspice lies, unless NGSPICE_LIBRARY_PATH was set by the user.

    Raises:
        ToolError: there is none.
    """
    if not os.environ.get(VARIABLE):
        os.environ[VARIABLE] = str(require(find_libngspice()))
    # PySpice read the variable when it was imported
    Shared.NgSpiceShared.setup_platform()


def install() -> None:
    """Let `circuit.simulator()` give a `SharedSimulator` on `SharedNgspice`.

    Nothing is loaded yet: PySpice can write netlists where there is no libngspice. A simulation that the process has
    already started keeps the handle that it has.
    """
    for version in _VERSIONS_WITH_THE_NUMBERS_OF_34:
        SIMULATION_TYPE.setdefault(version, SIMULATION_TYPE["last"])
    shared_simulation.NgSpiceShared = SharedNgspice
    shared_simulation.NgSpiceSharedCircuitSimulator = SharedSimulator
