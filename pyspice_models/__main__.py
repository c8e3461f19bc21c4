"""`python -m pyspice_models`: the command `ag2s` of this very Python."""

from pyspice_models.cli.main import app

if __name__ == "__main__":
    app()
