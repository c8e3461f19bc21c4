"""The version of the package."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ag2s-crossbar")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "unknown"
