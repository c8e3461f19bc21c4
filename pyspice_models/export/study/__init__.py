"""A study as a folder for another tool: its netlist with the user's own files, what it must give, and how to run it."""

from pyspice_models.export.study.contents import StudyBundle
from pyspice_models.export.study.write import write_study_bundle

__all__ = ["StudyBundle", "write_study_bundle"]
