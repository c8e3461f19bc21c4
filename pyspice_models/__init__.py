"""Ag2S memristor crossbars in real circuit simulators: model, netlists, studies and measures.

from pyspice_models import Crossbar, Read, Study, Write, run_study
outcome = run_study(Study("demo", Crossbar(8, 8), [Write(3, 4), Read(3, 4)]))
print(outcome.measures["energy_per_switch"].value)  # [J]
All that a user needs is here; names are imported when they are first used, the package alone loads and starts nothing.
"""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.accuracy import Accuracy
    from pyspice_models.array.crossbar import Crossbar
    from pyspice_models.array.driver import DriverParams
    from pyspice_models.array.faults import Faults
    from pyspice_models.array.kinds.kind import Kind
    from pyspice_models.array.levels import checked_levels, levels_for
    from pyspice_models.array.patterns import pattern
    from pyspice_models.array.sensing import SensingParams
    from pyspice_models.array.variability import (
        VariabilityParams,
        sample_array,
        sample_cell,
        sample_crossbar,
        sample_cycles,
        sample_devices,
    )  # fmt: skip
    from pyspice_models.array.wire import WireParams
    from pyspice_models.campaign.assumptions import assumptions, load_request, run_assumptions
    from pyspice_models.campaign.assumptions.tornado import Tornado, tornado
    from pyspice_models.campaign.cluster import cluster
    from pyspice_models.campaign.compared import Compared, compare
    from pyspice_models.campaign.find import Search, SearchResult, find
    from pyspice_models.campaign.learning.learn import learn
    from pyspice_models.campaign.learning.learned import Learned
    from pyspice_models.campaign.learning.lessons import Lessons
    from pyspice_models.campaign.learning.tune import tune
    from pyspice_models.campaign.margin import MarginParams, Margins, largest_size, margins_by_size, read_margins
    from pyspice_models.campaign.montecarlo import Limit, MonteCarlo, load_montecarlo, montecarlo, run_montecarlo
    from pyspice_models.campaign.statistics import summarize
    from pyspice_models.campaign.sweep import Sweep, load_sweep, run_sweep, sweep
    from pyspice_models.cells.ag2s.model import AG2S
    from pyspice_models.cells.ag2s.params import CellParams
    from pyspice_models.cells.gap.params import GapParams
    from pyspice_models.cells.model import CellModel
    from pyspice_models.cells.presets import Preset, Provenance, find_preset, load_preset, preset, preset_names
    from pyspice_models.cells.presets.write import write_preset
    from pyspice_models.cells.registry import model_names, model_of
    from pyspice_models.cells.selectors.foreign import ForeignTransistor, foreign_transistor
    from pyspice_models.cells.selectors.foreign_module import ForeignSelector
    from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
    from pyspice_models.cells.threshold.params import ThresholdCellParams
    from pyspice_models.cells.vteam.params import VteamParams
    from pyspice_models.engine.nodal.static.products import solve_products, transfer_matrix
    from pyspice_models.engine.nodal.static.sensitivity import Output, Sensitivity, StaticSolver, sensitivity
    from pyspice_models.engine.nodal.static.solution import StaticSolution
    from pyspice_models.engine.nodal.static.solve import solve_operating_point, solve_static
    from pyspice_models.engine.registry import engine_names, netlist_engine
    from pyspice_models.errors import Ag2sError, PictureError, RequestError, SimulationError, StorageError, ToolError
    from pyspice_models.export.aihwkit.contents import TrainingDevice, TrainingPulses
    from pyspice_models.export.aihwkit.write import write_training_device
    from pyspice_models.export.bundle import write_bundle
    from pyspice_models.export.contents import Bundle
    from pyspice_models.folders.output import output_folder
    from pyspice_models.foreign.read import foreign_cell
    from pyspice_models.foreign.selector import foreign_selector
    from pyspice_models.inputs.matrix import matrix_from_file
    from pyspice_models.lab.calibration import calibrate
    from pyspice_models.lab.characterize.anchors import compare_anchors
    from pyspice_models.lab.characterize.maps.files import write_maps
    from pyspice_models.lab.characterize.maps.run import DeviceMap, device_maps
    from pyspice_models.lab.characterize.sheet import Sheet, characterize
    from pyspice_models.lab.fit import FitResult, FittedParameter, IvLoop, PulseTrain, Setup, fit, read_all, read_data
    from pyspice_models.measure.energy import EnergySplit, by_selection, energy_split, stored_energy
    from pyspice_models.measure.margin import current_margin, voltage_margin
    from pyspice_models.measure.measure import Measure
    from pyspice_models.measure.noise import Sensing, noise_ratio
    from pyspice_models.measure.overshoot import current_overshoot
    from pyspice_models.measure.paths import current_paths
    from pyspice_models.measure.product import ErrorSplit, product_error, split_error
    from pyspice_models.measure.read import (
        ReadFigures,
        cell_current,
        conductances,
        measure_read,
        recovery_time,
        sense_current,
        sneak_share,
    )
    from pyspice_models.measure.supply import Supply, supply
    from pyspice_models.measure.write import disturb, disturb_by_selection, effective_voltage, ir_drop, state_change
    from pyspice_models.netlist.crossbar import crossbar_deck
    from pyspice_models.netlist.deck import Deck
    from pyspice_models.netlist.dialects import dialect, dialect_names
    from pyspice_models.program.file import load_write_verify
    from pyspice_models.program.inference.file import load_inference
    from pyspice_models.program.inference.infer import infer
    from pyspice_models.program.inference.request import Inference, InferenceParams
    from pyspice_models.program.inference.run import Inferred
    from pyspice_models.program.learning.converters import Converters
    from pyspice_models.program.learning.file import load_learning
    from pyspice_models.program.learning.request import ImageSource, Learning, LearningParams
    from pyspice_models.program.learning.rules.floating import FloatingParams
    from pyspice_models.program.learning.rules.sgd import SgdParams
    from pyspice_models.program.learning.rules.transfer import TransferParams
    from pyspice_models.program.learning.tile import Pulses
    from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
    from pyspice_models.program.learning.tiles.table_tile import TableTile
    from pyspice_models.program.learning.trained import Trained
    from pyspice_models.program.programming import Budget, Programming
    from pyspice_models.program.session import Applied, Session, Snapshot
    from pyspice_models.program.write_verify import write_verify
    from pyspice_models.pyspice.cell import Ag2SCell
    from pyspice_models.pyspice.crossbar import CrossbarSubCircuit, crossbar_subcircuit
    from pyspice_models.pyspice.settings import celsius, simulator_options
    from pyspice_models.report import maps_figure, save_pictures, write_read_figure, write_report
    from pyspice_models.result.dataset import to_dataset
    from pyspice_models.result.program import windows
    from pyspice_models.result.store import load, save
    from pyspice_models.result.waves import write_waves
    from pyspice_models.simulation import Simulation
    from pyspice_models.stimulus.phase import Phase
    from pyspice_models.stimulus.program import Schedule, Window, schedule
    from pyspice_models.stimulus.scheme import Bias, read_bias, vector_bias, write_bias
    from pyspice_models.stimulus.steps import (
        STEPS,
        Apply,
        Drive,
        RankOne,
        RankOneStreams,
        Read,
        ReadAll,
        Step,
        Vmm,
        Wait,
        Write,
        WritePattern,
    )
    from pyspice_models.stimulus.timeline import Timeline
    from pyspice_models.stimulus.waveform import Waveform
    from pyspice_models.study.continuing import continue_from
    from pyspice_models.study.limits import Limits
    from pyspice_models.study.run import Outcome, run_study
    from pyspice_models.study.study import Study
    from pyspice_models.study.tables.read import load_study, study_from
    from pyspice_models.study.tables.write import write_study
    from pyspice_models.study.variation import Variation, vary
    from pyspice_models.version import __version__

