"""What an artifact says of its training queries: how sure it was (calibration), and how far apart they were (reach)."""

import numpy as np

import score
from artifact import Artifact

SAMPLE = 2000


def calibrate(artifact: Artifact, queries: np.ndarray | None) -> None:
    """Writes `calibration` and, where the kind has one, `reach`: of these queries [N, d], or of the vectors the file had."""
    own = queries is None
    vectors = artifact.training if own else queries
    if vectors is None:
        return
    vectors = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), SAMPLE)).astype(int)]
    if artifact.kind == "knn":
        scores, near = among(artifact, vectors, leave_out=own)
    else:
        users = range(artifact.parameters.get("users", 1))
        scores, near = np.concatenate([score.scores(artifact, vectors, user) for user in users]), nearest(artifact, vectors)
    if artifact.kind == "threshold":
        margin = scores[:, 0]
    elif len(artifact.labels) > 1:
        best = np.sort(scores, axis=1)
        margin = best[:, -1] - best[:, -2]
    else:
        return
    artifact.calibration = [brief(q) for q in np.percentile(margin, range(101))]
    artifact.reach = None if near is None else brief(np.percentile(near, 99))


def among(artifact: Artifact, vectors: np.ndarray, leave_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """Scores [N, K] of kind knn, and each one's distance to the nearest. A training query is no neighbour of itself."""
    trained = artifact.tensors["vectors"].astype(np.float64)
    places = np.linspace(0, len(trained) - 1, len(vectors)).astype(int)
    scores, near = [], []
    parameters = artifact.parameters | {"labels": len(artifact.labels)}
    for start in range(0, len(vectors), score.BATCH):
        batch = vectors[start:start + score.BATCH].astype(np.float64)
        distance = score.distances(batch, trained, artifact.parameters["metric"])
        if leave_out:
            distance[np.arange(len(batch)), places[start:start + score.BATCH]] = np.inf
        near.append(distance.min(axis=1))
        scores.append(score.votes(distance, artifact.tensors["targets"], parameters))
    return np.concatenate(scores), np.concatenate(near)


def nearest(artifact: Artifact, vectors: np.ndarray) -> np.ndarray | None:
    """The distance of each to the nearest center, of the kinds that have centers."""
    if artifact.kind not in ("kmeans", "centroid"):
        return None
    metric = "cosine" if artifact.kind == "centroid" else "euclidean"
    prepared = score.prepared(vectors.astype(np.float64), artifact.parameters.get("input", "as_is"))
    return score.distances(prepared, artifact.tensors["centers"].astype(np.float64), metric).min(axis=1)


def brief(number: float) -> float:
    """Nine digits: what is beyond depends on the machine."""
    return float(f"{number:.9g}")
