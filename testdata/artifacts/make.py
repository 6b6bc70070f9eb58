"""Makes small trained routers, exports them, and records what each chooses: python make.py, with scikit-learn==1.9.1. See README.md.

The answers come from scikit-learn's own predict, or from the published formula as it is written, step by step; none from an artifact.
"""

import json
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors.numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC

import formula

HERE = Path(__file__).parent
SOURCES, EXPORT = HERE / "sources", HERE.parents[1] / "examples" / "export"
D, N, QUERIES = 16, 80, 80
NAMES = ["ash", "elm", "fir", "oak"]
HIDDEN = 8

Answer = tuple[np.ndarray, list[str]]  # scores [Q, K], the label that wins

rng = np.random.default_rng(20250607)


def grid(*shape: int) -> np.ndarray:
    """Normal numbers on a grid of 1/64: exact in float32, short in JSON, and equal where they are equal."""
    return (np.round(rng.normal(size=shape) * 64) / 64).astype(np.float32)


TRAIN = grid(N, D)
TRAIN[70:] = TRAIN[:10]  # the same vector twice, below with another label
LABEL = np.array(NAMES)[(TRAIN[:, 0] > 0).astype(int) * 2 + (TRAIN[:, 1] > 0)]
LABEL[70:] = np.roll(LABEL[:10], 1)


def clear(query: np.ndarray) -> bool:
    """Whether it is clear which the five nearest are: scikit-learn does not say which of two equally far it takes."""
    far = np.sort(((TRAIN - query) ** 2).sum(axis=1))
    cosine = np.sort(-formula.unit(TRAIN.astype(float)) @ query)
    return far[5] - far[4] > 1e-6 and cosine[5] - cosine[4] > 1e-6


# Some that are at distance 0 of two, some of one, and others.
QUERY = np.array([q for q in np.concatenate([TRAIN[:10], TRAIN[40:50], grid(2 * QUERIES, D)]) if clear(q)][:QUERIES])


def winner(scores: np.ndarray, labels: list[str]) -> list[str]:
    return [labels[i] for i in scores.argmax(axis=1)]


def write(name: str, model: object) -> None:
    (SOURCES / name).write_bytes(pickle.dumps(model, protocol=4))


def knn(file: str, **parameters: object) -> Answer:
    model = KNeighborsClassifier(n_neighbors=5, **parameters).fit(TRAIN, LABEL)
    write(file, model)
    distance, place = model.kneighbors(QUERY)
    votes = np.zeros((QUERIES, len(NAMES)))
    for row in range(QUERIES):
        weight = np.ones(5)
        if model.weights == "distance":
            zero = distance[row] == 0
            weight = zero.astype(float) if zero.any() else 1 / distance[row]
        for w, p in zip(weight, place[row]):
            votes[row, list(model.classes_).index(LABEL[p])] += w
    return votes, model.predict(QUERY).tolist()


def svm(file: str, vectors: np.ndarray, labels: np.ndarray, **parameters: object) -> Answer:
    model = SVC(decision_function_shape="ovo", **parameters).fit(vectors, labels)
    write(file, model)
    chosen, classes = model.predict(QUERY).tolist(), list(model.classes_)
    votes = np.zeros((QUERIES, len(classes)))
    if len(classes) == 2:
        for row, name in enumerate(chosen):
            votes[row, classes.index(name)] = 1
        return votes, chosen
    pairs = [(i, j) for i in range(len(classes)) for j in range(i + 1, len(classes))]
    for row, values in enumerate(model.decision_function(QUERY)):
        for (i, j), value in zip(pairs, values):
            votes[row, i if value > 0 else j] += 1
    return votes, chosen


def mlp(file: str, labels: np.ndarray, **parameters: object) -> Answer:
    model = MLPClassifier(hidden_layer_sizes=(HIDDEN,), max_iter=200, solver="lbfgs", alpha=0.1, random_state=1, **parameters)
    model.fit(TRAIN, labels)
    del model._random_state  # it is most of the file; hybrid keeps its own
    write(file, model)
    scores = formula.layers(QUERY, model.coefs_, model.intercepts_, model.activation)
    if scores.shape[1] == 1:  # two classes: one output, whose sign decides
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    return scores, model.predict(QUERY).tolist()


