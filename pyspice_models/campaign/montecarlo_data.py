"""What many runs of a study came to, as a dataset, as plain data, and as the files of a folder."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.causes.association import Dependence
from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.montecarlo_request import MonteCarlo
from pyspice_models.campaign.runs import as_answer
from pyspice_models.campaign.statistics import Distribution, Share, Summary
from pyspice_models.campaign.sweep_data import as_csv
from pyspice_models.files import write_text
from pyspice_models.measure import common_text
from pyspice_models.result import save
from pyspice_models.study.run import versions
from pyspice_models.study.tables.text import tables_as_json


def save_montecarlo(asked: MonteCarlo, dataset: xr.Dataset, summary: Summary, folder: Path) -> None:
    """Write report, table and dataset into a folder.

    Raises:
        OSError: the disk is full.
    """
    write_text(folder / "report.json", as_json(asked, dataset, summary) + "\n")
    write_text(folder / "montecarlo.csv", as_csv(dataset.drop_dims("cause", errors="ignore")))
    save(dataset, folder / "montecarlo.nc")


def as_json(asked: MonteCarlo, dataset: xr.Dataset, summary: Summary) -> str:
    """Distributions, yield and sensitivity as JSON."""
    return json.dumps(as_data(asked, dataset, summary), indent=2)


def as_data(asked: MonteCarlo, dataset: xr.Dataset, summary: Summary) -> dict[str, Any]:
    """The report as JSON holds it; what is not finite becomes null."""
    failures = dataset["failure"].values
    return {
        "study": asked.nominal.name,
        "engine": dataset.attrs["engine"],
        "form": asked.nominal.form,
        "seed": asked.variation.seed,
        "vary": asked.vary,
        "draws": asked.draws,
        "of": asked.subject.word,
        "runs": asked.runs,
        "confidence": CONFIDENCE,
        "yield": _of_share(summary.total),
        "limits": [
            {"measure": limit.measure, **_of_share(share)}
            for limit, share in zip(asked.limits, summary.limits, strict=True)
        ],
        "measures": {name: _of_distribution(one) for name, one in summary.distributions.items()},
        "failed": [{"run": run, "reason": str(failures[run])} for run in summary.failed],
        "sensitivity": {
            str(name): {
                str(cause): _of_dependence(
                    summary.dependences[str(cause), str(name)],
                    significant=(str(cause), str(name)) in summary.sure,
                )
                for cause in summary.sensitivity["cause"].values
                if (str(cause), str(name)) in summary.dependences
            }
            for name in summary.sensitivity["measure"].values
        },
    }


def _of_share(share: Share) -> dict[str, Any]:
    return {
        "what": share.what, "good": share.good, "runs": share.runs, "yield": share.share,
        "interval": list(share.interval), "missed": share.missed, "worst": share.worst,
    }  # fmt: skip


def _of_dependence(one: Dependence, *, significant: bool) -> dict[str, Any]:
    rare = {"runs": one.runs, "shift": one.shift} if one.shape == "rare" else {}
    return {
        "rank_correlation": one.correlation, "significant": significant, "shape": one.shape, "share": _plain(one.share),
        "strength": _plain(one.strength), **rare,
    }  # fmt: skip


def _of_distribution(one: Distribution) -> dict[str, Any]:
    return {
        "unit": "" if one.unit == "1" else one.unit,
        "about": one.about,
        "count": one.count,
        "not_finite": one.not_finite,
        "varies": one.varies,
        "mean": {"value": _plain(one.mean), "interval": _ends(one.mean_interval)},
        "standard_deviation": {"value": _plain(one.deviation)},
        "quantiles": {
            f"{p:g}": {"value": _plain(value), "interval": _ends(interval)}
            for p, (value, interval) in one.quantiles.items()
        },
        "lowest": one.lowest,
        "highest": one.highest,
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ends(interval: Interval) -> list[float | None]:
    return [_plain(end) for end in interval]


def as_dataset(asked: MonteCarlo, results: Iterable[tuple[int, Mapping[str, Any]]]) -> xr.Dataset:
    """Results by number of the run, in the order of the runs, one after the other into arrays of their final size."""
    runs = asked.runs
    values: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    texts: dict[str, dict[int, tuple[str, str]]] = {}
    drawn: dict[str, np.ndarray] = {}
    order: dict[str, tuple[int, int]] = {}
    failures, engines = [""] * runs, set()
    for number, data in results:
        if number >= runs:
            continue
        answer = as_answer(data)
        for place, (name, measure) in enumerate(answer.measures.items()):
            order[name] = min(order.get(name, (number, place)), (number, place))
            values.setdefault(name, np.full(runs, np.nan))[number] = measure.value
            units[name] = measure.unit or "1"
            texts.setdefault(name, {})[number] = (measure.about, measure.general)
        for cause, deviate in answer.drawn.items():
            # of faults only those that there are are told
            drawn.setdefault(cause, np.zeros(runs) if cause.startswith("faults") else np.full(runs, np.nan))
            drawn[cause][number] = deviate
        failures[number] = answer.failure
        if answer.engine:
            engines.add(answer.engine)
    variations = [asked.drawn_as(n) for n in range(runs)]
    causes = sorted(drawn)
    data_vars: dict[str, Any] = {
        name: (
            "run",
            values[name],
            {"units": units[name], "long_name": common_text(t for _, t in sorted(texts[name].items()))},
        )
        for name in sorted(values, key=order.__getitem__)
    }
    data_vars |= {
        "failure": ("run", np.array(failures, dtype=str), {"long_name": "why the run has no measures"}),
        "array_seed": ("run", np.array([v.seed for v in variations]), {"long_name": "variability.seed of the run"}),
        "cycle": ("run", np.array([v.cycle for v in variations]), {"long_name": "variability.cycle of the run"}),
    }
    if causes:
        matrix = np.stack([drawn[cause] for cause in causes], axis=1)
        data_vars["drawn"] = (
            ("run", "cause"),
            matrix,
            {"units": "1", "long_name": "deviates and counts that were drawn"},
        )
    attrs = {
        "study": asked.nominal.name,
        "title": asked.nominal.title,
        "form": asked.nominal.form,
        "engine": ", ".join(sorted(engines)),
        "seed": asked.variation.seed,
        "vary": asked.vary,
        "draws": asked.draws,
        "of": asked.subject.word,
        "usual": ", ".join(asked.subject.usual),
        "settings": tables_as_json(asked.nominal.settings),
        "versions": json.dumps(dict(versions())),
    }
    crossbar = asked.nominal.crossbar
    if warning := crossbar.warning([crossbar.temperature]):
        attrs["warning"] = warning
    coords = {"run": np.arange(runs)} | ({"cause": np.array(causes)} if causes else {})
    return xr.Dataset(data_vars, coords, attrs)
