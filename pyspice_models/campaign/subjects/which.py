"""Which subject a study file, or an option, asks for."""

from __future__ import annotations

from pyspice_models.campaign.subjects.subject import TRANSIENT, Subject
from pyspice_models.errors import RequestError
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Source

WORDS = (TRANSIENT.word, "write-verify", "inference", "disturb", "retain")
"""What they are called."""
_TABLES = {"write-verify": "write_verify", "inference": "inference", "disturb": "disturb", "retain": "retain"}


def subject_in(source: Source, word: str) -> tuple[Study, Subject]:
    """The study as designed, and what is done with its arrays.

    Args:
        source: tables, with one for the subject: `[write_verify]` and `[inference]` have to be there.
        word: one of `WORDS`.

    Raises:
        RequestError: no such word; no table for it, or what makes no sense in one; a study that cannot do it.
    """
    check_word(word)
    _check_table(source, word)
    own = table_of(word)
    plain = source.without(*(table for table in _TABLES.values() if table != own))
    # each brings what it does with it: not before it is asked for
    if word == "write-verify":
        from pyspice_models.campaign.subjects.programming import WriteVerify
        from pyspice_models.program.file import load_write_verify

        asked = load_write_verify(plain)
        return asked.study, WriteVerify(asked)
    if word == "inference":
        from pyspice_models.campaign.subjects.inference import Inference
        from pyspice_models.program.inference.infer import task_of

        task = task_of(plain)
        return task.study, Inference.of(task)
    nominal = plain.without(own).nominal()
    return nominal, _lasting(nominal, source, word)


def _lasting(study: Study, source: Source, word: str) -> Subject:
    """What lasts longer than a transient can; or the transient."""
    if word == TRANSIENT.word:
        return TRANSIENT
    from pyspice_models.campaign.lasting import tables as lasting
    from pyspice_models.campaign.subjects.lasting import LongRest, ManyReads

    table = source.tables.get(table_of(word), {})
    if word == "disturb":
        return ManyReads.of(study, lasting.disturb_from(table))
    return LongRest.of(study, *lasting.retain_from(table))


def at_point(source: Source, word: str) -> tuple[Study, Subject]:
    """The study of one point, with what its `[variability]` draws, and what is done with it.

    Raises:
        RequestError: see `subject_in`.
    """
    if word in ("write-verify", "inference"):  # they know their own array
        return subject_in(source, word)
    check_word(word)
    _check_table(source, word)
    study = source.without(*_TABLES.values()).study()
    return study, _lasting(study, source, word)


def check_word(word: object, name: str = "of") -> str:
    """A word for a subject.

    Raises:
        RequestError: it is none.
    """
    if not isinstance(word, str) or word not in WORDS:
        raise RequestError.for_value(name, word, allowed=f"one of {', '.join(WORDS)}")
    return word


def table_of(word: str) -> str:
    """The table of a study file that says how; "" for the study's program."""
    return _TABLES.get(word, "")


def _check_table(source: Source, word: str) -> None:
    """Without a word, a table of another command says what was meant."""
    if word == TRANSIENT.word:
        for other in ("write-verify", "inference"):
            if _TABLES[other] in source.tables:
                raise RequestError(
                    f"the study has a [{_TABLES[other]}] table, and its program is to be run: add --of {other}, or "
                    "leave the table out."
                )
