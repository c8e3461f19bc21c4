"""Whole questions: a study is read, written, run and measured."""

from pyspice_models.folders.output import output_folder
from pyspice_models.study.continuing import continue_from
from pyspice_models.study.run import Outcome, run_study
from pyspice_models.study.study import Study
from pyspice_models.study.tables.read import load_study, study_from
from pyspice_models.study.tables.write import write_study

__all__ = [
    "Outcome", "Study", "continue_from", "load_study", "output_folder", "run_study", "study_from", "write_study",
]  # fmt: skip
