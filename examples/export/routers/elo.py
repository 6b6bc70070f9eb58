"""LLMRouter's elorouter: ratings, of which the highest always wins."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from unpickle import Thing, plain

NAME, FILES, ENCODER = "elorouter", ("elorouter.pkl|RATINGS.json",), None
SUMMARY = "a rating a model, whatever the query (kind constant)"


def options(parser: ArgumentParser) -> None:
    del parser  # it has none


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    ratings = source.document(path) if path.suffix == ".json" else source.pickled(path, options)
    if isinstance(ratings, Thing):
        ratings = series(ratings, path)
    if not isinstance(ratings, dict) or not all(isinstance(r, (int, float)) for r in ratings.values()):
        raise Refused(f"{path}: expected a pandas Series of ratings by model, or a map")
    scores = np.array(list(ratings.values()), np.float64)
    return Artifact(
        kind="constant", origin=NAME, labels=[str(name) for name in ratings], dimension=0, tensors={"scores": scores},
    )


def series(thing: Thing, path: Path) -> dict[str, float]:
    """The ratings of a pandas Series, in its order: of two that are equal the first wins."""
    try:
        parts: dict[str, Any] = plain(thing.get("_mgr").state[3]["0.14.1"])
        values, = (block["values"].reshape(-1).tolist() for block in parts["blocks"])
        return dict(zip(names(parts["axes"][0]), values, strict=True))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        hint = 'write it as JSON where it was made: json.dump(ratings.to_dict(), file)'
        raise Refused(f"{path}: a {thing.name} of a form that is not known here ({error}): {hint}") from error


def names(index: Thing) -> list[str]:
    """The names of a pandas Index: an array of objects, perhaps inside of pandas' own array of texts."""
    data = index.args[1]["data"]
    if isinstance(data, Thing):
        data = data.state[1]
    return [str(name) for name in plain(data).reshape(-1).tolist()]
