"""One number that a study asks for: at which value of a key a measure crosses a limit, by bisection."""

from pyspice_models.campaign.find.data import as_data, save_search
from pyspice_models.campaign.find.request import Search, load_search
from pyspice_models.campaign.find.run import SearchResult, find, first_answer, run_search

__all__ = ["Search", "SearchResult", "as_data", "find", "first_answer", "load_search", "run_search", "save_search"]
