"""What training is asked to do: which images, which network, which methods, how the array is driven and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, as_wholes
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.images.files import images_in, images_in_idx
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.images.packaged import packaged
from pyspice_models.program.learning.network import ACTIVATIONS
from pyspice_models.program.learning.rules.floating import FloatingParams
from pyspice_models.program.learning.rules.rule import RuleParams
from pyspice_models.program.learning.rules.sgd import SgdParams
from pyspice_models.program.learning.rules.transfer import TransferParams
from pyspice_models.program.learning.streams import KINDS
from pyspice_models.program.learning.tile import MAX_VOLTAGE, MAX_WIDTH, SCHEMES

METHODS: Mapping[str, RuleParams] = {
    "fp": FloatingParams(),
    "sgd": SgdParams(),
    "ttv1": TransferParams(rate=0.001),
    "ttv2": TransferParams(),
    "c-ttv2": TransferParams(),
    "agad": TransferParams(symmetric="level"),
}
"""The parameters that each method has unless a study says otherwise."""

MAX_SEEDS = 1000


@dataclass(frozen=True)
class LearningParams(ParameterSet):
    """Numbers and words of `[learning]`."""

    epochs: int = whole_quantity(40, low=1, high=100_000, about="how often every training image is seen")
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the first network: weights, order, pulses, noise")
    seeds: int = whole_quantity(1, low=1, high=MAX_SEEDS, about="networks that each method trains, seeds in a row")
    classes: int = whole_quantity(0, low=0, high=10_000, about="of a user's images; 0 for one more than the last label")
    validation: float = quantity(
        0.1, "", above=0, high=0.9, tag="assumed", source="choice", about="share of the images to choose parameters by"
    )
    test: float = quantity(
        0.2, "", above=0, high=0.9, tag="assumed", source="choice",
        about="share of the images that only tell the result; not used where the set has test images of its own",
    )  # fmt: skip
    split_seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the split, the same for all networks")
    activation: str = choice("sigmoid", *ACTIVATIONS, about="of the hidden layers")
    way: str = choice("table", "table", "circuit", about="a map of the cell's response, or transients of the circuit")
    split: bool = choice(False, about="a layer that is larger than the study's array is split over several")
    audit: int = whole_quantity(0, low=0, high=10_000, about="updates that a table repeats as transients")
    voltage: float = quantity(
        0.3, "V", above=0, high=MAX_VOLTAGE, tag="measured", source="Fig. 2: pulses of 0.3 V", about="of a whole pulse"
    )
    width: float = quantity(
        1e-6, "s", above=0, high=MAX_WIDTH, tag="measured", source="Fig. 2: pulses of 1 us", about="of a pulse"
    )
    transfer_voltage: float = quantity(
        0.15, "V", above=0, high=MAX_VOLTAGE, tag="assumed",
        source="a third of it moves other cells 2800 times less than the whole; a third of 0.3 V only 160 times less",
        about="of a whole pulse for one word line of C",
    )  # fmt: skip
    transfer_width: float = quantity(
        18e-6, "s", above=0, high=MAX_WIDTH, tag="assumed", source="the same step as 1 us at 0.3 V",
        about="of a pulse for one word line of C",
    )  # fmt: skip
    update_scheme: str = choice("V/2", *SCHEMES, about="of updates of all cells at once")
    transfer_scheme: str = choice("V/3", *SCHEMES, about="of pulses for one word line of C")
    streams: str = choice("stochastic", *KINDS, about="how vectors become pulses")
    longest_train: int = whole_quantity(10, low=1, high=1000, about="most slots of one update")
    cycle_spread: float = quantity(
        0.05,
        "",
        low=0,
        high=1,
        tag="assumed",
        source="choice",
        about="spread of what a whole pulse does, from pulse to pulse",
    )  # fmt: skip
    read_voltage: float = quantity(5e-3, "V", above=0, high=1, tag="measured", source="S14a", about="of products")
    read_duration: float = quantity(
        10e-6, "s", above=0, high=1, tag="assumed", source="a bandwidth of 0.1 MHz", about="of one product"
    )
    rest: float = quantity(
        15e-6, "s", low=0, high=1, tag="assumed", source="three times the recovery (Note S1)",
        about="after pulses, before anything is read",
    )  # fmt: skip
    bridge: float = quantity(
        0.05, "", above=0, high=1, tag="assumed", source="choice: what no update could take back",
        about="share of the window that a filament may add to a cell before training stops",
    )  # fmt: skip


@dataclass(frozen=True)
class ImageSource:
    """Where images come from.

    Attributes:
        name: of a set that a package brings; empty for files.
        images, labels, test_images, test_labels: files of a user: one .npz in `images`, or IDX files.
    """

    name: str = "digits"
    images: Path | None = None
    labels: Path | None = None
    test_images: Path | None = None
    test_labels: Path | None = None


@dataclass(frozen=True)
class Learning:
    """What is asked, but for the array.

    Attributes:
        params: see `LearningParams`.
        data: where the images come from.
        hidden: sizes of the hidden layers, from the images to the classes; empty for a single layer.
        methods: which are to be compared.
        converters: between numbers and the array.
        rules: parameters of each method, those of `METHODS` where it is not named.

    Raises:
        RequestError: an unknown method or one that is named twice, parameters of another kind, a layer of no size.
    """

    params: LearningParams = field(default_factory=LearningParams)
    data: ImageSource = field(default_factory=ImageSource)
    hidden: tuple[int, ...] = (32,)
    methods: tuple[str, ...] = ("fp", "sgd", "ttv2")
    converters: Converters = field(default_factory=Converters)
    rules: Mapping[str, RuleParams] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check, and fill in what the methods have by default."""
        object.__setattr__(self, "methods", checked_methods(self.methods))
        object.__setattr__(self, "hidden", checked_hidden(self.hidden))
        for name, params in self.rules.items():
            if name not in METHODS or type(params) is not type(METHODS[name]):
                raise RequestError.for_value("rules", name, allowed=f"parameters of one of {', '.join(METHODS)}")
        object.__setattr__(self, "rules", {**METHODS, **self.rules})

    @property
    def about(self) -> dict[str, Any]:
        """What decides the result of one run beside the study, the method and the seed."""
        return {
            "params": self.params.replace(seed=0, seeds=1), "hidden": self.hidden, "converters": self.converters,
        }  # fmt: skip

    def images(self) -> Split:
        """The images, split.

        Raises:
            RequestError: files that cannot be read, a package that is not installed, images that are refused.
        """
        params, data = self.params, self.data
        if data.images is None:
            found, test = packaged(data.name)
        elif data.labels is None:
            found, test = images_in(data.images, params.classes)
        else:
            found, test = images_in_idx(data.images, data.labels, data.test_images, data.test_labels, params.classes)
        return Split.of(found, params.split_seed, params.validation, params.test if test is None else test)


def checked_methods(methods: object) -> tuple[str, ...]:
    """Methods by name, each once.

    Raises:
        RequestError: none, an unknown one, or one that is named twice.
    """
    found = tuple(methods) if isinstance(methods, (list, tuple)) else ()
    known = all(isinstance(name, str) and name in METHODS for name in found)
    if not found or not known or len(set(found)) < len(found):
        raise RequestError.for_value(
            "learning.methods", methods, allowed=f"one or more of {', '.join(METHODS)}, each once"
        )
    return found


def checked_hidden(hidden: object) -> tuple[int, ...]:
    """Sizes of hidden layers.

    Raises:
        RequestError: no whole numbers from 1 to 4095.
    """
    found = as_wholes(hidden)
    if found is None or not all(1 <= size <= MAX_HIDDEN for size in found) or len(found) > MAX_LAYERS:
        raise RequestError.for_value(
            "learning.hidden", hidden, allowed=f"a list of up to {MAX_LAYERS} whole numbers from 1 to {MAX_HIDDEN}"
        )
    return found


MAX_HIDDEN, MAX_LAYERS = 4095, 20
