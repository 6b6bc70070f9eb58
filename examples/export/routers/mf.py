"""LLMRouter's mfrouter: s_m = w · (P̂_m ⊙ (T e)), which is one matrix: A = (P̂ ⊙ w) T."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from routers import encoders, labels

NAME, FILES, ENCODER = "mfrouter", ("mfrouter.pkl",), encoders.LONGFORMER
SUMMARY = "matrix factorization, collapsed into one row a model (kind linear)"
ORDER = "name them in the order in which they first appear in the training table: --routing with that table, or --labels"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "the models, in the order of training")


def unit_rows(table: np.ndarray) -> np.ndarray:
    """Rows of length 1, as torch's normalize makes them."""
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    weights = source.state(path, options)
    table = source.tensor(weights, "P.weight", path, None, None)
    project = source.tensor(weights, "text_proj.weight", path, table.shape[1], None)
    classifier = source.tensor(weights, "classifier.weight", path, 1, table.shape[1])
    names = labels.given(options) or (labels.by_file_order(options.routing) if options.routing else None)
    return Artifact(
        kind="linear", origin=NAME, labels=labels.counted(names, len(table), path, ORDER), dimension=project.shape[1],
        tensors={
            "weight": ((unit_rows(table) * classifier) @ project).astype(np.float32),
            "bias": np.zeros(len(table), np.float32),
        },
        parameters={"input": "as_is"},
    )
