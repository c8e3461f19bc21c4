"""What knows no cells that forget or wear says so."""

from __future__ import annotations

from pyspice_models.errors import RequestError
from pyspice_models.study.study import Study


def refuse_aging(study: Study, asked: str) -> None:
    """Raise RequestError for a study whose cells age; `asked` is what does not know that, in words."""
    if study.ages:
        raise RequestError(
            f"{asked} knows no cells that forget or wear: take [aging] out of the study {study.name}, or use one of "
            "ag2s simulate, sweep, montecarlo, find, retain and disturb."
        )
