"""Matplotlib figures from datasets. They compute nothing that a measure could."""

from pyspice_models.plot.study import maps_figure, save_pictures, write_read_figure

__all__ = ["maps_figure", "save_pictures", "write_read_figure"]
