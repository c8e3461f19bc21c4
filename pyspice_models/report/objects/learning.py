"""Networks on arrays: what they know, by epoch or by cause."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.campaign.learning.learned import Learned
from pyspice_models.program.inference.causes import ABOUT
from pyspice_models.program.inference.inferred_data import as_dataset
from pyspice_models.program.inference.run import Inferred
from pyspice_models.program.learning.ledger import PARTS, PURPOSES
from pyspice_models.program.learning.trained import Trained
from pyspice_models.report import style
from pyspice_models.report.inference import draw_causes
from pyspice_models.report.learning.names import name_of
from pyspice_models.report.learning.networks import draw_bands
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card
from pyspice_models.report.page.blocks import Axis, Block, Cell, Curve, Curves, Number, Paragraph, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def card_of_trained(one: Trained) -> Card:
    """Images known by epoch, and what it cost."""
    epochs = np.arange(len(one.test), dtype=float)
    curves = [
        Curve("test images", epochs, 100 * one.test, "both", 0),
        Curve("validation images", epochs, 100 * one.validation, "both", 5),
    ]
    rows: list[list[Cell]] = [
        [purpose, Number(float(count), "", 6), Number(float(time), "s"), Number(float(energy.sum()), "J")]
        for purpose, count, time, energy in zip(
            PURPOSES, one.ledger.count, one.ledger.time, one.ledger.energy, strict=True
        )
        if count
    ]
    blocks: list[Block] = [Curves("known", "images known", _epochs(epochs), Axis("images known (%)"), curves)]
    if rows:
        blocks.append(Table("ledger", "", ["what it cost", "how many", "time", "energy"], rows))
    return Card(repr(one).strip("<>"), [*_warnings(one.stopped), *blocks])


def _epochs(epochs: np.ndarray) -> Axis:
    return Axis("epoch", ticks=tuple(epochs.tolist()))


def _warnings(*texts: str) -> list[Block]:
    return [Paragraph(text, "warning") for text in texts if text]


def drawing_of_trained(one: Trained, what: str) -> Drawing:
    """Images known by epoch."""
    return Drawing([partial(_known, one=one)])


def _known(ax: Axes, *, one: Trained) -> None:
    epochs = np.arange(len(one.test))
    for values, colour, label in ((one.test, style.BLUE, "test"), (one.validation, style.SKY, "validation")):
        ax.plot(epochs, 100 * values, color=colour, marker="o", ms=3, label=label)
    ax.set_xlabel("epoch")
    ax.set_ylabel("images known (%)")
    ax.set_ylim(0, 101)
    ax.legend(loc="lower right")


def card_of_learned(found: Learned) -> Card:
    """Images known by epoch for every method, and what each network came to."""
    dataset = found.dataset
    epochs = dataset["epoch"].values.astype(float)
    curves = [
        Curve(name_of(method), epochs, 100 * _mean(dataset["test"].sel(algorithm=method).values), "both", n)
        for n, method in enumerate(dataset["algorithm"].values)
    ]
    rows: list[list[Cell]] = [
        [name_of(one.method), str(one.seed), f"{100 * one.accuracy:.4g} %", Number(float(one.ledger.energy.sum()), "J"),
         Number(float(one.ledger.time.sum()), "s"), one.stopped]
        for one in found.networks
    ]  # fmt: skip
    head = ["method", "seed", "test images known", "energy", "time", "stopped"]
    about = f"energy and time of the arrays ({', '.join(PURPOSES)}; {', '.join(PARTS[:4])})"
    return Card(repr(found).strip("<>"), [
        *_warnings(*found.stopped[:1]),
        Curves("known", "test images known, mean of the seeds", _epochs(epochs), Axis("images known (%)"), curves),
        Table("networks", "", head, rows), Paragraph(about, "note"),
    ], "learned.networks")  # fmt: skip


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the seeds, NaN where one of them has none."""
    return np.asarray(values.mean(axis=0))


def drawing_of_learned(found: Learned, what: str) -> Drawing:
    """Images known by epoch, from the worst to the best seed, and the loss; on one given axes the first alone."""
    known = partial(_band, found=found, name="test", label="test images known (%)")
    return Drawing([known, partial(_band, found=found, name="loss", label="mean loss")], cols=2, least=1)


def _band(ax: Axes, *, found: Learned, name: str, label: str) -> None:
    draw_bands(ax, found.dataset, name, 100.0 if name == "test" else 1.0)
    ax.set_xlabel("epoch")
    ax.set_ylabel(label)
    if name == "test":
        ax.set_ylim(0, 101)
        ax.legend(loc="lower right")


def card_of_inferred(found: Inferred) -> Card:
    """What each cause costs."""
    rows: list[list[Cell]] = [
        [cause, f"{100 * gained:+.3g} %", f"{100 * lost:.3g} %", ABOUT[cause]]
        for cause, (gained, lost) in found.costs().items()
    ]
    head = ["cause", "switching it off brings", "it alone costs", "what it is"]
    return Card(repr(found).strip("<>"), [Table("causes", "", head, rows)])


def drawing_of_inferred(found: Inferred, what: str) -> Drawing:
    """Images known without each cause, and with each alone; on one given axes the first alone."""
    dataset = as_dataset(found)
    panels = [partial(draw_causes, found=dataset, alone=alone) for alone in (False, True)]
    return Drawing(panels, cols=2, size=(3.8, 1.2 + 0.25 * len(found.task.causes)), least=1)
