"""Makes what a big router looks like, to measure decisions with: python large.py FOLDER

Writes the artifacts FOLDER/knn (5,608 vectors of 768 numbers, 9 labels) and FOLDER/svm (5,464 support vectors), and
FOLDER/queries.npy (200 vectors). The vectors are spread as those of sentences are: in clusters, most of the variance in a few
directions, a little noise in all, of length 1. They are the same each time.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "export"))

import artifact  # noqa: E402

N, SUPPORT, D, RANK, CLUSTERS, LABELS, QUERIES = 5608, 5464, 768, 400, 80, 9, 200


def vectors(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors [count, D] and the cluster of each."""
    spectrum = np.arange(1, RANK + 1) ** -0.5
    directions = np.linalg.qr(rng.normal(size=(D, RANK)))[0] * spectrum  # [D, RANK]
    centers = rng.normal(size=(CLUSTERS, RANK))
    cluster = rng.choice(CLUSTERS, count, p=rng.dirichlet(np.full(CLUSTERS, 2.0)))
    latent = centers[cluster] + 0.7 * rng.normal(size=(count, RANK)) + 0.5  # 0.5: vectors of sentences share a direction
    rows = latent @ directions.T + 0.02 * rng.normal(size=(count, D))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), cluster


def main(out: Path) -> None:
    rng = np.random.default_rng(5608)
    rows, cluster = vectors(rng, N + QUERIES)
    train, label = rows[:N], (cluster[:N] * 7 + (rng.random(N) < 0.4) * rng.integers(0, LABELS, N)) % LABELS
    shared = {
        "labels": [f"model-{i}" for i in range(LABELS)], "dimension": D, "query_view": "last_user_500",
        "encoder": artifact.Encoder("example/encoder", D, normalize=True),
    }
    out.mkdir(parents=True, exist_ok=True)
    artifact.write(artifact.Artifact(
        kind="knn", origin="knnrouter", tensors={"vectors": train, "targets": label.astype(np.int32)},
        parameters={"k": 5, "weights": "uniform", "metric": "euclidean"}, **shared,
    ), out / "knn")

    kept = np.sort(rng.permutation(N)[:SUPPORT])
    kept = kept[np.argsort(label[kept], kind="stable")]
    # A vector of label i has a positive part against labels after its own, a negative one against those before.
    sign = np.where(np.arange(LABELS - 1)[:, None] < label[kept], -1.0, 1.0)
    dual = sign * np.minimum(rng.exponential(0.7, size=(LABELS - 1, SUPPORT)), 1)
    artifact.write(artifact.Artifact(
        kind="svm", origin="svmrouter",
        tensors={
            "vectors": train[kept], "support": np.bincount(label[kept], minlength=LABELS).astype(np.int32), "dual": dual,
            "intercept": rng.normal(size=LABELS * (LABELS - 1) // 2) / 10,
        },
        parameters={"kernel": "rbf", "gamma": float(1 / (D * train.astype(np.float64).var()))}, **shared,
    ), out / "svm")
    np.save(out / "queries.npy", rows[N:])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
