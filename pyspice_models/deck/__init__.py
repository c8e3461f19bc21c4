"""Netlist text from descriptions, one writer for each tool."""

from pyspice_models.deck.accuracy import Accuracy
from pyspice_models.deck.crossbar import crossbar_deck
from pyspice_models.deck.deck import Deck
from pyspice_models.deck.dialects import dialect, dialect_names

__all__ = ["Accuracy", "Deck", "crossbar_deck", "dialect", "dialect_names"]
