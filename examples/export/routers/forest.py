"""A random forest of scikit-learn that chooses between models: each class is a label."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels
from unpickle import Thing

NAME, FILES, ENCODER = "randomforest", ("classifier.pkl",), encoders.UNKNOWN
SUMMARY = "a random forest of scikit-learn, whose classes are the models (kind forest)"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "only where the file's classes are numbers")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = load(path, options)
    classes = model.get("classes_")
    return of(model, path, NAME, labels.of_classes(classes, path, options), {"classes": len(classes), "first": 0})


def load(path: Path, options: Namespace) -> Thing:
    model = source.estimator(path, options, "RandomForestClassifier", "ExtraTreesClassifier")
    if model.get("n_outputs_") != 1:
        raise Refused(f"{path}: {model.get('n_outputs_')} outputs: train with one label a query")
    return model


def of(model: Thing, path: Path, origin: str, names: list[str], parameters: dict[str, Any]) -> Artifact:
    """All trees one after the other: roots [T]; of n nodes feature (-1: a leaf), threshold, left, right; value [n, C]."""
    roots, parts, start = [], [], 0
    for tree in model.get("estimators_"):
        grown = tree.get("tree_")
        nodes, value = grown.get("nodes"), grown.get("values")[:, 0, :]
        leaf, place = nodes["left_child"] < 0, np.arange(len(nodes))
        for child in (nodes["left_child"], nodes["right_child"]):
            if not (leaf | (place < child) & (child < len(nodes))).all():
                raise Refused(f"{path}: a node's child is not behind it: the file is damaged")
        roots.append(start)
        parts.append({
            "feature": np.where(leaf, -1, nodes["feature"]).astype(np.int32),
            "threshold": np.where(leaf, 0, nodes["threshold"]).astype(np.float64),
            "left": np.where(leaf, 0, nodes["left_child"] + start).astype(np.int32),
            "right": np.where(leaf, 0, nodes["right_child"] + start).astype(np.int32),
            "value": value / value.sum(axis=1, keepdims=True),  # older versions count, newer ones hold shares
        })
        start += len(nodes)
    if not parts:
        raise Refused(f"{path}: the forest has no trees")
    return Artifact(
        kind="forest", origin=origin, labels=names, dimension=int(model.get("n_features_in_")),
        tensors={"roots": np.array(roots, np.int32)} | {name: np.concatenate([p[name] for p in parts]) for name in parts[0]},
        parameters=parameters, made_with={"scikit-learn": model.get("_sklearn_version")},
    )
