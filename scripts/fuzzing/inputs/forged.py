"""Kind `forged`: files that are sound for their format, with checksums that hold, and hold what no program wrote so.

A damaged byte of a compressed file is noticed by its format; what is said in the file is for the package to check.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np

from fuzzing.case import STATUS, Case, Found, Place
from fuzzing.in_process import check_words, refusals
from fuzzing.inputs import hostile
from fuzzing.inputs.files import READERS, read_matrix
from fuzzing.inputs.forged_maps import MAPS
from fuzzing.inputs.forged_networks import FORGED
from fuzzing.inputs.originals import KEPT, KEY, SHAPE, originals
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import MARK, Origin, read_mark
from pyspice_models.folders.output import output_folder


def forged(case: Case, place: Place) -> None:
    """A file of any sort that holds something else than it should."""
    dice = case.dice()
    make = dice.choice((_dataset, _dataset, _arrays, _checkpoint, _mark, _network, _network, _network, *MAPS))
    if make in MAPS:
        path, what = MAPS[MAPS.index(make)](place.inputs, dice)
        place.note("forged.txt", what)
        with refusals():
            read_matrix(path, dice)
        return
    make(originals(place.common), place, dice)


def _read(name: str, path: Path, dice: Random) -> None:
    with refusals():
        READERS[name](path, dice)


# ---- netCDF


def _dataset(folder: Path, place: Place, dice: Random) -> None:
    path = place.inputs / "run" / "result.nc"
    path.parent.mkdir()
    path.write_bytes((folder / "run" / "result.nc").read_bytes())
    done: list[str] = []
    try:
        with h5py.File(path, "r+") as file:
            for _ in range(dice.choice((1, 1, 2, 4))):
                name = dice.choice(list(_OF_DATASETS))
                try:
                    done.append(f"{name}: {_OF_DATASETS[name](file, dice)}")
                except (KeyError, ValueError, TypeError, OSError, RuntimeError, MemoryError) as error:
                    # what was done before left something that HDF5 itself does not touch
                    done.append(f"{name}: {type(error).__name__}")
    except RuntimeError as error:  # nor can it always close what it was made to write: the file is then as it came out
        done.append(f"closing: {error}")
    place.note("forged.txt", "\n".join(done))
    _read("run/result.nc", path, dice)


def _variable(file: h5py.File, dice: Random) -> str:
    names = [name for name in file if isinstance(file.get(name), h5py.Dataset)]
    return str(dice.choice([*names, *(name for name in names if name in {"w", "x", "time", "row"})]))


def _drop(file: h5py.File, dice: Random) -> str:
    name = _variable(file, dice)
    del file[name]
    return name


def _rename(file: h5py.File, dice: Random) -> str:
    name, new = _variable(file, dice), dice.choice(("y", "time_0", "ü", "[b]", "a b", "v\n1", "x" * 300))
    if new not in file:
        file.move(name, new)
    return f"{name} to {new!r}"


def _other_type(file: h5py.File, dice: Random) -> str:
    """The same shape and dimensions in numbers of another type, or in no numbers."""
    name = _variable(file, dice)
    old = file[name]
    if old.shape is None or old.dtype.kind not in "fi":
        return "nothing"
    values = np.nan_to_num(np.asarray(old[...]))
    kind = dice.choice(("f4", "f2", "i1", "u8", "c16", "S3", "text", "bool", "compound", ">f8"))
    attributes = {key: value for key, value in old.attrs.items() if key not in {"_FillValue", "DIMENSION_LIST"}}
    lists = [[scale.name for scale in axis.values()] for axis in old.dims] if name not in _scales(file) else []
    del file[name]
    if kind == "text":
        made = file.create_dataset(name, data=np.full(values.shape, "1.0", dtype=object), dtype=h5py.string_dtype())
    elif kind == "compound":
        made = file.create_dataset(name, data=np.zeros(values.shape, dtype=[("a", "f8"), ("b", "i4")]))
    else:
        made = file.create_dataset(name, data=values.astype(kind))
    _attach(file, made, attributes, lists)
    return f"{name} as {kind}"


def _other_shape(file: h5py.File, dice: Random) -> str:
    """Fewer or more numbers than the dimensions have, or a claim of far more than there are."""
    name = _variable(file, dice)
    old = file[name]
    if old.shape is None or not old.shape:
        return "nothing"
    attributes = {key: value for key, value in old.attrs.items() if key not in {"_FillValue", "DIMENSION_LIST"}}
    shape = list(old.shape)
    axis = dice.randrange(len(shape))
    shape[axis] = dice.choice((0, 1, shape[axis] + 1, shape[axis] * 2, 10**5, 10**9, 10**12))
    shape = [] if dice.random() < 0.1 else shape
    del file[name]
    chunks = tuple(min(n, 8) or 1 for n in shape) or None
    limits = (None,) * len(shape) or None
    made = file.create_dataset(name, shape=tuple(shape), dtype="f8", chunks=chunks, maxshape=limits)
    _attach(file, made, attributes, [])
    return f"{name} of shape {shape}"


def _other_values(file: h5py.File, dice: Random) -> str:
    name = _variable(file, dice)
    old = file[name]
    if old.shape is None or old.dtype.kind != "f" or not old.size:
        return "nothing"
    values = np.asarray(old[...])
    bad = dice.choice((np.nan, np.inf, -1.0, 1e300, -0.0, 1e19))
    if dice.random() < 0.5:
        values[...] = bad
    else:
        values.reshape(-1)[dice.randrange(values.size)] = bad
    old[...] = values
    return f"{name} with {bad}"


def _attribute(file: h5py.File, dice: Random) -> str:
    """An attribute of the file or of a variable goes, or says something else."""
    holder = file if dice.random() < 0.5 else file[_variable(file, dice)]
    names = [key for key in holder.attrs if key not in {"DIMENSION_LIST", "REFERENCE_LIST"}]
    key = dice.choice([*names, "units", "calendar", "scale_factor", "_FillValue", "coordinates", "windows"])
    if key in holder.attrs and dice.random() < 0.4:
        del holder.attrs[key]
        return f"{holder.name}.{key} is gone"
    value = dice.choice((
        "days since 2000-01-01", "seconds since x", "seconds", "", 0.0, 1e308, np.nan, "w x", "no such name", 7,
        np.arange(3.0), "[]", "{}", "[[1]]", '[{"a": 1}]', "[" * 900 + "]" * 900, b"\xff\xfe", "x" * 30_000,
    ))  # fmt: skip
    holder.attrs[key] = value
    return f"{holder.name}.{key} = {str(value)[:60]!r}"


def _group(file: h5py.File, dice: Random) -> str:
    """A group, a link to nowhere, or one to another file, in the place of a variable."""
    name = _variable(file, dice)
    del file[name]
    match dice.randrange(4):
        case 0:
            file.create_group(name)
        case 1:
            file[name] = h5py.SoftLink("/nowhere")
        case 2:
            file[name] = h5py.SoftLink("/")
        case _:
            file[name] = h5py.ExternalLink("/etc/passwd", "/x")
    return name


_OF_DATASETS: dict[str, Callable[[h5py.File, Random], str]] = {
    "gone": _drop, "renamed": _rename, "type": _other_type, "shape": _other_shape, "values": _other_values,
    "attribute": _attribute, "attribute again": _attribute, "group": _group,
}  # fmt: skip


def _scales(file: h5py.File) -> set[str]:
    return {name for name in file if name in file and file[name].attrs.get("CLASS", b"") == b"DIMENSION_SCALE"}


def _attach(file: h5py.File, made: h5py.Dataset, attributes: dict[str, Any], lists: list[list[str]]) -> None:
    scale = attributes.get("CLASS", b"") == b"DIMENSION_SCALE"
    for key, value in attributes.items():
        if key not in {"REFERENCE_LIST", "CLASS", "NAME"}:
            made.attrs[key] = value
    if scale:
        made.make_scale(made.name.strip("/"))
    for axis, names in zip(made.dims, lists, strict=False):
        for name in names:
            if name in file:
                axis.attach_scale(file[name])


# ---- NumPy's archives


def _odd_array(dice: Random) -> Any:
    values = np.linspace(0, 1, 12).reshape(SHAPE)
    return dice.choice((
        values.astype("f4"), values.astype("f2"), (values > 0.5), values.astype(complex), values.astype(str),
        values.astype(">f8"), values.T, values[None], values.ravel(), np.asfortranarray(values), np.array(0.5),
        np.zeros((0, 3)), np.zeros((4, 0)), np.full(SHAPE, np.nan), np.full(SHAPE, np.inf), np.full(SHAPE, 1e300),
        values - 1, np.zeros(SHAPE, dtype=[("a", "f8")]), np.zeros(SHAPE, "M8[s]"), np.zeros(SHAPE, "m8[s]"),
        np.zeros(SHAPE, "V8"), np.zeros((300, 300)), np.zeros((1,) * 30), np.longdouble(values),
    ))  # fmt: skip


def _arrays(folder: Path, place: Place, dice: Random) -> None:
    path = place.inputs / "states" / "states.npz"
    path.parent.mkdir()
    sound = np.linspace(0, 1, 12).reshape(SHAPE)
    w, x = _odd_array(dice), dice.choice((sound, _odd_array(dice)))
    held = dice.choice(({"w": w, "x": x}, {"w": w, "x": x}, {"w": x, "x": w}, {"w": w}, {"arr_0": w}, {"w/x": w}))
    dice.choice((np.savez, np.savez_compressed))(path, **held)
    place.note("forged.txt", repr({name: (value.dtype.str, value.shape) for name, value in held.items()}))
    _read("states/states.npz", path, dice)


def _checkpoint(folder: Path, place: Place, dice: Random) -> None:
    path = place.inputs / "checkpoint.npz"
    values: dict[str, Any] = dict(KEPT)
    if dice.random() < 0.4:
        values[dice.choice(("w", "errors", "round", "more"))] = _odd_array(dice)
    if dice.random() < 0.3:
        del values[dice.choice(list(KEPT))]
    sound = {"key": KEY, "check": content_key(values)}
    head = dice.choice((
        json.dumps(sound | {"check": "0" * 64}), json.dumps(sound | {"key": "1" * 64}), json.dumps([1]), "", "null",
        "[" * 100_000, '{"key": {}}', json.dumps(sound)[:-1], "NaN", "1" * 5000, json.dumps({**sound, "check": None}),
    ))  # fmt: skip
    np.savez(path, checkpoint=np.array(head), **values)
    place.note("forged.txt", f"{head[:300]}\n{list(values)}")
    _read("checkpoint.npz", path, dice)


# ---- images, weights, networks in training


def _network(folder: Path, place: Place, dice: Random) -> None:
    target = place.inputs / "networks"
    target.mkdir()
    name, what = dice.choice(FORGED)(folder / "networks", target, dice)
    place.note("forged.txt", what)
    _read(f"networks/{name}", target / name, dice)


# ---- the mark of a folder of results


def _mark(folder: Path, place: Place, dice: Random) -> None:
    """A folder whose mark says anything; what lies in it is never replaced but for the same question."""
    target = place.inputs / "made"
    target.mkdir()
    kept = target / "years of work"
    kept.write_text("x")
    data: Any = {
        "kind": "simulate", "question": KEY, "about": {"name": "a"}, "command": "ag2s", "state": "complete",
        "name": "made", "files": {"result.nc": 5}, "place": {},
    }  # fmt: skip
    for _ in range(dice.choice((1, 2, 4))):
        data[dice.choice(list(data))] = dice.choice((
            None, 1, -1, 1e308, "", "\x1b[2J", "x" * 100_000, [], {}, [[]], {"a": []}, {"../x": 1}, {"/etc": None},
            True, "complete", "failed", "at work", {"pid": -1}, {"pid": "1", "host": ""}, dice.choice(hostile.TEXTS),
        ))  # fmt: skip
    text = json.dumps(data) if dice.random() < 0.85 else dice.choice(("[]", "null", "[" * 100_000, "", "\x00", "NaN"))
    (target / MARK).write_text(text, encoding="utf-8", errors="replace")
    place.note("forged.txt", text[:2000])
    mark = read_mark(target)
    if mark is not None:
        check_words(f"it is {mark.origin}")
    with refusals():
        with output_folder(target, Origin("simulate", "1" * 64)) as scratch:
            (scratch / "result.nc").write_text("new")
        raise Found(STATUS, "a folder that holds another result is replaced")
