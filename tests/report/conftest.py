"""Results and pages that all tests of this folder share."""

from report_cases import pages, results

__all__ = ["pages", "results"]
