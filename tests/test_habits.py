"""The habits that a machine can check: lint, format, types, the direction of imports, exact pins."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=lambda command: " ".join(command),
)
def test_checker_has_no_complaint(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} complains:\n{done.stdout}\n{done.stderr}"


def _plain(name: str) -> str:
    """A distribution's name as package tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_asked_for_is_pinned_exactly() -> None:
    lines = [
        line.partition("#")[0].strip()
        for line in (ROOT / "scripts" / "requirements.txt").read_text().splitlines()
        if line.partition("#")[0].strip()
    ]
    pins = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)( ; .*)?", line)
        assert match, f"not an exact pin: {line}"
        pins[_plain(match[1])] = match[2]

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        assert _plain(name) in pins, f"{name} is in pyproject.toml, but not in scripts/requirements.txt"


def test_requirements_name_no_package_index() -> None:
    text = (ROOT / "scripts" / "requirements.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text, re.MULTILINE), "options such as an index address belong to the machine's pip"