# the same names as above, by module, for those who run the code; a test holds the two to each other
_NAMES = {
    "accuracy": "Accuracy",
    "array.crossbar": "Crossbar",
    "array.driver": "DriverParams",
    "array.faults": "Faults",
    "array.kinds.kind": "Kind",
    "array.levels": "checked_levels levels_for",
    "array.patterns": "pattern",
    "array.sensing": "SensingParams",
    "array.variability": "VariabilityParams sample_array sample_cell sample_crossbar sample_cycles sample_devices",
    "array.wire": "WireParams",
    "campaign.assumptions": "assumptions load_request run_assumptions",
    "campaign.assumptions.tornado": "Tornado tornado",
    "campaign.cluster": "cluster",
    "campaign.compared": "Compared compare",
    "campaign.find": "Search SearchResult find",
    "campaign.learning.learn": "learn",
    "campaign.learning.learned": "Learned",
    "campaign.learning.lessons": "Lessons",
    "campaign.learning.tune": "tune",
    "campaign.margin": "MarginParams Margins largest_size margins_by_size read_margins",
    "campaign.montecarlo": "Limit MonteCarlo load_montecarlo montecarlo run_montecarlo",
    "campaign.statistics": "summarize",
    "campaign.sweep": "Sweep load_sweep run_sweep sweep",
    "cells.ag2s.params": "CellParams",
    "cells.presets": "Preset Provenance find_preset load_preset preset preset_names",
    "cells.presets.write": "write_preset",
    "cells.ag2s.model": "AG2S",
    "cells.gap.params": "GapParams",
    "cells.model": "CellModel",
    "cells.registry": "model_names model_of",
    "cells.selectors.foreign_module": "ForeignSelector",
    "cells.selectors.foreign": "ForeignTransistor foreign_transistor",
    "cells.threshold.params": "ThresholdCellParams",
    "cells.vteam.params": "VteamParams",
    "cells.selectors.params": "SWITCHING ThresholdParams TransistorParams",
    "engine.nodal.static.products": "solve_products transfer_matrix",
    "engine.nodal.static.sensitivity": "Output Sensitivity StaticSolver sensitivity",
    "engine.nodal.static.solution": "StaticSolution",
    "engine.nodal.static.solve": "solve_operating_point solve_static",
    "engine.registry": "engine_names netlist_engine",
    "errors": "Ag2sError PictureError RequestError SimulationError StorageError ToolError",
    "foreign.selector": "foreign_selector",
    "export.aihwkit.contents": "TrainingDevice TrainingPulses",
    "export.aihwkit.write": "write_training_device",
    "export.bundle": "write_bundle",
    "export.contents": "Bundle",
    "folders.output": "output_folder",
    "foreign.read": "foreign_cell",
    "inputs.matrix": "matrix_from_file",
    "lab.calibration": "calibrate",
    "lab.characterize.anchors": "compare_anchors",
    "lab.characterize.maps.files": "write_maps",
    "lab.characterize.maps.run": "DeviceMap device_maps",
    "lab.characterize.sheet": "Sheet characterize",
    "lab.fit": "FitResult FittedParameter IvLoop PulseTrain Setup fit read_all read_data",
    "measure.energy": "EnergySplit by_selection energy_split stored_energy",
    "measure.margin": "current_margin voltage_margin",
    "measure.measure": "Measure",
    "measure.noise": "Sensing noise_ratio",
    "measure.overshoot": "current_overshoot",
    "measure.paths": "current_paths",
    "measure.product": "ErrorSplit product_error split_error",
    "measure.read": "ReadFigures cell_current conductances measure_read recovery_time sense_current sneak_share",
    "measure.supply": "Supply supply",
    "measure.write": "disturb disturb_by_selection effective_voltage ir_drop state_change",
    "netlist.crossbar": "crossbar_deck",
    "netlist.deck": "Deck",
    "netlist.dialects": "dialect dialect_names",
    "program.file": "load_write_verify",
    "program.inference.file": "load_inference",
    "program.inference.infer": "infer",
    "program.inference.request": "Inference InferenceParams",
    "program.inference.run": "Inferred",
    "program.learning.converters": "Converters",
    "program.learning.file": "load_learning",
    "program.learning.request": "ImageSource Learning LearningParams",
    "program.learning.rules.floating": "FloatingParams",
    "program.learning.rules.sgd": "SgdParams",
    "program.learning.rules.transfer": "TransferParams",
    "program.learning.tile": "Pulses",
    "program.learning.tiles.circuit_tile": "CircuitTile",
    "program.learning.tiles.table_tile": "TableTile",
    "program.learning.trained": "Trained",
    "program.programming": "Budget Programming",
    "program.session": "Applied Session Snapshot",
    "program.write_verify": "write_verify",
    "pyspice.cell": "Ag2SCell",
    "pyspice.crossbar": "CrossbarSubCircuit crossbar_subcircuit",
    "pyspice.settings": "celsius simulator_options",
    "report": "maps_figure save_pictures write_read_figure write_report",
    "result.dataset": "to_dataset",
    "result.program": "windows",
    "simulation": "Simulation",
    "result.store": "load save",
    "result.waves": "write_waves",
    "stimulus.phase": "Phase",
    "stimulus.program": "Schedule Window schedule",
    "stimulus.scheme": "Bias read_bias vector_bias write_bias",
    "stimulus.steps": "STEPS Apply Drive RankOne RankOneStreams Read ReadAll Step Vmm Wait Write WritePattern",
    "stimulus.timeline": "Timeline",
    "stimulus.waveform": "Waveform",
    "study.continuing": "continue_from",
    "study.limits": "Limits",
    "study.run": "Outcome run_study",
    "study.study": "Study",
    "study.tables.read": "load_study study_from",
    "study.tables.write": "write_study",
    "study.variation": "Variation vary",
    "version": "__version__",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)

