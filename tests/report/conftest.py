"""Results and pages that all tests of this folder share."""

from report_cases import pages, reports, results

__all__ = ["pages", "reports", "results"]
