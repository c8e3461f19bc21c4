"""Crossings of several compiled objects that meet at inner nodes: a cell, and a selector or a transistor behind it."""