def hybrid(file: str) -> Answer:
    likely = 1 / (1 + np.exp(-2 * TRAIN[:, 0] - TRAIN[:, 1]))
    model = MLPRegressor(hidden_layer_sizes=(HIDDEN,), max_iter=200, solver="lbfgs", random_state=1).fit(TRAIN, likely)
    write(file, model)
    score = np.clip(model.predict(QUERY), 0, 1)
    return np.stack([score, np.full(QUERIES, 0.5)], axis=1), ["small" if s >= 0.5 else "large" for s in score]


def randomforest(file: str) -> Answer:
    model = RandomForestClassifier(5, max_depth=3, random_state=1).fit(TRAIN, LABEL)
    write(file, model)
    return model.predict_proba(QUERY), model.predict(QUERY).tolist()


def rorf(file: str) -> Answer:
    classes = np.digitize(TRAIN[:, 0] + 0.3 * TRAIN[:, 1], [-0.8, 0, 0.8])
    model = RandomForestClassifier(5, max_depth=3, random_state=2).fit(TRAIN, classes)
    write(file, model)
    share = model.predict_proba(QUERY)
    first = share[:, 0] + share[:, 1]
    return np.stack([first, np.full(QUERIES, 0.45)], axis=1), ["A" if s >= 0.45 else "B" for s in first]


def state(file: str, **tensors: np.ndarray) -> dict[str, np.ndarray]:
    """A state dict as safetensors, whose names have dots where the keywords have two underscores."""
    named = {name.replace("__", "."): value.astype(np.float32) for name, value in tensors.items()}
    safetensors.numpy.save_file(named, SOURCES / file)
    return named


def mf(file: str) -> Answer:
    weights = state(file, P__weight=grid(4, HIDDEN), text_proj__weight=grid(HIDDEN, D), classifier__weight=grid(1, HIDDEN))
    scores = formula.factorization(QUERY, weights["P.weight"], weights["text_proj.weight"], weights["classifier.weight"][0])
    return scores, winner(scores, NAMES)


def routellm(file: str) -> Answer:
    weights = state(file, P__weight=grid(64, HIDDEN), text_proj__0__weight=grid(HIDDEN, D), classifier__0__weight=grid(1, HIDDEN))
    scores = formula.factorization(QUERY, weights["P.weight"], weights["text_proj.0.weight"], weights["classifier.0.weight"][0])
    rate = 1 / (1 + np.exp(-(scores[:, 24] - scores[:, 36])))
    return np.stack([rate, np.full(QUERIES, 0.3)], axis=1), ["strong" if r >= 0.3 else "weak" for r in rate]


def routerdc(file: str) -> Answer:
    rows = state(file, embeddings__weight=grid(4, D), backbone__layer__weight=grid(3, 3))["embeddings.weight"].astype(float)
    h = QUERY.astype(float)
    cosine = (h @ rows.T) / (np.linalg.norm(h, axis=1)[:, None] * np.linalg.norm(rows, axis=1)[None])
    return cosine * np.linalg.norm(h, axis=1)[:, None], winner(cosine, NAMES)  # an artifact leaves the query's length out


