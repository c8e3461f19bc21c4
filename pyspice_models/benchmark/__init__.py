"""What the package's speed is, measured side by side with what one would use without it."""

from pyspice_models.benchmark.rows import Row
from pyspice_models.benchmark.run import run_benchmark

__all__ = ["Row", "run_benchmark"]
