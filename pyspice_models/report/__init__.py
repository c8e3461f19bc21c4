"""Figures from datasets by Matplotlib, and pages of results: they compute no measure and set no backend."""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.report.page.write import write_report
    from pyspice_models.report.study import maps_figure, save_pictures, write_read_figure

__getattr__, __dir__ = lazily(
    __name__, {"study": "maps_figure save_pictures write_read_figure", "page.write": "write_report"}
)

__all__ = ["maps_figure", "save_pictures", "write_read_figure", "write_report"]
