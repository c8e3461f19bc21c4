"""Machine code is kept under the name of what it was made of, and of nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from pyspice_models.engine.nodal.linear.compiled import files_of_loops

ENGINE = Path(__file__).parents[2] / "pyspice_models" / "engine"
NOT_COMPILED = {
    "nodal/transient.py",
    "nodal/live.py",
    "nodal/engine.py",
    "nodal/ends/sources.py",
    "nodal/osdi/apart.py",
}


def test_what_is_compiled_and_its_constants_name_the_machine_code() -> None:
    found = {path.relative_to(ENGINE).as_posix() for path in files_of_loops()}
    assert not found & NOT_COMPILED
    assert {"nodal/interval.py", "nodal/crossings/own.py", "nodal/ends/base.py", "osdi/layout.py"} <= found
    for name in found:
        tree = ast.parse((ENGINE / name).read_text(encoding="utf-8"))
        for one in ast.walk(tree):
            module = str(one.module).removeprefix("pyspice_models.engine.") if isinstance(one, ast.ImportFrom) else ""
            if not isinstance(one, ast.ImportFrom) or module.split(".")[0] not in ("nodal", "osdi"):
                continue
            module = module.replace(".", "/")
            taken = {f"{module}.py"} if (ENGINE / f"{module}.py").exists() else {
                f"{module}/{alias.name}.py" for alias in one.names
            }  # fmt: skip
            assert taken <= found, name
