"""LLMRouter's svmrouter: scikit-learn's SVC."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels

NAME, FILES, ENCODER = "svmrouter", ("svmrouter.pkl",), encoders.LONGFORMER
SUMMARY = "one-vs-one votes of a support vector machine (kind svm)"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "only where the file's classes are numbers")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = source.estimator(path, options, "SVC")
    kernel = model.get("kernel")
    if kernel not in ("rbf", "linear"):
        raise Refused(f"{path}: kernel {kernel!r}: only rbf and linear can be exported: train with one of them")
    if model.get("_sparse"):
        raise Refused(f"{path}: trained on sparse vectors: train on dense ones")
    if model.get("break_ties"):
        raise Refused(f"{path}: break_ties is true, which decides by more than votes: train without it")
    vectors, support, classes = model.get("support_vectors_"), model.get("_n_support"), model.get("classes_")
    # The names with _ in front are what predict goes by: with two classes the public ones have the opposite sign.
    dual, intercept = model.get("_dual_coef_"), model.get("_intercept_")
    k = len(classes)
    shapes = support.shape, int(support.sum()), dual.shape, intercept.shape
    if shapes != ((k,), len(vectors), (k - 1, len(vectors)), (k * (k - 1) // 2,)):
        raise Refused(f"{path}: {k} classes and {len(vectors)} vectors, but shapes {shapes}: the file is damaged")
    narrow = vectors.astype(np.float32)
    return Artifact(
        kind="svm", origin=NAME, labels=labels.of_classes(classes, path, options), dimension=vectors.shape[1],
        tensors={
            "vectors": narrow if (narrow == vectors).all() else vectors.astype(np.float64),
            "support": support.astype(np.int32),
            "dual": dual.astype(np.float64),
            "intercept": intercept.astype(np.float64),
        },
        parameters={"kernel": kernel, "gamma": float(model.get("_gamma"))},
        made_with={"scikit-learn": model.get("_sklearn_version")},
    )
