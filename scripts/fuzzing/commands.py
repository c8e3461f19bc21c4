"""Kind `command`: what a user or a script may type."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from fuzzing import networks, shell
from fuzzing.case import DESTROYED, Case, Found, Place
from fuzzing.inputs import hostile
from fuzzing.inputs.originals import originals
from fuzzing.inputs.spoil import not_a_file, spoiled
from fuzzing.inputs.toml_text import literal, written
from fuzzing.simulators import broken
from fuzzing.studies import base, changed, copy_files, mutated, resize
from fuzzing.watch import check_files
from pyspice_models.cells.sources import MODULES

_PRECIOUS = {"precious/notes.txt": "years of work\n", "precious.txt": "more of it\n"}
Words = tuple[list[str], set[str], dict[str, str]]
"""Of a command line: its words, names that may appear in the current folder, variables."""


def command(case: Case, place: Place, rules: shell.Rules) -> None:
    """A command line that makes more or less sense."""
    dice = case.dice()
    for name, text in _PRECIOUS.items():
        (place.cwd / name).parent.mkdir(exist_ok=True)
        (place.cwd / name).write_text(text)
    words, names, environment = dice.choices(list(_COMMANDS), list(_COMMANDS.values()))[0](place, dice)
    # a name with a NUL cannot be given to any program
    words = [word.replace("\0", "\\0").encode(errors="replace").decode() for word in words]
    done = shell.run(words, place, rules, environment)
    for name, text in _PRECIOUS.items():
        path = place.cwd / name
        if not path.is_file() or path.read_text() != text:
            raise Found(DESTROYED, f"{name} is no longer what it was, status {done.code}")
    shell.judge(done)
    made = {
        path.name
        for path in place.cwd.iterdir()
        if any(path.name.startswith(name) for name in names if name and not name.startswith("."))
    }
    check_files(place, made | {"out", "precious", "precious.txt"})


def _out(place: Place, dice: Random) -> tuple[list[str], set[str]]:
    """Nothing most of the time, or somewhere to write to."""
    if dice.random() < 0.6:
        return [], set()
    target = dice.choice(
        ("here", "a/b/c", "precious", "precious.txt", "precious.txt/x", "/proc/x", "/dev/null", "/dev/full", "", ".",
         "..", "x" * 300, "n\nl", "[b]x[/b]", "ü", "-", " ")
    )  # fmt: skip
    return ["--out", target], {next(iter(Path(target).parts), ""), target}


def _simulate(place: Place, dice: Random) -> Words:
    name = dice.choice(("write_read", "vmm", "potentiation", "write_pattern", "write_read_1t1r"))
    out, names = _out(place, dice)
    words = ["simulate", str(_study(place, dice, name)), "--time-limit", "4", *out]
    if dice.random() < 0.8:
        words += ["--engine", dice.choice(("nodal", "nodal", "nodal", "vacask", "pyspice", hostile.text(dice)))]
    for option, values in (
        ("--accuracy", ("0.5%", "1 V", "nan", "1e-9", "")), ("--form", ("subckt", "osdi", "x")),
        ("--run", ("0", "3", "-1", "1e3", "99999999999")), ("--time-limit", ("nan", "-1", "1e-9", "inf", "1e300")),
    ):  # fmt: skip
        if dice.random() < 0.1:
            words += [option, dice.choice(values)]
    words += ["--force"] if dice.random() < 0.15 else []
    if dice.random() < 0.1:
        words += ["--spice", dice.choice(("R9 wl0_far 0 1k", "R9 no 0 1k", "x", "", ".control now", "no.cir"))]
    return words + _json(dice), names, {}


def _fake(place: Place, dice: Random) -> Words:
    words, names, _ = _simulate(place, dice)
    variable, script = broken(place, dice)
    return [*words[:4], *_json(dice)], names, {variable: script}


def _netlist(place: Place, dice: Random) -> Words:
    words = ["netlist"]
    if dice.random() < 0.5:
        words += ["--study", str(_study(place, dice, ""))]
    for option in ("--rows", "--cols"):
        if dice.random() < 0.5:
            words += [option, dice.choice(("1", "3", "0", "-1", "5000", "x", "1e2", "9" * 30))]
    if dice.random() < 0.7:
        words += ["--dialect", dice.choice(("ngspice", "vacask", "spectre", "xyce", "hspice", "ltspice", "x"))]
    if dice.random() < 0.4:
        words += ["--subckt", "--name", dice.choice(("xbar", "ag2s_crossbar", "1x", "a b", ""))]
    if dice.random() < 0.2:
        words += [dice.choice(("--states", "--conductances")), dice.choice(("no.csv", str(place.inputs), "/dev/zero"))]
    target = dice.choice(("", "deck.cir", "sub/deck.cir", "precious", "/dev/full", "/dev/null", "x" * 300, "/proc/x"))
    return words + (["-o", target] if target else []), {target, "sub", *MODULES}, {}


def _series(place: Place, dice: Random) -> Words:
    out, names = _out(place, dice)
    which = dice.choice(("sweep", "montecarlo"))
    path = _study(place, dice, "sneak_sweep" if which == "sweep" else "montecarlo", most=2)
    words = [which, str(path), "--engine", "nodal", *out]
    if which == "sweep":
        words += [
            "--over",
            dice.choice(("array.cols=2,3", "program.0.voltage=1 mV,nan", "array.cols=0:9:0", "x=1", "a=b=c")),
        ]
    else:
        words += ["--runs", dice.choice(("1", "2", "0", "-1", "x", "2000000"))]
    if dice.random() < 0.4:
        words += dice.choice(
            (
                ["--force"],
                ["--workers", dice.choice(("1", "0", "x"))],
                ["--resume"],
                ["--scheduler", dice.choice(("x", *_SLURM))],
            )
        )
    return words + _json(dice), names, {}


_SLURM = ("slurm x", "slurm '", "slurm --nodes=2", "slurm --mem=1K", "slurm --cpus-per-task=0", "slurm --patience=-1 s")
"""Refused before SLURM is asked, which may be there and take its time."""

_QUESTIONS: dict[str, tuple[str, list[list[str]]]] = {
    "program": ("write_verify", [
        ["--algorithm", "history"], ["--algorithm", "x"], ["--compare", "ispp,row"], ["--compare", ","],
        ["--target", "no.csv"], ["--target", "/dev/zero"], ["--set", "programming.ispp.start=9 V"],
        ["--set", "programming.reads=0"],
    ]),
    "yield": ("yield_size", [
        ["--against", "array.cols=2,3"], ["--against", "x=1"], ["--against", ""], ["--runs", "0"],
        ["--target", "100.1 %"], ["--target", "nan"], ["--limit", "read_margin <= 0.2"], ["--limit", "x"],
        ["--of", "inference"],
    ]),
    "rare": ("rare_margin", [
        ["--per-level", "1"], ["--per-level", "-1"], ["--weighted", "x"], ["--floor", "nan"], ["--floor", "2"],
        ["--limit", "read_margin >= inf"], ["--set", "variability.seed=-1"],
    ]),
    "causes": ("montecarlo", [
        ["--samples", "8", "--only", "amplitude"], ["--one-at-a-time", "--only", "sense"], ["--only", "x"],
        ["--samples", "-1"], ["--one-at-a-time", "--away", "inf"], ["--measure", ""],
    ]),
    "drawn": ("lots", [
        [], ["--run", "0"], ["--run", "-1"], ["--run", "9" * 30], ["--set", "variability.field_length=1 nm"],
        ["--set", "variability.slope_direction=400 deg"], ["--set", "variability.lot_mobility=nan"],
    ]),
    "retain": ("retention", [["--time", "1 s"], ["--time", "-1 s"], ["--temperature", "0 K,300 K"], ["--loss", "nan"]]),
    "disturb": ("read_disturb", [["--reads", "10"], ["--reads", "0"], ["--every", "nan s"], ["--loss", "2"]]),
    "sensitivity": ("ir_drop", [[], ["--output", "bit 99"], ["--output", "x"], ["--step", "-1"], ["--most", "0"]]),
    "margin": ("sneak_read", [
        ["--sizes", "2,4"], ["--sizes", "1"], ["--sizes", ""], ["--g-on", "nan"], ["--scheme", "x"],
    ]),
}  # fmt: skip
"""Of each command the study it is asked about, and what more or less sense is added."""


def _question(place: Place, dice: Random) -> Words:
    """The commands that ask more of a study than to be simulated."""
    out, names = _out(place, dice)
    which = dice.choice(list(_QUESTIONS))
    name, options = _QUESTIONS[which]
    words = [which, str(_study(place, dice, name, most=2)), *dice.choice(options), *out]
    words += ["--engine", "nodal"] if which not in {"drawn", "sensitivity", "margin"} else []
    words += {"yield": ["--runs", "2"], "rare": ["--per-level", "20", "--weighted", "0"]}.get(which, [])
    return words + _json(dice), names, {}


def _write_verify(place: Place, dice: Random) -> Words:
    out, names = _out(place, dice)
    path = _study(place, dice, "write_verify", most=2)
    changes = ["--set", "write_verify.rounds=1", "--set", "study.time_limit=5"]
    return ["write-verify", str(path), "--engine", "nodal", *changes, *out, *_json(dice)], names, {}


def _network(place: Place, dice: Random) -> Words:
    """Networks of numbers for the most part: they learn in a moment."""
    out, names = _out(place, dice)
    networks.files(place)
    name, tables = networks.base(dice, dice.choice(("learn_digits", "infer_digits")))
    networks.shrink(tables, dice)
    path = place.inputs / f"{name}.toml"
    data = changed(tables, dice, networks.CHANGES) if dice.random() < 0.4 else written(tables).encode()
    path.write_bytes(data)
    words = ["learn" if "learn" in name else "infer", str(path), *out]
    # what was changed into a long training is one, and no hang
    for key in ("learning.epochs", "learning.seeds", "inference.epochs", "inference.arrays"):
        words += ["--set", f"{key}=1"] if key.startswith(words[0]) else []
    if words[0] == "learn":
        words += ["--compare", dice.choice(("fp", "fp", "fp", "sgd", "fp,sgd", "", ",", "x"))]
        for option, values in (
            ("--seeds", ("1", "2", "0", "x")), ("--workers", ("1", "2", "0", "x")),
            ("--over", ("learning.fp.rate=0.1,0.2", "learning.fp.rate=nan", "x=1", "learning.split_seed=0:9:0", "")),
        ):  # fmt: skip
            words += [option, dice.choice(values)] if dice.random() < 0.2 else []
        words += dice.choice(([], [], [], ["--tune"], ["--resume"], ["--force"], ["--resume", "--force"]))
    else:
        weights = ("weights.npz", "images.npz", "no.npz", ".", "")
        words += ["--weights", str(place.inputs / dice.choice(weights))] if dice.random() < 0.3 else []
        words += ["--force"] if dice.random() < 0.2 else []
    return words + _json(dice), names, {}


def _convert(place: Place, dice: Random) -> Words:
    run = place.inputs / "run"
    run.mkdir()
    result = run / "result.nc"
    data = (originals(place.common) / "run" / "result.nc").read_bytes()
    if dice.random() < 0.2:
        not_a_file(result, dice, originals(place.common) / "matrix.png")
    else:
        result.write_bytes(spoiled(data, dice) if dice.random() < 0.5 else data)
    ending = dice.choice((".csv", ".mat", ".raw", ".nc", ".x", ""))
    target = dice.choice(
        (f"waves{ending}", f"sub/waves{ending}", "/dev/full", "precious", "/dev/null", f"{'x' * 300}{ending}")
    )
    variable = ["--variable", dice.choice(("w", "x", "nothing", ""))] if dice.random() < 0.3 else []
    return ["convert", str(dice.choice((run, result))), "--to", target, *variable], {target, "sub"}, {}


def _measure(place: Place, dice: Random) -> Words:
    path = place.inputs / dice.choice(("outside.raw", "outside.csv"))
    data = (originals(place.common) / path.name).read_bytes()
    path.write_bytes(spoiled(data, dice) if dice.random() < 0.6 else data)
    words = ["measure", str(dice.choice((path, path, path, place.inputs))), "--study", str(_study(place, dice, "vmm"))]
    words += ["--instance", dice.choice(("x1", "", "a b"))] if dice.random() < 0.2 else []
    words += ["--rename", dice.choice(("a=b", "a", "=", "w_0_0=x_0_0"))] if dice.random() < 0.2 else []
    return words + _json(dice), set(), {}


def _report(place: Place, dice: Random) -> Words:
    run = place.inputs / "run"
    shutil.copytree(originals(place.common) / "run", run)
    spoilt = run / dice.choice(("measures.json", "result.nc", "study.toml", ".ag2s"))
    if spoilt.is_file() and dice.random() < 0.8:
        spoilt.write_bytes(spoiled(spoilt.read_bytes(), dice))
    target = dice.choice(("page.html", "page.html", "page.pdf", "sub/page.html", "/dev/full", "precious", "page.x", ""))
    words = ["report", str(dice.choice((run, run, run, place.inputs, run / "result.nc"))), "--to", target]
    words += ["--csv"] if dice.random() < 0.3 else []
    words += ["--figures", dice.choice(("svg", "pdf,svg", "x", ","))] if dice.random() < 0.2 else []
    return words, {target, "sub", "page-figures", "page.html-figures"}, {}


def _fit(place: Place, dice: Random) -> Words:
    name = dice.choice(("pulses.csv", "loop.csv"))
    path = place.inputs / name
    path.write_bytes(spoiled((originals(place.common) / name).read_bytes(), dice))
    words = ["fit", str(path), "--parameters", dice.choice(("x", "", ",", "g_int_max,g_int_max", hostile.text(dice)))]
    target = dice.choice(("", "made.toml", "precious", "/dev/full", "no/such/x.toml"))
    return words + (["-o", target] if target else []) + _json(dice), {target, name.partition(".")[0]}, {}


def _others(place: Place, dice: Random) -> Words:
    variable, script = broken(place, dice)
    words = dice.choice(
        (["doctor"], ["doctor", "--json"], [], ["--version"], ["x"], ["export", "--to", "precious"],
         ["export", "--to", "/proc/x"], ["bench", "--x"], ["characterize", "--x"], ["simulate"], ["simulate", "."],
         ["anchors", "--form", "x"], ["characterize", "--maps", "--seed", "3"], ["simulate", "/dev/zero"],
         ["simulate", "no.toml"], ["simulate", "\n"], ["convert", ".", "--to", "x.csv"],
         ["fit", "/dev/zero"], ["deembed", "/dev/zero", "--end", "1k"], ["currents", "no.toml"],
         ["init", "precious"], ["init", "precious.txt"], ["init", "/proc/x"], ["params", "[b]"],
         ["params", "x" * 3000], ["studies", "--json"], ["compare", ".", "precious"], ["compare", "precious", "x\ny"],
         ["find", "no.toml", "--vary", "x", "--until", "y < 1"], ["find", ".", "--vary", "", "--until", ""], ["-h"])
    )  # fmt: skip
    return words, set(), {variable: script} if words[:1] == ["doctor"] and dice.random() < 0.7 else {}


_COMMANDS: dict[Callable[[Place, Random], Words], int] = {
    _simulate: 30, _fake: 10, _netlist: 15, _series: 12, _write_verify: 5, _question: 25, _network: 12,
    _convert: 12, _measure: 8, _report: 8, _fit: 8, _others: 8,
}  # fmt: skip


def _study(place: Place, dice: Random, name: str, most: int = 4) -> Path:
    """A study file: sound and small, or mutated."""
    copy_files(place.inputs)
    if dice.random() < 0.4 and most > 2:
        name, data = mutated(dice, name)
    else:
        name, tables = base(dice, name)
        resize(tables, dice.randint(1, most), dice.randint(1, most))
        if dice.random() < 0.3:
            key, value = dice.choice(("title", "name", "engine", "x")), hostile.value(dice)
            tables["study"] = tables.get("study", {}) | {key: value}
        data = written(tables).encode(errors="replace")
    path = place.inputs / f"{name}.toml"
    path.write_bytes(data)
    return path


def _json(dice: Random) -> list[str]:
    """Perhaps a title, which stands in every picture, table and netlist; perhaps JSON."""
    # half of them text: what is refused is never drawn
    title = hostile.text(dice) if dice.random() < 0.5 else hostile.value(dice)
    extra = ["--set", f"study.title={literal(title)}"] if dice.random() < 0.3 else []
    return extra + (["--json"] if dice.random() < 0.5 else [])
