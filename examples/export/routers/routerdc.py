"""The head of RouterDC (LLMRouter's routerdc): which model's vector is the most similar to the query's.

The cosine's length of the query, and the temperature, are the same for every model, so rows of length 1 decide alike.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from routers import encoders, labels
from routers.mf import unit_rows

NAME, FILES, ENCODER = "routerdc", ("best_model.pth",), encoders.MDEBERTA
SUMMARY = "similarity to a vector a model (kind linear); the backbone that makes the query's vector is not exported"
ORDER = "name them with --labels in the order of the scores in the first row of the test file, which is what LLMRouter goes by"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "the models, in the order of the first row of the test file")
    parser.add_argument("--similarity", choices=("cos", "inner"), default="cos", help="similarity_function (default: %(default)s)")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    rows = source.tensor(source.state(path, options), "embeddings.weight", path, None, None)
    return Artifact(
        kind="linear", origin=NAME, labels=labels.counted(labels.given(options), len(rows), path, ORDER), dimension=rows.shape[1],
        tensors={
            "weight": (unit_rows(rows) if options.similarity == "cos" else rows).astype(np.float32),
            "bias": np.zeros(len(rows), np.float32),
        },
        parameters={"input": "as_is"},
    )
