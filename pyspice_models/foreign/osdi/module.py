"""A foreign Verilog-A module as a value: its text, and which module of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import cut


@dataclass(frozen=True)
class Compiled:
    """A module of a Verilog-A text; it can be pickled, compared and hashed, and compiles when it is needed.

    Attributes:
        text: the whole source, the user's own include files spliced in.
        module: name of the module; empty if the text has one alone.
        file: where the text came from, for messages.
    """

    text: str
    module: str = ""
    file: str = "a Verilog-A text"

    @property
    def shown(self) -> str:
        """File and module for messages."""
        return f"{cut(self.file)}, module {self.module}" if self.module else cut(self.file)

    @property
    def stem(self) -> str:
        """A name for files made of it: letters, digits and underscores."""
        return re.sub(r"\W", "_", Path(self.file).stem, flags=re.ASCII)[:40] or "cell"

    def object(self) -> Path:
        """The OSDI object, compiled now or taken from the cache.

        Raises:
            ToolError: compiler or linker missing, or the text refused; the message shows the compiler's own words.
        """
        return compiled(self.text, f"foreign_{self.stem}")
