"""Pictures of objects: on given axes or new ones, with the backend that the user has, and refused by name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pyspice_models import Crossbar, RequestError, Study, Wait
from pyspice_models.report.objects.canvas import Drawing, draw_on

PANELS = {
    "crossbar": 1, "outcome": 2, "run": 2, "swept": 1, "lot": 1, "found": 1, "tornado": 1, "margins": 1,
    "margins by size": 2, "fit": 2, "loop fit": 2, "sensitivity": 3, "session": 1, "programmed": 2, "trained": 1,
    "learned": 2, "inferred": 2,
}  # fmt: skip
"""Objects that are pictures, and how many panels each has."""


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Figures in no window, and closed behind a test."""
    before = mpl.get_backend()
    mpl.use("svg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")
    mpl.use(before)


@pytest.mark.parametrize("name", PANELS)
def test_pictures_are_drawn_on_new_and_on_given_axes(name: str, objects: Mapping[str, Any]) -> None:
    found = objects[name].plot()
    own = list(np.ravel(np.array(found, dtype=object)))
    assert len(own) == PANELS[name]
    assert mpl.get_backend() == "svg"
    own[0].figure.draw_without_rendering()
    assert own[0].has_data() or own[0].images
    given = Figure().subplots(1, PANELS[name], squeeze=False)
    back = objects[name].plot(given if PANELS[name] > 1 else given[0, 0])
    assert list(np.ravel(np.array(back, dtype=object))) == list(given.ravel())
    assert all(ax.has_data() or ax.images for ax in given.flat)


def test_given_axes_keep_the_style_of_their_owner(objects: Mapping[str, Any]) -> None:
    with mpl.rc_context({"font.size": 21.0}):
        ax = Figure().subplots()
        objects["crossbar"].plot(ax)
        assert mpl.rcParams["font.size"] == 21.0
    assert ax.xaxis.label.get_size() == 21.0
    new = objects["crossbar"].plot()
    assert isinstance(new, Axes)
    assert new.xaxis.label.get_size() == 8.0  # that of the package's own figures
    assert mpl.rcParams["font.size"] != 8.0


def test_a_fit_goes_onto_one_axes_as_well(objects: Mapping[str, Any]) -> None:
    ax = Figure().subplots()
    assert objects["fit"].plot(ax) is ax
    assert ax.get_ylabel() == "conductance (µS)"


def test_which_picture_is_chosen_by_a_word(objects: Mapping[str, Any]) -> None:
    outcome = objects["outcome"]
    assert len(outcome.plot(what="waves")) == 3
    assert len(outcome.plot(what="maps")) == 6
    assert len(outcome.dataset.ag2s.plot(what="waves")) == 3
    assert objects["crossbar"].plot(what="area").get_xlabel() == "bit line"
    assert objects["swept"].plot(what="state_change").get_ylabel() == "state change"
    assert "state change" in objects["lot"].plot(what="state_change").get_xlabel()


def test_what_cannot_be_drawn_is_refused_by_name(objects: Mapping[str, Any]) -> None:
    outcome = objects["outcome"]
    for thing, how, match in (
        (outcome, {"what": "wave"}, "what = 'wave'.*states .*maps .*waves"),
        (outcome, {"axes": Figure().subplots()}, "2 axes, one for each panel"),
        (outcome, {"axes": "ax"}, "Matplotlib's axes"),
        (objects["crossbar"], {"what": "areal"}, "did you mean 'area'"),
        (objects["swept"], {"what": "energy"}, "a measure of the dataset: .*state_change"),
        (objects["other dataset"], {}, "none of a run or of a campaign"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=match):
            thing.plot(**how)
    quiet = outcome.dataset.drop_dims("window")
    with pytest.raises(RequestError, match="the program has no write"):
        quiet.ag2s.plot(what="waves")
    failed = replace_all(objects["swept"].dataset)
    with pytest.raises(RequestError, match="no run has a measure"):
        failed.ag2s.plot()


def replace_all(dataset: Any) -> Any:
    """The dataset as if every point had failed."""
    return dataset.map(lambda one: one if one.name == "failure" else one * np.nan, keep_attrs=True)


def test_a_refused_picture_leaves_no_figure_behind(objects: Mapping[str, Any]) -> None:
    from matplotlib import pyplot

    with pytest.raises(RequestError, match="what"):
        objects["outcome"].plot(what="nothing")

    def broken(ax: Axes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        draw_on(Drawing([broken]), None)
    assert not pyplot.get_fignums()


def test_objects_are_drawn_without_a_window_and_import_no_pictures_before() -> None:
    code = """
import json, sys
from pyspice_models import Crossbar, Study, Wait
bar = Crossbar(2, 2)
study = Study("quiet", bar, [Wait(1e-6)])
repr(bar), repr(study)
before = [name for name in sys.modules if name.startswith(("matplotlib", "pyspice_models.report"))]
study._repr_html_()
drew = "matplotlib.pyplot" in sys.modules
import matplotlib
matplotlib.use("pdf")
bar.plot()
print(json.dumps([before, drew, matplotlib.get_backend(), "IPython" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[], False, "pdf", False]


def test_a_study_without_a_state_is_shown_without_a_map(objects: Mapping[str, Any]) -> None:
    study = replace(objects["study"], program=[Wait(1e-6)])
    assert isinstance(study, Study)
    assert isinstance(Crossbar(1, 1).plot(), Axes)
