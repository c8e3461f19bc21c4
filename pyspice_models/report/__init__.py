"""Matplotlib figures from datasets. They compute nothing that a measure could, and set no backend."""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.report.study import maps_figure, save_pictures, write_read_figure

__getattr__, __dir__ = lazily(__name__, {"study": "maps_figure save_pictures write_read_figure"})

__all__ = ["maps_figure", "save_pictures", "write_read_figure"]
