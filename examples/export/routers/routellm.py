"""RouteLLM's mf: the strong model where σ(w · ((P̂_strong - P̂_weak) ⊙ T e)) reaches a threshold; the argument is one row times e."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels
from routers.mf import unit_rows

NAME, FILES, ENCODER, VIEW = "routellm-mf", ("model.safetensors",), encoders.OPENAI_SMALL, "last_user"
SUMMARY = "the strong model where its win rate reaches a threshold, else the weak one (kind threshold)"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "the strong and the weak model")
    parser.add_argument("--threshold", type=float, required=True, help="from which win rate on the strong model is taken")
    parser.add_argument("--strong-id", type=int, default=24, help="its row in the table (default: %(default)s, gpt-4-1106-preview)")
    parser.add_argument("--weak-id", type=int, default=36, help="its row in the table (default: %(default)s, mixtral-8x7b-instruct-v0.1)")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    weights = source.state(path, options)
    table = unit_rows(source.tensor(weights, "P.weight", path, None, None))
    project = source.tensor(weights, "text_proj.0.weight", path, table.shape[1], None)
    classifier = source.tensor(weights, "classifier.0.weight", path, 1, table.shape[1])
    for name, row in (("--strong-id", options.strong_id), ("--weak-id", options.weak_id)):
        if not 0 <= row < len(table):
            raise Refused(f"{path}: {name} {row}: the table has rows 0 to {len(table) - 1}")
    names = labels.counted(labels.given(options), 2, path, "name the pair with --labels strong,weak")
    return Artifact(
        kind="threshold", origin=NAME, labels=names, dimension=project.shape[1],
        tensors={
            "weight": (((table[options.strong_id] - table[options.weak_id]) * classifier) @ project).astype(np.float32),
            "bias": np.zeros(1, np.float32),
        },
        parameters={"output": "logistic", "threshold": options.threshold},
    )
