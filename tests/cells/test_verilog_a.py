"""The Verilog-A in other front ends than its usual compiler, and inside the subset that commercial tools accept."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "verilog_a").glob("*.va"))

# what one of openvaf-r, ADMS, Spectre or HSPICE is known to refuse, or to take in a sense of its own
_FORBIDDEN = {
    r"\bidt(mod)?\s*\(": "integrals with initial values: no two simulators start them alike",
    r"@\s*\(": "events",
    r"\banalysis\s*\(": "never true in ngspice's transient operating point",
    r"\$(discontinuity|simparam|limit|param_given|port_connected|rdist\w*|random|strobe|display|finish)\b":
        "system functions that some tools lack",
    r"\b(laplace|zi)_\w+|\babsdelay\b|\btransition\b|\bslew\b|\blast_crossing\b": "analog filters",
    r"\b(paramset|aliasparam|localparam|genvar|generate|string|wreal|connectmodule)\b": "VAMS 2.4 and mixed signal",
    r"\bI\s*\(\s*<": "probes of port flow",
    r"`(?!include\b|P_K\b|P_Q\b|P_EPS0\b)\w+": "macros other than the constants of constants.vams",
    r"\?": "a conditional operator hides a kink in the derivatives",
}  # fmt: skip


def _code(module: Path) -> str:
    """The source without its comments, attributes and texts."""
    text = re.sub(r"//.*", "", module.read_text(encoding="ascii"))
    return re.sub(r"\(\*.*?\*\)|\"[^\"]*\"", "", text)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_adms_reads_it(module: Path, tmp_path: Path) -> None:
    """ADMS is the front end of Xyce's and Qucs's plug-ins; it shares no line with openvaf-r."""
    adms = shutil.which("admsXml")
    assert adms, "ADMS is not installed (Debian: package adms); run scripts/setup"
    shutil.copy(module, tmp_path)
    done = subprocess.run(
        [adms, module.name], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip
    words = done.stdout + done.stderr
    assert done.returncode == 0, words
    assert not re.search(r"fatal|error|warning", words), words
    assert (tmp_path / f".{module.name}.adms").is_file()


def test_adms_refuses_what_is_no_verilog_a(tmp_path: Path) -> None:
    """So that the test above means something."""
    (tmp_path / "broken.va").write_text("module broken(a); inout a; electrical a; analog I(a) <+ ; endmodule\n")
    done = subprocess.run(["admsXml", "broken.va"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0 or "fatal" in done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_it_stays_in_the_subset_that_every_tool_takes(module: Path) -> None:
    code = _code(module)
    for pattern, why in _FORBIDDEN.items():
        found = re.search(pattern, code)
        assert not found, f"{module.name}: {found and found[0]!r}: {why}"
    assert len(re.findall(r"\bmodule\b", code)) == 1
    assert module.stem in re.findall(r"\bmodule\s+(\w+)", code)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_functions_have_a_block(module: Path) -> None:
    """ADMS takes a single statement for an error."""
    functions = re.findall(r"analog function real.*?endfunction", _code(module), re.DOTALL)
    assert len(functions) == _code(module).count("endfunction")
    assert functions or module.stem != "ag2s", "the cell has some"
    for body in functions:
        assert re.search(r"\bbegin\b.*\bend\b\s*endfunction", body, re.DOTALL), body


def test_what_depends_on_the_simulator_says_why() -> None:
    """$abstime and $bound_step are the only system functions beside $temperature, and a comment stands above each.

    Every front end reads $bound_step, which Verilog-A has had from its start; one that does not act on it takes the
    steps that its own error control finds.
    """
    text = (ROOT / "verilog_a" / "ag2s.va").read_text()
    assert set(re.findall(r"\$\w+", _code(ROOT / "verilog_a" / "ag2s.va"))) == {
        "$abstime",
        "$bound_step",
        "$temperature",
    }
    before = text[: text.index("if ($abstime <= 0.0)")].splitlines()[-6:]
    assert any("$abstime" in line and line.strip().startswith("//") for line in before)
    assert text[: text.index("$bound_step")].splitlines()[-2].strip().startswith("//")
