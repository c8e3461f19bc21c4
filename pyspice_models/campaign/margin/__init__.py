"""Read margins over data patterns."""

from pyspice_models.campaign.margin.margins import Extreme, MarginParams, Margins
from pyspice_models.campaign.margin.sizes import as_data, largest_size, margins_by_size, read_margins

__all__ = ["Extreme", "MarginParams", "Margins", "as_data", "largest_size", "margins_by_size", "read_margins"]
