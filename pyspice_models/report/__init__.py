"""Matplotlib figures from datasets. They compute nothing that a measure could."""

from pyspice_models.engine.toolchain.own_folder import imported

imported("matplotlib")  # which reads a matplotlibrc of the current folder

from pyspice_models.report.study import maps_figure, save_pictures, write_read_figure  # noqa: E402

__all__ = ["maps_figure", "save_pictures", "write_read_figure"]
