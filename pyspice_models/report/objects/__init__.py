"""What objects show of themselves: pages for notebooks, and pictures on the axes that a user gives."""

from pyspice_models.report.objects.registry import draw, page

__all__ = ["draw", "page"]
