"""What each kind of artifact makes of vectors, as docs/artifacts.md says it: for calibration and for tests."""

from collections.abc import Callable
from typing import Any

import numpy as np

from artifact import Artifact

Tensors = dict[str, np.ndarray]
Parameters = dict[str, Any]

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "identity": lambda x: x,
}
OUTPUTS = {"clip": lambda x: np.clip(x, 0, 1), "logistic": ACTIVATIONS["logistic"], "identity": ACTIVATIONS["identity"]}
BATCH = 256


def scores(artifact: Artifact, vectors: np.ndarray, user: int = 0) -> np.ndarray:
    """Scores [N, K] of vectors [N, d], in float64."""
    wide = {name: value.astype(np.float64) if value.dtype.kind == "f" else value for name, value in artifact.tensors.items()}
    parameters = artifact.parameters | {"labels": len(artifact.labels), "user": user}
    batches = [vectors[start:start + BATCH].astype(np.float64) for start in range(0, len(vectors), BATCH)]
    return np.concatenate([KINDS[artifact.kind](wide, parameters, batch) for batch in batches])


def constant(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    return np.tile(tensors["scores"], (len(v), 1))


def prepared(v: np.ndarray, how: str) -> np.ndarray:
    """The vectors as they are, with each number in 0..1, or of length 1."""
    if how == "unit":
        length = np.linalg.norm(v, axis=1, keepdims=True)
        return v / np.where(length == 0, 1, length)
    return np.clip(v, 0, 1) if how == "clip" else v


def linear(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    return prepared(v, parameters["input"]) @ tensors["weight"].T + tensors["bias"]


def layers(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    if "weight" in tensors:
        return v @ tensors["weight"].T + tensors["bias"]
    last = sum(name.startswith("weight") for name in tensors) - 1
    for i in range(last + 1):
        v = v @ tensors[f"weight{i}"].T + tensors[f"bias{i}"]
        if i < last:
            v = ACTIVATIONS[parameters["activation"]](v)
    return v


def threshold(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    first = OUTPUTS[parameters["output"]](layers(tensors, parameters, v))[:, 0]
    return np.stack([first, np.full(len(v), parameters["threshold"])], axis=1)


def distances(a: np.ndarray, b: np.ndarray, metric: str) -> np.ndarray:
    """Distances [N, M] of a [N, d] to b [M, d]."""
    if metric == "cosine":
        return 1 - prepared(a, "unit") @ prepared(b, "unit").T
    near = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
    close = near <= 1e-9 * (a * a).sum(1)[:, None]  # what cancels there is counted out
    for i, j in zip(*np.nonzero(close)):
        near[i, j] = ((a[i] - b[j]) ** 2).sum()
    return np.sqrt(np.maximum(near, 0))


def votes(distance: np.ndarray, targets: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Votes [N, K] of the k nearest by distances [N, M]; of those equally far the first in the list are nearer."""
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :parameters["k"]]
    result = np.zeros((len(distance), parameters["labels"]))
    for row, (order, near) in enumerate(zip(nearest, np.take_along_axis(distance, nearest, 1))):
        if parameters["weights"] == "uniform":
            weight = np.ones(len(near))
        elif (near == 0).any():
            weight = (near == 0).astype(float)
        else:
            weight = 1 / near
        np.add.at(result[row], targets[order], weight)
    return result


def knn(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    distance = distances(v, tensors["vectors"], parameters["metric"])
    return votes(distance, tensors["targets"], parameters)


def svm(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    vectors, dual, intercept = tensors["vectors"], tensors["dual"], tensors["intercept"]
    kernel = v @ vectors.T
    if parameters["kernel"] == "rbf":
        kernel = np.exp(-parameters["gamma"] * ((v * v).sum(1)[:, None] + (vectors * vectors).sum(1) - 2 * kernel))
    ends = np.concatenate([[0], np.cumsum(tensors["support"])])
    result, pair = np.zeros((len(v), parameters["labels"])), 0
    for i in range(parameters["labels"]):
        for j in range(i + 1, parameters["labels"]):
            of_i, of_j = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
            f = kernel[:, of_i] @ dual[j - 1, of_i] + kernel[:, of_j] @ dual[i, of_j] + intercept[pair]
            result[np.arange(len(v)), np.where(f > 0, i, j)] += 1
            pair += 1
    return result


def user(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    u = min(max(parameters["user"], 0), parameters["users"] - 1)
    hidden = v @ tensors["query_weight"].T + tensors["query_bias"]
    return hidden @ tensors["table"][u].T + tensors["bias"][u]


def forest(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    feature, rows = tensors["feature"], np.arange(len(v))
    total = np.zeros((len(v), parameters["classes"]))
    for root in tensors["roots"]:
        node = np.full(len(v), root)
        while (feature[node] >= 0).any():
            left = v[rows, feature[node]] <= tensors["threshold"][node]
            node = np.where(feature[node] < 0, node, np.where(left, tensors["left"][node], tensors["right"][node]))
        total += tensors["value"][node]
    total /= len(tensors["roots"])
    if parameters["first"] == 0:
        return total
    return np.stack([total[:, :parameters["first"]].sum(1), np.full(len(v), parameters["threshold"])], axis=1)


def kmeans(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    distance = distances(prepared(v, parameters["input"]), tensors["centers"], "euclidean")
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :parameters["nearest"]]
    return tensors["scores"][nearest].mean(axis=1)


def centroid(tensors: Tensors, parameters: Parameters, v: np.ndarray) -> np.ndarray:
    cosine = 1 - distances(v, tensors["centers"], "cosine")
    unsure = np.abs(cosine[:, 0] - cosine[:, 1]) < parameters["margin"]
    return np.where(unsure[:, None], [0.0, 1.0], cosine)


KINDS: dict[str, Callable[[Tensors, Parameters, np.ndarray], np.ndarray]] = {
    "constant": constant, "linear": linear, "knn": knn, "svm": svm, "mlp": layers, "threshold": threshold, "user": user,
    "forest": forest, "kmeans": kmeans, "centroid": centroid,
}