__all__ = [
    "AG2S", "STEPS", "SWITCHING", "Accuracy", "Ag2SCell", "Ag2sError", "Applied", "Apply", "Bias", "Budget", "Bundle",
    "CellModel", "CellParams", "CircuitTile", "Compared", "Converters", "Crossbar", "CrossbarSubCircuit", "Deck",
    "DeviceMap", "Drive", "DriverParams", "EnergySplit", "ErrorSplit", "Faults", "FitResult", "FittedParameter",
    "FloatingParams", "ForeignSelector", "ForeignTransistor", "GapParams", "ImageSource", "Inference",
    "InferenceParams", "Inferred", "IvLoop", "Kind", "Learned", "Learning", "LearningParams", "Lessons", "Limit",
    "Limits", "MarginParams", "Margins", "Measure", "MonteCarlo", "Outcome", "Output", "Phase", "PictureError",
    "Preset", "Programming", "Provenance", "PulseTrain", "Pulses", "RankOne", "RankOneStreams", "Read", "ReadAll",
    "ReadFigures", "RequestError", "Schedule", "Search", "SearchResult", "Sensing", "SensingParams", "Sensitivity",
    "Session", "Setup", "SgdParams", "Sheet", "Simulation", "SimulationError", "Snapshot", "StaticSolution",
    "StaticSolver", "Step", "StorageError", "Study", "Supply", "Sweep", "TableTile", "ThresholdCellParams",
    "ThresholdParams", "Timeline", "ToolError", "Tornado", "Trained", "TrainingDevice", "TrainingPulses",
    "TransferParams", "TransistorParams", "VariabilityParams", "Variation", "Vmm", "VteamParams", "Wait", "Waveform",
    "Window", "WireParams", "Write", "WritePattern", "__version__", "assumptions", "by_selection", "calibrate",
    "cell_current", "celsius", "characterize", "checked_levels", "cluster", "compare", "compare_anchors",
    "conductances", "continue_from", "crossbar_deck", "crossbar_subcircuit", "current_margin", "current_overshoot",
    "current_paths", "device_maps", "dialect", "dialect_names", "disturb", "disturb_by_selection", "effective_voltage",
    "energy_split", "engine_names", "find", "find_preset", "fit", "foreign_cell", "foreign_selector",
    "foreign_transistor", "infer", "ir_drop", "largest_size", "learn", "levels_for", "load", "load_inference",
    "load_learning", "load_montecarlo", "load_preset", "load_request", "load_study", "load_sweep", "load_write_verify",
    "maps_figure", "margins_by_size", "matrix_from_file", "measure_read", "model_names", "model_of", "montecarlo",
    "netlist_engine", "noise_ratio", "output_folder", "pattern", "preset", "preset_names", "product_error", "read_all",
    "read_bias", "read_data", "read_margins", "recovery_time", "run_assumptions", "run_montecarlo", "run_study",
    "run_sweep", "sample_array", "sample_cell", "sample_crossbar", "sample_cycles", "sample_devices", "save",
    "save_pictures", "schedule", "sense_current", "sensitivity", "simulator_options", "sneak_share",
    "solve_operating_point", "solve_products", "solve_static", "split_error", "state_change", "stored_energy",
    "study_from", "summarize", "supply", "sweep", "to_dataset", "tornado", "transfer_matrix", "tune", "vary",
    "vector_bias", "voltage_margin", "windows", "write_bias", "write_bundle", "write_maps", "write_preset",
    "write_read_figure", "write_report", "write_study", "write_training_device", "write_verify", "write_waves",
]  # fmt: skip
