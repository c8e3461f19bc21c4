"""A pytest plugin for the processes that `scripts/mutate` starts; what it does stands in AG2S_MUTATION, a JSON file.

`record`: which lines each test runs, and how long it takes. `tests`: run these, in this order, and say which failed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_ORDER = json.loads(Path(os.environ["AG2S_MUTATION"]).read_text(encoding="utf-8"))


def pytest_configure(config: pytest.Config) -> None:
    """Take up what was asked for."""
    config.pluginmanager.register(_Recorder() if "record" in _ORDER else _Chosen())


class _Chosen:
    """Runs the tests of the list in its order."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: n for n, name in enumerate(_ORDER["tests"])}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            words = str(getattr(getattr(report.longrepr, "reprcrash", None), "message", ""))
            with Path(_ORDER["failed"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"test": report.nodeid, "words": words[:300]}) + "\n")


class _Recorder:
    """Lines of the package by test, with those of the fixtures that several tests share."""

    def __init__(self) -> None:
        import coverage

        # before the package is imported, by conftest or a test
        self.coverage = coverage.Coverage(
            data_file=None, source=[_ORDER["record"]], config_file=False, messages=False, check_preimported=False
        )
        self.coverage.start()
        self.tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        began = time.monotonic()
        shared = [
            _shared(definition[-1])
            for definition in getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009  # not public
            if definition[-1].scope != "function"
        ]
        self.tests[item.nodeid] = {"passed": True, "ran": False, "shared": shared}
        result = yield
        self.tests[item.nodeid]["seconds"] = round(time.monotonic() - began, 4)
        self.coverage.switch_context("")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        if fixturedef.scope == "function":
            return (yield)
        self.coverage.switch_context(_shared(fixturedef))
        result = yield
        self.coverage.switch_context(request.node.nodeid if isinstance(request.node, pytest.Item) else self._now())
        return result

    def _now(self) -> str:
        return next(reversed(self.tests), "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid]["passed"] &= not report.failed
        self.tests[report.nodeid]["ran"] |= report.when == "call" and not report.skipped

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        root = Path(_ORDER["record"]).parent
        by_test: dict[str, dict[str, list[int]]] = {}
        for file in data.measured_files():
            name = Path(file).relative_to(root).as_posix()
            for line, contexts in data.contexts_by_lineno(file).items():
                for context in contexts:
                    by_test.setdefault(context, {}).setdefault(name, []).append(line)
        for name, test in self.tests.items():
            lines: dict[str, set[int]] = {}
            for context in (name, *test.pop("shared")):
                for file, numbers in by_test.get(context, {}).items():
                    lines.setdefault(file, set()).update(numbers)
            test["lines"] = {file: sorted(numbers) for file, numbers in lines.items()}
        Path(_ORDER["into"]).write_text(json.dumps(self.tests), encoding="utf-8")


def _shared(definition: Any) -> str:
    return f"fixture {definition.baseid}::{definition.argname}"
