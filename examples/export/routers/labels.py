"""Labels for files that do not hold them, or hold numbers."""

import math
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

import source
from refused import Refused


def option(parser: ArgumentParser, what: str) -> None:
    parser.add_argument("--labels", metavar="A,B,C|FILE", help=f"{what}: names with commas between, or a file with one a line")


def given(options: Namespace) -> list[str] | None:
    if options.labels is None:
        return None
    path = Path(options.labels)
    text = path.read_text(encoding="utf-8").splitlines() if path.is_file() else options.labels.split(",")
    return [name.strip() for name in text if name.strip()]


def counted(labels: list[str] | None, count: int, path: Path, how: str) -> list[str]:
    """The labels, which must be as many as the file chooses between."""
    if labels is None:
        raise Refused(f"{path}: chooses between {count} models, and their names are not in it: {how}")
    if len(labels) != count:
        raise Refused(f"{path}: chooses between {count} models, and there are {len(labels)} labels ({', '.join(labels)}): {how}")
    return labels


def of_classes(classes: np.ndarray, path: Path, options: Namespace) -> list[str]:
    """The labels of scikit-learn's classes_, whose order (that of the alphabet) also breaks ties."""
    if all(isinstance(c, str) for c in classes.tolist()):
        if options.labels is not None:
            raise Refused(f"{path}: has the names {', '.join(classes)} in it: leave --labels out")
        return [str(c) for c in classes]
    how = f"name them with --labels, in the order of the classes {', '.join(map(str, classes.tolist()))}"
    return counted(given(options), len(classes), path, how)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a routing table, each with query, model_name and performance."""
    rows = source.lines(path)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not {"query", "model_name", "performance"} <= row.keys():
            raise Refused(f"{path}:{number}: expected an object with query, model_name and performance, as LLMRouter's routing data")
    return rows


def by_file_order(path: Path) -> list[str]:
    """mfrouter, graphrouter: a model's place is where it first appears in the file."""
    return list(dict.fromkeys(row["model_name"] for row in rows_of(path)))


def by_best(path: Path) -> list[str]:
    """mlprouter: of each query the first row with the best performance, queries sorted; then where a model first appears."""
    best: dict[str, dict[str, Any]] = {}
    for row in rows_of(path):
        performance = row["performance"]
        if performance is None or math.isnan(performance):
            continue
        if row["query"] not in best or performance > best[row["query"]]["performance"]:
            best[row["query"]] = row
    return list(dict.fromkeys(best[query]["model_name"] for query in sorted(best)))
