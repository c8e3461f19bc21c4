"""Names of nodes and elements: the only place where one is formatted.

All lower case, because ngspice folds case. Word line r runs along the columns, bit line c along the rows.
"""

from __future__ import annotations

GROUND = "0"

Index = int | str
"""Number of a line; a text is a place in a template where the number will stand."""


def word_node(row: Index, col: Index) -> str:
    """Word line `row` at its crossing with bit line `col`."""
    return f"wl_{row}_{col}"


def bit_node(row: Index, col: Index) -> str:
    """Bit line `col` at its crossing with word line `row`."""
    return f"bl_{row}_{col}"


def word_terminal(row: Index) -> str:
    """Where the driver of word line `row` meets the array, beside column 0."""
    return f"wt_{row}"


def word_limited(row: Index) -> str:
    """Between the contact of word line `row`'s driver and its current limiter."""
    return f"wc_{row}"


def bit_terminal(col: Index) -> str:
    """Where the sense circuit of bit line `col` meets the array, below the last row."""
    return f"bt_{col}"


def word_source(row: Index) -> str:
    """Ideal source behind the driver of word line `row`."""
    return f"ws_{row}"


def bit_source(col: Index) -> str:
    """Ideal source behind the sense resistor of bit line `col`."""
    return f"bs_{col}"


def bit_input(col: Index) -> str:
    """Inverting input of the amplifier of bit line `col`, behind its input resistance."""
    return f"bi_{col}"


def bit_output(col: Index) -> str:
    """Output of the amplifier of bit line `col`."""
    return f"bo_{col}"


def mid_node(row: Index, col: Index) -> str:
    """Between the cell at (row, col) and its selector."""
    return f"mid_{row}_{col}"


def gate_node(row: Index, col: Index) -> str:
    """Gate line `col` at row `row`."""
    return f"ga_{row}_{col}"


def gate_terminal(col: Index) -> str:
    """Where the driver of gate line `col` meets it, below the last row."""
    return f"gt_{col}"


def gate_source(col: Index) -> str:
    """Ideal source behind the driver of gate line `col`."""
    return f"gs_{col}"


def transistor_end(terminal: str, row: Index, col: Index) -> str:
    """Terminal "d", "g" or "s" of the transistor at (row, col), behind the resistor that shows its current."""
    return f"t{terminal}_{row}_{col}"


def rail(number: Index) -> str:
    """Supply of drivers of kind `rail`; number 0 is ground."""
    return f"rail_{number}"


def switch_control(number: Index) -> str:
    """Where the switches that open and close together get their control."""
    return f"on_{number}"


def cell(row: Index, col: Index) -> str:
    """Cell at (row, col), without the letter that a simulator wants in front."""
    return f"_{row}_{col}"
