"""Two centroids, of simple and of complex prompts, as the command centroids makes them."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders

NAME, FILES, ENCODER, VIEW = "centroid", ("simple_centroid.npy", "complex_centroid.npy"), encoders.MINILM, "last_user"
SUMMARY = "whether a query is nearer to simple or to complex prompts (kind centroid)"


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--margin", type=float, default=0.06, help="less than this between the cosines is complex (default: %(default)s)")


def export(files: list[Path], options: Namespace) -> Artifact:
    simple = source.vectors(files[0])
    both = [simple, source.vectors(files[1], simple.shape[1])]
    for path, centroid in zip(files, both):
        if len(centroid) != 1 or not np.linalg.norm(centroid) > 0:
            raise Refused(f"{path}: expected one vector that is not zero, found {len(centroid)}")
    centers = np.concatenate(both).astype(np.float64)
    return Artifact(
        kind="centroid", origin=NAME, labels=["simple", "complex"], dimension=centers.shape[1],
        tensors={"centers": (centers / np.linalg.norm(centers, axis=1, keepdims=True)).astype(np.float32)},
        parameters={"margin": options.margin},
    )
