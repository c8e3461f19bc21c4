"""One self-contained page for a result: what was asked, what came out, where every number comes from."""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.report.page.write import report_folders, save_figures_of, save_report, write_report

__getattr__, __dir__ = lazily(__name__, {"write": "report_folders save_figures_of save_report write_report"})

__all__ = ["report_folders", "save_figures_of", "save_report", "write_report"]
