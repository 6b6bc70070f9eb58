"""Avengers-Pro, or any table of what models score in clusters of queries.

Of a cluster's mean performance p and cost c of each model, the score is α · (p - min p) / (max p - min p) + (1 - α) · (1 - c / max c);
without α it is p itself.
"""

import csv
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from pathlib import Path

import numpy as np

import score
import source
from artifact import Artifact
from refused import Refused
from routers import encoders

NAME, FILES, ENCODER = "kmeans", ("CENTERS.npy|KMEANS.pkl", "TABLE.csv"), encoders.UNKNOWN
SUMMARY = "what each model scores in the clusters nearest to the query, as in Avengers-Pro (kind kmeans)"
Cells = dict[tuple[int, str], list[float]]


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--alpha", type=float, help="weight of performance beside cost, 0 to 1; without it performance alone, as it is")
    parser.add_argument("--nearest", type=int, default=1, help="how many clusters are counted (default: %(default)s)")
    parser.add_argument("--input", choices=("as_is", "unit"), default="unit",
                        help="whether a query's vector is made of length 1 before (default: %(default)s, as in Avengers-Pro)")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, table = files
    centers = read_centers(path, options)
    if not 1 <= options.nearest <= len(centers):
        raise Refused(f"--nearest {options.nearest}: {path} has {len(centers)} centers")
    if options.alpha is not None and not 0 <= options.alpha <= 1:
        raise Refused(f"--alpha {options.alpha}: expected 0 to 1")
    performance, cost = read_table(table, centers, options)
    names = sorted({name for _, name in performance})
    scores = np.zeros((len(centers), len(names)))
    for cluster in range(len(centers)):
        known = [i for i, name in enumerate(names) if (cluster, name) in performance]  # one without a row scores 0
        p = np.array([np.mean(performance[cluster, names[i]]) for i in known])
        if options.alpha is not None and known:
            c = np.array([np.mean(cost[cluster, names[i]]) for i in known])
            p = options.alpha * share(p - p.min(), np.ptp(p)) + (1 - options.alpha) * (1 - share(c, c.max(), 0))
        scores[cluster, known] = p
    return Artifact(
        kind="kmeans", origin=NAME, labels=names, dimension=centers.shape[1],
        tensors={"centers": centers, "scores": scores.astype(np.float32)},
        parameters={"nearest": options.nearest, "input": options.input}, quality=options.alpha is None,
    )


def share(value: np.ndarray, whole: float, else_: float = 1) -> np.ndarray:
    return value / whole if whole > 0 else np.full(len(value), float(else_))


def read_centers(path: Path, options: Namespace) -> np.ndarray:
    """Centers [C, d]."""
    if path.suffix == ".npy":
        return source.vectors(path).astype(np.float32)
    return source.estimator(path, options, "KMeans", "MiniBatchKMeans").get("cluster_centers_").astype(np.float32)


def read_table(path: Path, centers: np.ndarray, options: Namespace) -> tuple[Cells, Cells]:
    """Performance and cost by (cluster, model). A row names its cluster, or the query, a row of --queries."""
    source.check(path)
    performance, cost = defaultdict(list), defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        header = set(rows.fieldnames or ())
        needed = {"model", "performance"} | ({"cost"} if options.alpha is not None else set())
        if not needed <= header or not header & {"cluster", "query"}:
            raise Refused(f"{path}: its columns are {', '.join(rows.fieldnames or ()) or 'none'}: expected {', '.join(sorted(needed))}, "
                          "and cluster or query, in the first line")
        clusters = None if "cluster" in header else assign(path, centers, options)
        for row in rows:
            try:
                cluster = int(row["cluster"]) if clusters is None else int(clusters[int(row["query"])])
                numbers = [float(row["performance"])] + ([float(row["cost"])] if "cost" in needed else [])
            except (ValueError, TypeError, IndexError) as error:
                raise Refused(f"{path}:{rows.line_num}: {error}") from error
            if not 0 <= cluster < len(centers) or not row["model"] or not np.isfinite(numbers).all() or numbers[-1] < 0:
                raise Refused(f"{path}:{rows.line_num}: cluster {cluster}, model {row['model']!r}, {numbers}: expected a cluster from 0 to "
                              f"{len(centers) - 1}, a model's name, and numbers that are not negative")
            performance[cluster, row["model"]].append(numbers[0])
            cost[cluster, row["model"]].append(numbers[-1])
    return performance, cost


def assign(path: Path, centers: np.ndarray, options: Namespace) -> np.ndarray:
    """The cluster of each query [N]."""
    if options.queries is None:
        raise Refused(f"{path}: its rows name queries, not clusters: give the queries' vectors with --queries")
    vectors = score.prepared(source.vectors(options.queries, centers.shape[1]).astype(np.float64), options.input)
    return score.distances(vectors, centers.astype(np.float64), "euclidean").argmin(axis=1)
