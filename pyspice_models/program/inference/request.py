"""What inference is asked to do: which network, which images, how weights become cells, how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED
from pyspice_models.program.inference.floats import Floats, floats_in, floats_of
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.network import ACTIVATIONS
from pyspice_models.program.learning.request import ImageSource, Learning, LearningParams, checked_hidden
from pyspice_models.program.learning.run import Training, train
from pyspice_models.program.programming import Budget
from pyspice_models.study.study import Study

MAPPINGS = ("pairs", "reference")
WRITINGS = ("set", "write-verify")


@dataclass(frozen=True)
class InferenceParams(ParameterSet):
    """Numbers and words of `[inference]`."""

    mapping: str = choice("pairs", *MAPPINGS, about="a weight is two cells, or one cell less one of a reference line")
    writing: str = choice("set", *WRITINGS, about="cells get the nominal cell's states, or are written by write-verify")
    low: float = quantity(
        0.1, "", low=0, high=1, tag="assumed", source="as of write-verify", about="lowest level that is used"
    )
    high: float = quantity(
        0.9, "", low=0, high=1, tag="assumed", source="as of write-verify", about="highest level that is used"
    )
    read_voltage: float = quantity(5e-3, "V", above=0, high=1, tag="measured", source="S14a", about="of products")
    wait: float = quantity(
        0.0, "s", low=0, high=1e10, tag="assumed", source="choice", about="between writing and reading"
    )
    wait_voltage: float = quantity(
        0.0, "V", low=-1, high=1, tag="assumed", source="grounded lines",
        about="across all cells meanwhile, such as offsets of amplifiers leave",
    )  # fmt: skip
    arrays: int = whole_quantity(1, low=1, high=1000, about="arrays that are drawn, seeds in a row")
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the first array and its noise")
    split: bool = choice(False, about="a layer that is larger than the study's array is split over several")
    images_at_most: int = whole_quantity(0, low=0, high=1_000_000, about="test images that are used; 0 for all")
    activation: str = choice("sigmoid", *ACTIVATIONS, about="of the hidden layers")
    classes: int = whole_quantity(0, low=0, high=10_000, about="of a user's images; 0 for one more than the last label")
    test: float = quantity(
        0.2, "", above=0, high=0.9, tag="assumed", source="choice",
        about="share of the images that are classified; not used where the set has test images of its own",
    )  # fmt: skip
    split_seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the split into training and test images")
    epochs: int = whole_quantity(40, low=1, high=100_000, about="of the training in floating point, without weights")
    train_seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of that training")

    def __post_init__(self) -> None:
        """Check that levels are in order."""
        super().__post_init__()
        if not self.low < self.high:
            raise RequestError.for_value("inference.low, high", (self.low, self.high), allowed="0 <= low < high <= 1")


@dataclass(frozen=True)
class Inference:
    """What is asked, but for the array.

    Attributes:
        params: see `InferenceParams`.
        weights: an .npz file, or arrays by name (w0, b0, ...); None for a network that is trained here.
        data: where the images come from.
        hidden: sizes of the hidden layers of a network that is trained here.
        converters: between numbers and the array.
        budget: of write-verify.

    Raises:
        RequestError: a hidden layer of no size.
    """

    params: InferenceParams = field(default_factory=InferenceParams)
    weights: Path | Mapping[str, Any] | None = None
    data: ImageSource = field(default_factory=ImageSource)
    hidden: tuple[int, ...] = (32,)
    converters: Converters = field(default_factory=Converters)
    budget: Budget = field(default_factory=Budget)

    def __post_init__(self) -> None:
        """Check."""
        object.__setattr__(self, "hidden", checked_hidden(self.hidden))

    @property
    def learning(self) -> Learning:
        """What training in floating point is asked, and where its images come from."""
        own = self.params
        params = LearningParams(
            epochs=own.epochs, activation=own.activation, classes=own.classes, test=own.test,
            split_seed=own.split_seed, seed=own.train_seed, validation=min(0.1, (1 - own.test) / 2),
        )  # fmt: skip
        return Learning(params, self.data, self.hidden, ("fp",))

    def network(self, study: Study, images: Split) -> Floats:
        """The network in numbers; trained here, on the training images alone, where no weights are given.

        Raises:
            RequestError: a file that cannot be used, or a network for other images.
        """
        if self.weights is None:
            asked = self.learning
            found = train(Training(study, None, asked, "fp", asked.params.seed), images)
            matrices = [layer["weights"] for layer in found.layers]
            return Floats([one[:-1] for one in matrices], [one[-1] for one in matrices])
        net = floats_of(self.weights) if isinstance(self.weights, Mapping) else floats_in(self.weights)
        net.check_data(images.test.pixels.shape[1], images.test.classes)
        return net