def network(width: int, features: dict[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    """The weights of a graph network of that width, with layers of (out, in) for the features."""
    layers = features | {f"encoder_conv_{i}__lin_msg": (width, width) for i in (1, 2)}
    layers |= {f"encoder_conv_{i}__lin_edge": (width, 1) for i in (1, 2)} | {"edge_mlp": (1, 1)}
    weights = {}
    for name, (rows, columns) in layers.items():
        weights[f"{name}__weight"], weights[f"{name}__bias"] = grid(rows, columns) / np.float32(columns**0.5), grid(rows)
    for name in ("bn1", "bn2"):
        weights |= {f"{name}__weight": grid(width), f"{name}__bias": grid(width), f"{name}__running_mean": grid(width)}
        weights |= {f"{name}__running_var": 9 + 9 * rng.random(width), f"{name}__num_batches_tracked": np.array(7)}
    return weights


def graph(file: str, inputs: str) -> Answer:
    features = {"model_align__query_transform": (HIDDEN, D), "model_align__llm_transform": (HIDDEN, 6)}
    weights = state(file, **network(HIDDEN, features))
    train = TRAIN[:20] - TRAIN[:20].min(axis=0)
    given = {
        "llm_embedding": 16 * grid(4, 6), "train_query_embedding": train / train.max(axis=0),
        "train_performance": np.float32(4) * rng.random(80, np.float32), "names": np.array(NAMES),
    }
    np.savez_compressed(SOURCES / inputs, **given)
    scores = np.array([formula.graph_route(weights, given, query) for query in QUERY])
    return scores, winner(scores, NAMES)


USERS = [-3, 0, 1, 2, 9]


def personalized(file: str, inputs: str) -> Answer:
    h = 4
    weights = state(file, **network(3 * h, {
        "model_align__query_transform": (h, D), "model_align__task_transform": (h, 6), "model_align__user_transform": (h, 3),
        "model_align__llm_transform": (3 * h, 6), "edge_decoder__0": (h, 12 * h),
    }))
    edge_query, edge_llm = np.repeat(np.tile(np.arange(12), 3), 4), np.tile(np.arange(4), 36)
    given = {
        "llm_embedding": 4 * grid(4, 6), "query_embedding": TRAIN[:12], "task_embedding": grid(12, 6), "edge_query": edge_query,
        "edge_llm": edge_llm, "edge_effect": grid(144), "edge_seen": rng.random(144) < 0.8, "llm_edges": np.array([[0, 2], [2, 0]]),
        "names": np.array(NAMES),
    }
    np.savez_compressed(SOURCES / inputs, **given)
    scores = np.array([formula.personal_route(weights, given, q, USERS[row % 5]) for row, q in enumerate(QUERY)])
    return scores, winner(scores, NAMES)


def elo(file: str) -> Answer:
    (SOURCES / file).write_text(json.dumps({"elm": 1031.25, "ash": 1104.5, "oak": 1104.5, "fir": 759.75}))
    return np.tile([1031.25, 1104.5, 1104.5, 759.75], (QUERIES, 1)), ["ash"] * QUERIES


def kmeans(centers: str, table: str, alpha: float | None, nearest: int) -> Answer:
    np.save(SOURCES / centers, c := formula.unit(grid(6, D)).astype(np.float32))
    performance, cost = np.round(rng.random((6, 4)), 2), np.round(rng.random((6, 4)) * 3, 2)
    lines = [f"{i},{NAMES[k]},{performance[i, k]},{cost[i, k]}" for i in range(6) for k in range(4)]
    (SOURCES / table).write_text("\n".join(["cluster,model,performance,cost", *lines]) + "\n")
    scores = np.array([formula.cluster_route(c.astype(float), performance, cost, alpha, nearest, q) for q in QUERY])
    return scores, winner(scores, NAMES)


def centroid(simple: str, complex_: str) -> Answer:
    pair = [formula.unit(grid(1, D))[0] for _ in range(2)]
    for file, vector in zip((simple, complex_), pair):
        np.save(SOURCES / file, vector.astype(np.float32))
    cosine = np.array([[formula.unit(q[None].astype(float))[0] @ c for c in pair] for q in QUERY])
    unsure = np.abs(cosine[:, 0] - cosine[:, 1]) < 0.06
    scores = np.where(unsure[:, None], [0.0, 1.0], cosine)
    return scores, ["complex" if u or b > a else "simple" for u, (a, b) in zip(unsure, cosine)]


ENCODER = ["--encoder-id", "example/encoder"]
ORDER = ["--labels", ",".join(NAMES)]
TWO = np.where(TRAIN[:, 0] > 0, "ash", "elm")
DOUBLE = TRAIN.astype(float) / 3  # no float32 is equal to it

# By name: the router, its files, further options, and what makes the files and the answers.
CASES: dict[str, tuple[str, list[str], list[str], Callable[..., Answer]]] = {
    "knn-uniform": ("knnrouter", ["knn-uniform.pkl"], [], knn),
    "knn-distance": ("knnrouter", ["knn-distance.pkl"], [], lambda file: knn(file, weights="distance")),
    "knn-cosine": ("knnrouter", ["knn-cosine.pkl"], [], lambda file: knn(file, metric="cosine")),
    "svm-rbf": ("svmrouter", ["svm-rbf.pkl"], [], lambda file: svm(file, TRAIN[:60], LABEL[:60])),
    "svm-linear": ("svmrouter", ["svm-linear.pkl"], [], lambda file: svm(file, DOUBLE[:60], LABEL[:60], kernel="linear")),
    "svm-two": ("svmrouter", ["svm-two.pkl"], [], lambda file: svm(file, TRAIN[:40], TWO[:40])),
    "mlp-relu": ("mlprouter", ["mlp-relu.pkl"], [], lambda file: mlp(file, LABEL, activation="relu")),
    "mlp-tanh": ("mlprouter", ["mlp-tanh.pkl"], [], lambda file: mlp(file, LABEL, activation="tanh")),
    "mlp-logistic": ("mlprouter", ["mlp-logistic.pkl"], [], lambda file: mlp(file, LABEL, activation="logistic")),
    "mlp-identity": ("mlprouter", ["mlp-identity.pkl"], [], lambda file: mlp(file, LABEL, activation="identity")),
    "mlp-two": ("mlprouter", ["mlp-two.pkl"], [], lambda file: mlp(file, TWO)),
    "hybrid": ("hybrid_llm", ["hybrid.pkl"], ["--labels", "small,large", "--queries", "queries.npy"], hybrid),
    "elo": ("elorouter", ["elo.json"], [], elo),
    "mf": ("mfrouter", ["mf.safetensors"], ORDER, mf),
    "routellm": ("routellm-mf", ["routellm.safetensors"], ["--labels", "strong,weak", "--threshold", "0.3"], routellm),
    "routerdc": ("routerdc", ["routerdc.safetensors"], ORDER, routerdc),
    "graph": ("graphrouter", ["graph.safetensors", "graph.npz"], [], graph),
    "personalized": ("personalizedrouter", ["personalized.safetensors", "personalized.npz"], [], personalized),
    "randomforest": ("randomforest", ["randomforest.pkl"], ENCODER, randomforest),
    "rorf": ("rorf", ["rorf.pkl"], [*ENCODER, "--labels", "A,B", "--threshold", "0.45"], rorf),
    "kmeans": ("kmeans", ["centers.npy", "kmeans.csv"], [*ENCODER, "--alpha", "0.7", "--nearest", "2", "--queries", "queries.npy"],
               lambda *files: kmeans(*files, alpha=0.7, nearest=2)),
    "kmeans-quality": ("kmeans", ["centers-2.npy", "kmeans-2.csv"], ENCODER, lambda *files: kmeans(*files, alpha=None, nearest=1)),
    "centroid": ("centroid", ["simple.npy", "complex.npy"], ["--queries", "queries.npy"], centroid),
}


SEEDS = {"graph": 5, "personalized": 1}  # with these every model wins somewhere


def exact(number: float) -> float:
    return float(f"{number:.8g}")


def brief(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> None:
    SOURCES.mkdir(exist_ok=True)
    np.save(SOURCES / "queries.npy", TRAIN)
    answers, commands = {}, {}
    for name, (router, files, options, make) in CASES.items():
        seed = zlib.crc32(name.encode()) + SEEDS.get(name, 0)  # each by itself
        rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state
        scores, winners = make(*files)
        best = np.sort(scores, axis=1)
        assert all((best[:, -1] - best[:, -2] > 1e-5) | (best[:, -1] == best[:, -2])), f"{name}: a margin is too small to be compared"
        answers[name] = {"scores": [[exact(s) for s in row] for row in scores.tolist()], "winner": winners}
        commands[name] = [router, *files, *options, "--allow-pickle"]
        subprocess.run([sys.executable, EXPORT, *commands[name], "--out", HERE / name], cwd=SOURCES, check=True)
    answers["personalized"]["user"] = [USERS[row % 5] for row in range(QUERIES)]
    lines = [f'"queries": {brief(QUERY.tolist())}', '"cases": {\n' + ",\n".join(
        f"{json.dumps(name)}: {brief(answer)}" for name, answer in answers.items()) + "\n}"]
    (HERE / "answers.json").write_text("{" + ",\n".join(lines) + "}\n")
    (HERE / "commands.json").write_text("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c)}" for n, c in commands.items()) + "\n}\n")


if __name__ == "__main__":
    main()
