"""What `--scheduler "slurm ..."` says: options of sbatch as they are, and a few that are read here."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from pyspice_models.errors import RequestError
from pyspice_models.units import parse

NAME = "slurm"

MOST_WORKERS = 10_000

_EXAMPLE = 'Write for example --scheduler "slurm --partition=night --time=08:00:00 --mem=2G".'
_OPTION = re.compile(r"--([a-z][a-z0-9-]*)(?:=(.+))?", re.DOTALL)
_OURS = {
    "array": "each job is asked for by itself",
    "error": "what jobs say is kept, and told where it matters",
    "job-name": "jobs are found by their name",
    "nodes": "a job is one process after the other on one node; --workers says how many there are",
    "ntasks": "a job is one task; --workers and --cpus-per-task say how many work",
    "output": "what jobs say is kept, and told where it matters",
    "wrap": "the job is a worker of Dask",
}
"""Options of sbatch that would contradict what is asked for here, and why."""
_MOST_CPUS = 1024
_PATIENCE = 3600.0
_LONGEST_PATIENCE = 30 * 86400.0
_MEMORY = re.compile(r"(\d+)([KMGT]?)", re.IGNORECASE)
_EACH = 2048  # MB for a worker, unless --mem says otherwise


@dataclass(frozen=True)
class Words:
    """What jobs are asked for.

    Attributes:
        options: of sbatch, as they were given.
        cores: of a job, each of which does one run at a time.
        memory: of a job [MB].
        patience: how long no job may begin before the work is given up [s].
        interface: of the network, by which workers reach this process; "" for that of the default address.
    """

    options: tuple[str, ...] = ()
    cores: int = 1
    memory: int = _EACH
    patience: float = _PATIENCE
    interface: str = ""


def parse_words(text: str) -> Words:
    """Read `slurm --OPTION=VALUE ...`.

    Raises:
        RequestError: no option of this form, one that would contradict the request, a number out of its range.
    """
    try:
        words = shlex.split(text)[1:]
    except ValueError as error:
        raise RequestError(f"--scheduler {text!r} cannot be read: {error}. {_EXAMPLE}") from None
    options: list[str] = []
    own: dict[str, str] = {}
    for word in words:
        match = _OPTION.fullmatch(word)
        if match is None or "\n" in word:
            raise RequestError.for_value(
                "--scheduler slurm", word, allowed="options as --NAME=VALUE or --NAME", advice=_EXAMPLE
            )
        name, value = match[1], match[2] or ""
        if name in _OURS:
            raise RequestError(f"--scheduler slurm takes no --{name}: {_OURS[name]}. Leave it out.")
        if name in ("cpus-per-task", "mem", "patience", "interface"):
            own[name] = value
        else:
            # a line of a script is no shell's, but sbatch reads it in words
            options.append(f"--{name}" + (f"={shlex.quote(value)}" if value else ""))
    cores = _whole(own.get("cpus-per-task", "1"))
    memory = _megabytes(own["mem"]) if "mem" in own else cores * _EACH
    return Words(tuple(options), cores, memory, _patience(own.get("patience")), own.get("interface", ""))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _MOST_CPUS:
        raise RequestError.for_value(
            "--scheduler slurm --cpus-per-task", text, allowed=f"a whole number from 1 to {_MOST_CPUS}"
        )
    return int(text)


def _megabytes(text: str) -> int:
    match = _MEMORY.fullmatch(text)
    # without a unit SLURM counts in MB
    size = int(match[1][:12]) * 1024 ** "KMGT".index((match[2] or "M").upper()) // 1024 if match else 0
    if size < 256:
        raise RequestError.for_value(
            "--scheduler slurm --mem", text, allowed="256M or more, such as 4G", advice="It is the memory of a job."
        )
    return size


def _patience(text: str | None) -> float:
    if text is None:
        return _PATIENCE
    name, allowed = "--scheduler slurm --patience", "from 1 s to 30 days, such as 600s"
    found = parse(text, "s", name=name, allowed=allowed)
    if not 1 <= found <= _LONGEST_PATIENCE:
        raise RequestError.for_value(name, text, allowed=allowed)
    return found
