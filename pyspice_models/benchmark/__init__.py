"""What the package's speed is, measured side by side with what one would use without it."""

from pyspice_models.benchmark.run import run_benchmark
from pyspice_models.benchmark.speed_figure import SpeedFigure

__all__ = ["SpeedFigure", "run_benchmark"]
