"""What `ag2s sweep` and `ag2s montecarlo` share: who does the work, and what is said of work that was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pyspice_models.campaign.journal.file import RUNS, count_runs
from pyspice_models.campaign.journal.folder import Journal, journal_in, unfinished
from pyspice_models.campaign.runs import Crew, local
from pyspice_models.cli.progress import stderr
from pyspice_models.disk import full
from pyspice_models.folders.mark import Origin


def crew_of(workers: int, scheduler: str) -> Crew:
    """Processes of this machine, or with a scheduler's address the workers of that cluster.

    Raises:
        RequestError: a number out of range, or no scheduler there.
    """
    if not scheduler:
        return local(workers)
    # Dask takes a second to import: not before it is needed
    from pyspice_models.campaign.cluster import cluster

    return cluster(scheduler, workers)


@contextmanager
def kept(
    folder: Path, key: str, about: Mapping[str, object], made: Origin, *, resume: bool, force: bool
) -> Iterator[Journal]:
    """See `journal_in`; whatever stops the block, it is told what is kept and how to go on."""
    begun = False
    try:
        with journal_in(folder, key, about, origin=made, resume=resume, force=force) as journal:
            if journal.done:
                stderr.print(f"going on: {len(journal.done)} results are there", markup=False)
            if journal.damaged:
                stderr.print(f"{journal.damaged} damaged results are done again", markup=False)
            begun = True
            yield journal
    except BaseException:
        # the file is asked: a signal may come when a result is in it and not yet counted
        if begun and (count := count_runs(unfinished(folder) / RUNS)):
            stderr.print(f"stopped: {count} results are kept in {unfinished(folder)}; --resume goes on", markup=False)
        raise


@contextmanager
def whole_results(journal: Journal) -> Iterator[None]:
    """Around the writing of what all runs come to: a disk that is full costs none of them."""
    try:
        yield
    except OSError as error:
        raise full(journal.folder, error, "All results are there: --resume writes the rest.") from None
