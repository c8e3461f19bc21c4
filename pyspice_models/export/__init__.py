"""Self-contained folders for other people's tools: models, test benches, what they must give, and how to run them."""

from pyspice_models.export.bundle import write_bundle
from pyspice_models.export.contents import Bundle

__all__ = ["Bundle", "write_bundle"]
