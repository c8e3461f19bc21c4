"""Self-contained folders for other people's tools: models, test benches, what they must give, and how to run them."""

from pyspice_models.export.bundle import Bundle, write_bundle

__all__ = ["Bundle", "write_bundle"]
