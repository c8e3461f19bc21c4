"""What the command says of itself: help for every command, complete; in a shell, and as a module of Python."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models.cli.commands import COMMANDS, GROUPS, module_of
from pyspice_models.cli.main import app

AG2S = Path(sys.executable).with_name("ag2s")
NAMES = [name for name in COMMANDS if name not in GROUPS] + [
    f"{group} {one}" for group in GROUPS for one in GROUPS[group]
]


def _help(*words: str):
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def _texts(name: str) -> list[str]:
    """All that a command's author wrote: what it does, and the help of its arguments and options."""
    function = getattr(importlib.import_module(module_of(name)), f"{name.split()[-1].replace('-', '_')}_command")
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    infos = [one.default for one in parameters]
    infos += [info for one in parameters for info in getattr(one.annotation, "__metadata__", ())]
    return [function.__doc__, *filter(None, (getattr(info, "help", None) for info in infos))]


def _letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_help_loses_nothing(name: str) -> None:
    """Least of all a table in square brackets, which is markup to rich."""
    done = _help(*name.split(), "-h")
    assert done.exit_code == 0
    shown = _letters(done.stdout)
    for text in _texts(name):
        assert _letters(text) in shown


def test_some_help_has_square_brackets() -> None:
    """Or the test above would hold nothing."""
    assert sum("[sweep]" in text for name in NAMES for text in _texts(name)) > 1


def test_alone_it_shows_its_help() -> None:
    for words in ([], ["cell"]):
        alone, asked = _help(*words), _help(*words, "--help")
        assert alone.exit_code == asked.exit_code == 0
        assert alone.stdout == asked.stdout
        assert "Usage" in alone.stdout
    assert all(re.search(rf"^  {name}  ", _help().stdout, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("words", [[], ["cell"], ["cell", "check"], ["sweep"]])
def test_the_short_option_asks_the_same(words: list[str]) -> None:
    assert _help(*words, "-h").stdout == _help(*words, "--help").stdout


def test_python_runs_the_package_as_the_command() -> None:
    module = [sys.executable, "-P", "-m", "pyspice_models"]
    for words, status in ([], 0), (["doctr"], 2):
        done = subprocess.run([*module, *words], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == status
        assert "python -m pyspice_models" in (done.stderr if status else done.stdout)
    version = subprocess.run([*module, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert version.strip() == importlib.import_module("pyspice_models").__version__


SHELL = """
eval "$(ag2s --show-completion bash)"
offer() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _ag2s_completion ag2s
    echo "${COMPREPLY[*]}"
}
offer ag2s s
offer ag2s presets --ce
offer ag2s sweep tests/da
complete -p ag2s
"""


@pytest.mark.slow
def test_a_shell_completes_commands_and_options() -> None:
    """In bash itself, which starts the command four times; where nothing of ours fits, it offers files."""
    bash = shutil.which("bash")
    assert bash, "bash is not installed"
    own = {"PATH": f"{AG2S.parent}:{os.environ['PATH']}", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [bash, "--norc", "-c", SHELL], capture_output=True, text=True, check=True, timeout=120,
        env=os.environ | own,
    )  # fmt: skip
    commands, options, files, registered = done.stdout.splitlines()
    assert commands.split() == [name for name in COMMANDS if name.startswith("s")]
    assert options == "--cell"
    assert files == ""
    assert "-o default" in registered


def _offered(words: str) -> str:
    asked = {"_AG2S_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": words}
    return subprocess.run(
        [AG2S], capture_output=True, text=True, check=True, timeout=60, env=os.environ | asked
    ).stdout  # fmt: skip


def test_a_shell_that_shows_help_shows_all_of_it() -> None:
    assert "`[cell] model = NAME`" in _offered("ag2s pre").replace("\\", "")
    assert "own [sweep] is used" in " ".join(_offered("ag2s sweep --ov").split())


def test_help_loads_no_more_than_it_needs() -> None:
    code = (
        "import sys\n"
        "import pyspice_models\n"
        "print(*sys.modules)\n"
        "from pyspice_models.cli.main import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    package, *_, after = done.stdout.splitlines()
    assert not {"numpy", "typer", "rich"} & set(package.split())
    assert not {"numpy", "xarray", "scipy", "rich.progress", "importlib.metadata"} & set(after.split())
    assert "typer" in after.split()
