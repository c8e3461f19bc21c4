"""Waves that another tool made of a study: read, named as the package names them, and measured."""
