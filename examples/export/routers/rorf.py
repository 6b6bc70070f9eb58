"""RoRF: a random forest of four classes (A wins, both fail, both do, B wins), of which the first two speak for A."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from artifact import Artifact
from refused import Refused
from routers import encoders, forest, labels

NAME, FILES, ENCODER, VIEW = "rorf", ("classifier.pkl",), encoders.UNKNOWN, "last_user"
SUMMARY = "RoRF: model A where the first two of four classes reach a threshold, else model B (kind forest)"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "model A and model B")
    parser.add_argument("--threshold", type=float, required=True, help="from which share of A on model A is taken, 0 to 1")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = forest.load(path, options)
    if model.get("classes_").tolist() != [0, 1, 2, 3]:
        raise Refused(f"{path}: the classes are {model.get('classes_').tolist()}, expected 0, 1, 2, 3. Of another forest: randomforest")
    names = labels.counted(labels.given(options), 2, path, "name the pair with --labels A,B")
    return forest.of(model, path, NAME, names, {"classes": 4, "first": 2, "threshold": options.threshold})
