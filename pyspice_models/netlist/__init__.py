"""Netlist text from descriptions, one writer for each tool."""

from pyspice_models.accuracy import Accuracy
from pyspice_models.netlist.crossbar import crossbar_deck, deck_of
from pyspice_models.netlist.deck import Deck
from pyspice_models.netlist.dialects import dialect, dialect_names

__all__ = ["Accuracy", "Deck", "crossbar_deck", "deck_of", "dialect", "dialect_names"]
