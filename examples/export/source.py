"""The files that are read: pickles and torch's files only when that is allowed, and what is plain data."""

import hashlib
import json
import re
import zipfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

import tensors
from refused import Refused
from unpickle import Thing

WHY = (
    "is a pickle, and whoever made a pickle decides what happens when Python opens it. This command reads it by a reader of "
    "its own that runs nothing in it, and takes only classes it knows. If you made the file, or trust who did, say --allow-pickle"
)


def check(path: Path) -> None:
    if not path.is_file():
        raise Refused(f"{path}: no such file")


def pickled(path: Path, options: Namespace) -> Any:
    """The object of a pickle or of a file of torch.save; see unpickle."""
    check(path)
    if not options.allow_pickle:
        raise Refused(f"{path}: {WHY}")
    try:
        with path.open("rb") as file:
            return tensors.load(file, str(path))
    except (zipfile.BadZipFile, KeyError) as error:
        raise Refused(f"{path}: not a whole file of torch.save: {error}") from error


def estimator(path: Path, options: Namespace, *classes: str) -> Thing:
    """A trained object of one of scikit-learn's classes."""
    thing = pickled(path, options)
    name = thing.name.rsplit(".", 1)[-1] if isinstance(thing, Thing) else type(thing).__name__
    if name not in classes:
        raise Refused(f"{path}: holds a {name}, expected {' or '.join(classes)}: is it the file of another router?")
    return thing


def state(path: Path, options: Namespace) -> dict[str, np.ndarray]:
    """A state dict of torch, by name: of a pickle, of torch.save, or of safetensors (which is no pickle)."""
    check(path)
    if path.suffix == ".safetensors":
        try:
            return safetensors.numpy.load_file(path)
        except safetensors.SafetensorError as error:
            raise Refused(f"{path}: not a file of safetensors: {error}") from error
    loaded = pickled(path, options)
    if not isinstance(loaded, dict) or not all(isinstance(v, np.ndarray) for v in loaded.values()):
        raise Refused(f"{path}: expected a state dict (names and tensors), found {type(loaded).__name__}")
    return loaded


def tensor(state_dict: dict[str, np.ndarray], name: str, path: Path, *shape: int | None) -> np.ndarray:
    """One tensor as float64; None in the shape fits any length."""
    if name not in state_dict:
        raise Refused(f"{path}: has no tensor {name!r}; it has {', '.join(sorted(state_dict)) or 'none'}. Is it another router's?")
    value = state_dict[name]
    if len(value.shape) != len(shape) or any(want not in (None, got) for want, got in zip(shape, value.shape)):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise Refused(f"{path}: tensor {name!r} has shape {value.shape}, expected ({wanted})")
    return value.astype(np.float64)


def arrays(path: Path, *names: str) -> dict[str, np.ndarray]:
    """The named members of an .npz."""
    check(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in names if name not in file]
            if missing:
                raise Refused(f"{path}: has no {', '.join(missing)}; it has {', '.join(file.files)}. See README.md for how it is made")
            return {name: file[name] for name in names}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise Refused(f"{path}: not an .npz of numbers and texts: {error}") from error


def vectors(path: Path, dimension: int | None = None) -> np.ndarray:
    """An .npy of vectors, one a row."""
    check(path)
    try:
        value = np.load(path, allow_pickle=False)
    except (ValueError, OSError) as error:
        raise Refused(f"{path}: not an .npy of numbers: {error}") from error
    if value.ndim == 1:
        value = value[None]
    if value.ndim != 2 or value.dtype.kind != "f" or (dimension is not None and value.shape[1] != dimension):
        raise Refused(f"{path}: has shape {value.shape} and type {value.dtype}, expected rows of {dimension or 'any number of'} floats")
    return value


def document(path: Path) -> Any:
    """A JSON file."""
    check(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{path}: not JSON: {error}") from error


def lines(path: Path) -> list[dict[str, Any]]:
    """A JSONL file: an object a line."""
    check(path)
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):  # texts may hold other ends of lines
        try:
            if line:
                rows.append(json.loads(line))
        except ValueError as error:
            raise Refused(f"{path}:{number}: not JSON: {error}") from error
    return rows


def setting(path: Path | None, key: str) -> str | None:
    """A single value of a YAML file of hyper-parameters, wherever in it the key is; None where it is not."""
    if path is None:
        return None
    check(path)
    found = set(re.findall(rf"(?m)^[ \t]*{re.escape(key)}[ \t]*:[ \t]*['\"]?([^\s'\"#]+)", path.read_text(encoding="utf-8")))
    if len(found) > 1:
        raise Refused(f"{path}: {key} stands in it more than once, as {' and '.join(sorted(found))}: give it as an option")
    return found.pop() if found else None


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
