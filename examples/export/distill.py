"""Makes of an artifact that takes long to decide a linear one that nearly decides alike, and says how nearly."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import artifact
import calibrate
import score
import source
from refused import Refused

SUMMARY = "makes of any artifact a linear one that nearly decides alike, and measures how nearly"
# Of five parts of the queries one is kept back to measure by.
PARTS = 5


def options(parser: ArgumentParser) -> None:
    parser.add_argument("artifact", type=Path, metavar="FOLDER", help="the artifact")
    parser.add_argument("--queries", type=Path, metavar="FILE.npy",
                        help="vectors of queries, one a row (default: those in the artifact, of kinds knn and svm)")
    parser.add_argument("--ridge", type=float, default=1.0, help="how much weights are held small (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which queries are kept back (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER|FILE.tar", help="what is written")


def run(options: Namespace) -> str:
    teacher = artifact.read(options.artifact)
    manifest = json.loads((options.artifact / artifact.MANIFEST).read_text(encoding="utf-8"))
    if "encoder" not in manifest:
        raise Refused(f"{options.artifact}: goes by no vector, so it costs nothing already")
    if options.queries is not None:
        queries = source.vectors(options.queries, teacher.dimension)
    elif "vectors" in teacher.tensors:
        queries = teacher.tensors["vectors"]
    else:
        raise Refused(f"{options.artifact}: has no vectors of queries in it: give --queries FILE.npy")
    if len(queries) < 2 * PARTS:
        raise Refused(f"{options.artifact}: {len(queries)} queries are too few to learn and to measure by")
    order = np.random.default_rng(options.seed).permutation(len(queries))
    kept, learned = order[::PARTS], np.delete(order, np.s_[::PARTS])
    targets = score.scores(teacher, queries)
    student = fit(queries[learned], targets[learned], options.ridge)
    share = agreement(teacher, student, queries[kept], targets[kept])
    made = artifact.Artifact(
        kind="linear", origin=f"{teacher.origin}, distilled", labels=teacher.labels, dimension=teacher.dimension, tensors=student,
        parameters={"input": "as_is"}, quality=manifest["quality"], made_with={"agreement": f"{share:.4f} of {len(kept)} queries kept back"},
    )
    made.encoder, made.query_view = artifact.Encoder(**manifest["encoder"]), manifest["query_view"]
    made.prices = manifest.get("prices")
    calibrate.calibrate(made, queries[kept])
    artifact.write(made, options.out)
    return f"{options.out}: decides as {options.artifact} does for {share:.1%} of {len(kept)} queries it did not learn from"


def fit(vectors: np.ndarray, targets: np.ndarray, ridge: float) -> dict[str, np.ndarray]:
    """A ridge regression of scores [N, K] on vectors [N, d], with a bias that is not held small."""
    x, y = vectors.astype(np.float64), targets
    middle, height = x.mean(0), y.mean(0)
    gram = (x - middle).T @ (x - middle) + ridge * np.eye(x.shape[1])
    weight = np.linalg.solve(gram, (x - middle).T @ (y - height)).T
    return {"weight": weight.astype(np.float32), "bias": (height - weight @ middle).astype(np.float32)}


def agreement(teacher: artifact.Artifact, student: dict[str, np.ndarray], vectors: np.ndarray, targets: np.ndarray) -> float:
    """The share of vectors for which both choose the same label."""
    ours = vectors.astype(np.float64) @ student["weight"].T + student["bias"]
    return float((ours.argmax(1) == targets.argmax(1)).mean())
