"""LLMRouter's knnrouter: scikit-learn's KNeighborsClassifier."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels

NAME, FILES, ENCODER = "knnrouter", ("knnrouter.pkl",), encoders.LONGFORMER
SUMMARY = "the k nearest training queries vote (kind knn)"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "only where the file's classes are numbers")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = source.estimator(path, options, "KNeighborsClassifier")
    metric, weights = model.get("effective_metric_"), model.get("weights")
    if metric not in ("euclidean", "l2", "cosine") or (model.has("effective_metric_params_") and model.get("effective_metric_params_")):
        raise Refused(f"{path}: metric {metric!r}: only euclidean (minkowski with p=2) and cosine, without weights of features, "
                      "can be exported: train with one of them")
    if weights not in ("uniform", "distance"):
        raise Refused(f"{path}: weights {weights!r}: only uniform and distance can be exported: train with one of them")
    vectors, targets, classes = model.get("_fit_X"), model.get("_y"), model.get("classes_")
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or not isinstance(classes, np.ndarray) or targets.ndim != 1:
        raise Refused(f"{path}: expected dense vectors, one a row, and one target each: train with one label a query")
    if not 1 <= model.get("n_neighbors") <= len(vectors):
        raise Refused(f"{path}: n_neighbors is {model.get('n_neighbors')}, and there are {len(vectors)} vectors")
    if len(targets) != len(vectors) or targets.min() < 0 or targets.max() >= len(classes):
        raise Refused(f"{path}: {len(targets)} targets from {targets.min()} to {targets.max()}: expected one of {len(classes)} classes "
                      f"for each of {len(vectors)} vectors")
    vectors = vectors.astype(np.float32)
    return Artifact(
        kind="knn", origin=NAME, labels=labels.of_classes(classes, path, options), dimension=vectors.shape[1],
        tensors={"vectors": vectors, "targets": targets.astype(np.int32)},
        parameters={
            "k": int(model.get("n_neighbors")), "weights": weights, "metric": "cosine" if metric == "cosine" else "euclidean",
        },
        training=vectors, made_with={"scikit-learn": model.get("_sklearn_version")},
    )
