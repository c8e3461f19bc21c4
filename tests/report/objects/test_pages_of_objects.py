"""What a notebook shows of an object: a line, and a small page without script, the same bytes for the same content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from shown_cases import TITLE

from pyspice_models import Crossbar, Measure, Study, Write, pattern
from pyspice_models.displayed import Displayed
from pyspice_models.report.objects.card import MOST, means
from pyspice_models.report.objects.registry import page

_VOID = {"br", "img", "hr", "input", "meta", "link"}
_ALLOWED = {
    "div", "style", "p", "h4", "table", "thead", "tbody", "tr", "th", "td", "data", "details", "summary", "figure",
    "figcaption", "svg", "image", "rect", "path", "text", "title", "ul", "li", "pre",
}  # fmt: skip


class Elements(HTMLParser):
    """Names of all elements, their attributes and texts; raises where one is not closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_pages_are_small_and_carry_nothing_that_runs_or_loads(shown: Mapping[str, str]) -> None:
    for name, html in shown.items():
        assert len(html.encode()) < MOST, f"{name}: {len(html.encode())}"
        found = Elements(html)
        assert set(found.names) <= _ALLOWED, name
        assert not [key for key, _ in found.attributes if key.startswith("on")], name
        links = [value or "" for key, value in found.attributes if key in {"href", "src"}]
        assert all(link.startswith("data:image/png;base64,") for link in links), name
        assert "url(" not in html, name
        assert "@import" not in html, name


def test_pages_are_the_same_bytes_again(objects: Mapping[str, Any], shown: Mapping[str, str]) -> None:
    for name, thing in objects.items():
        assert page(thing) == shown[name], name
    bars = [Crossbar(4, 4, per_cell={"w0": pattern("random", (4, 4), seed=3)}) for _ in range(2)]
    assert bars[0]._repr_html_() == bars[1]._repr_html_()


def test_text_of_a_user_is_text(shown: Mapping[str, str]) -> None:
    for name in ("study", "outcome", "run", "distrusted outcome", "measure", "tornado", "fit", "loop fit"):
        found = Elements(shown[name])
        assert not {"script", "b", "i"} & set(found.names), name
    assert TITLE in "".join(Elements(shown["study"]).texts)
    assert "the <b>books</b> do not balance" in "".join(Elements(shown["distrusted outcome"]).texts)


def test_every_object_says_what_it_is_in_one_line(objects: Mapping[str, Any]) -> None:
    for name, thing in objects.items():
        line = repr(thing)
        assert line.startswith("<"), name
        assert line.endswith(">"), name
        assert "\n" not in line, name
        assert len(line) < 300, name
    assert repr(objects["crossbar"]) == "<Crossbar 4 x 4: 1R, cells ag2s, w0 0.05 to 0.95, 300 K>"
    assert "2 faults" in repr(objects["broken crossbar"])
    assert repr(objects["study"]) == "<Study 'shown': 4 x 4, write, read, vmm, wait; osdi in ngspice>"
    assert repr(objects["long study"]) == ("<Study 'shown': 4 x 4, 500 write; osdi in ngspice>")
    assert repr(objects["measure"]) == "<Measure 14.61 fJ: dissipated in 5 µs <b>of</b> it>"
    assert "4 x 4" in repr(objects["outcome"])
    assert "WARNING: the <b>books</b>" in repr(objects["distrusted outcome"])


def test_what_is_shown_has_micro_as_it_is_printed(objects: Mapping[str, Any], shown: Mapping[str, str]) -> None:
    for name, thing in objects.items():
        text = " ".join(Elements(shown[name]).texts) + repr(thing)
        assert not re.search(r"\d u[sVAJWSFmH]\b", text), name


def test_a_page_of_an_outcome_holds_its_measures_and_dataset(objects: Mapping[str, Any]) -> None:
    outcome = objects["outcome"]
    found = Elements(outcome._repr_html_())
    text = "".join(found.texts)
    values = [float(value or "nan") for key, value in found.attributes if key == "value"]
    shown = [name for name in outcome.measures if name in text]
    assert len(shown) >= 30
    for name in shown:
        assert any(np.isclose(outcome.measures[name].value, v, rtol=1e-12, atol=0) for v in values), name
    if more := len(outcome.measures) - len(shown):
        assert f"{more} more are not shown; outcome.to_frame() has all." in text
    assert found.names.count("svg") == 2  # before and after
    assert "v_word" in text
    assert "w before" in text


def test_a_program_is_shown_step_by_step(objects: Mapping[str, Any]) -> None:
    text = "|".join(Elements(objects["study"]._repr_html_()).texts)
    assert "0|write|(1, 2)|300 mV, 1 µs, other lines V/2, pulses 3" in text
    assert "1|read|" in text
    assert "2|vmm|5 mV, 10 µs, 4 inputs" in text
    assert "440 more are not shown; study.program has all." in "".join(
        Elements(objects["long study"]._repr_html_()).texts
    )


def test_large_arrays_are_shown_by_means(objects: Mapping[str, Any]) -> None:
    assert "a square is the mean of 4 x 4 cells" in objects["large crossbar"]._repr_html_()
    values = np.arange(12.0).reshape(3, 4)
    assert means(values, 2) == pytest.approx(np.array([[2.5, 4.5], [8.5, 10.5]]), abs=1e-12)
    values[2, 0] = np.nan
    assert means(values, 2)[1] == pytest.approx(np.array([9.0, 10.5]), abs=1e-12)


def test_a_measure_is_a_number_and_a_table_of_pandas(outcome: Any) -> None:
    one = Measure(2.5e-9, "A", "of the read")
    assert float(one) == 2.5e-9
    assert str(one) == "2.5 nA"
    assert f"{float(one):.1e}" == "2.5e-09"
    frame = outcome.to_frame()
    assert list(frame.index) == list(outcome.measures)
    assert list(frame.columns) == ["value", "unit", "shown", "about"]
    name = "energy_per_switch"
    assert frame.loc[name, "value"] == outcome.measures[name].value
    assert frame.loc[name, "unit"] == "J"
    assert frame.loc[name, "shown"].endswith("fJ")
    assert frame.loc["state_change", "unit"] == "1"


def test_every_class_that_shows_itself_is_known() -> None:
    """Whoever says that it shows itself has a page: none is found by accident at a user's."""
    import pyspice_models
    from pyspice_models.report.objects import registry

    public = [getattr(pyspice_models, name) for name in pyspice_models.__all__]
    known = {name for names in registry.MODULES.values() for name in names.split()}
    showing = {one.__name__ for one in public if isinstance(one, type) and issubclass(one, Displayed)}
    assert showing <= known
    assert len(showing) > 15


def test_an_object_without_a_page_says_so() -> None:
    class Nothing(Displayed):
        pass

    with pytest.raises(Exception, match="a Nothing has no page of its own"):
        Nothing()._repr_html_()


def test_subclasses_show_what_they_are_made_of() -> None:
    class Mine(Study):
        pass

    assert "write" in Mine("mine", Crossbar(2, 2), [Write(0, 0)])._repr_html_()
