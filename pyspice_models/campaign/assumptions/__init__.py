"""What a study's measures rest on: each assumed parameter at both ends of its plausible range."""

from pyspice_models.campaign.assumptions.request import Request, load_request
from pyspice_models.campaign.assumptions.run import assumptions, run_assumptions
from pyspice_models.campaign.assumptions.tornado import Bar, Tornado, as_data, headlines, tornado

__all__ = [
    "Bar",
    "Request",
    "Tornado",
    "as_data",
    "assumptions",
    "headlines",
    "load_request",
    "run_assumptions",
    "tornado",
]
