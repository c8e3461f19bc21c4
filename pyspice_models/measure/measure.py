"""What a measure is: a number with its unit and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspice_models.displayed import Displayed
from pyspice_models.units import micro, shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Measure(Displayed):
    """One number; `float` gives it, `print` shows it with its unit and an SI prefix.

    Attributes:
        value: SI float.
        unit: "" for a pure number.
        about: what it means, one line.
        general: the same without the voltages and other numbers of its run; "" where `about` has none.
    """

    value: float
    unit: str
    about: str
    general: str = ""

    def __float__(self) -> float:
        """The value, SI."""
        return float(self.value)

    def __str__(self) -> str:
        """For people, such as `14.61 fJ`."""
        return shown(self.value, self.unit)

    def __repr__(self) -> str:
        """One line for people."""
        return f"<Measure {self}: {micro(self.about)}>"


def measures_frame(measures: Mapping[str, Measure]) -> pd.DataFrame:
    """Measures as a table of pandas: `value` (SI), `unit` ("1" for none), `shown` (for people), `about`, by name."""
    import pandas as pd  # which xarray has loaded before

    rows = [(one.value, one.unit or "1", str(one), micro(one.about)) for one in measures.values()]
    names = pd.Index(list(measures), name="measure", dtype=object)
    return pd.DataFrame(rows, names, ["value", "unit", "shown", "about"])


def common_text(texts: Iterable[tuple[str, str]]) -> str:
    """What a measure means in many runs that may differ in what their texts name, such as a voltage.

    Args:
        texts: `about` and `general` of the measure in each run, in the order of the runs; at least one.
    """
    first, *others = texts
    return first[0] if all(about == first[0] for about, _ in others) else first[1] or first[0]
