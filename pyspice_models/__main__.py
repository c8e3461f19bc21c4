"""The command `ag2s`, which is `python -m pyspice_models` too."""

from pyspice_models.cli.main import app
from pyspice_models.lazily import spare


def main() -> None:
    """What a shell starts."""
    spare("dask")
    app()


if __name__ == "__main__":
    main()
