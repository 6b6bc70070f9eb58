"""LLMRouter's graphrouter: a graph network whose answer is linear in the query.

Edges lead from training queries to models only, and those of the new query are hidden from the network. So what it makes of the
models, X [K, H], is the same for every query, and a model's score is the logistic of mean_h((W_q z + b_q) ⊙ X_m): its order is
that of (X W_q / H) z + X b_q / H, where z is the query's vector with each number cut to 0..1.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders

NAME, FILES, ENCODER = "graphrouter", ("graphrouter.pt", "INPUTS.npz"), encoders.LONGFORMER
SUMMARY = "a graph network, collapsed into one row a model (kind linear)"
INPUTS = ("llm_embedding", "train_query_embedding", "train_performance", "names")


def options(parser: ArgumentParser) -> None:
    del parser  # the names are in INPUTS.npz


def export(files: list[Path], options: Namespace) -> Artifact:
    path, inputs = files
    weights = source.state(path, options)
    llms, queries, performance, names = source.arrays(inputs, *INPUTS).values()
    llms, queries = llms.astype(np.float64), queries.astype(np.float64)
    check(inputs, llms, queries, performance, names)

    w_q = source.tensor(weights, "model_align.query_transform.weight", path, None, queries.shape[1])
    hidden = len(w_q)
    b_q = source.tensor(weights, "model_align.query_transform.bias", path, hidden)
    w_l = source.tensor(weights, "model_align.llm_transform.weight", path, hidden, llms.shape[1])
    b_l = source.tensor(weights, "model_align.llm_transform.bias", path, hidden)
    edge_w = source.tensor(weights, "edge_mlp.weight", path, 1, 1)
    edge_b = source.tensor(weights, "edge_mlp.bias", path, 1)
    edges = leaky(performance.reshape(len(queries), len(llms)) * edge_w[0, 0] + edge_b[0])  # [N, K]

    q, m = queries @ w_q.T + b_q, llms @ w_l.T + b_l  # [N, H], [K, H]
    for layer in (1, 2):
        conv, norm = Conv(weights, f"encoder_conv_{layer}", path, hidden), Norm(weights, f"bn{layer}", path, hidden)
        from_queries = conv.message(q).sum(axis=0) + conv.edge(edges).sum(axis=0)  # every query has an edge to every model
        q, m = norm(q), norm(m + from_queries)
        if layer == 1:
            q, m = leaky(q), leaky(m)
    return Artifact(
        kind="linear", origin=NAME, labels=names.tolist(), dimension=queries.shape[1],
        tensors={"weight": (m @ w_q / hidden).astype(np.float32), "bias": (m @ b_q / hidden).astype(np.float32)},
        parameters={"input": "clip"},
    )


def leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0.01 * x)


class Conv:
    """torch_geometric's GeneralConv with one kind of edge: out_i = x_i + Σ_j (message(x_j) + edge(a_ij))."""

    def __init__(self, weights: dict[str, np.ndarray], name: str, path: Path, hidden: int) -> None:
        self.w = source.tensor(weights, f"{name}.lin_msg.weight", path, hidden, hidden)
        self.b = source.tensor(weights, f"{name}.lin_msg.bias", path, hidden)
        self.edge_w = source.tensor(weights, f"{name}.lin_edge.weight", path, hidden, 1)
        self.edge_b = source.tensor(weights, f"{name}.lin_edge.bias", path, hidden)

    def message(self, x: np.ndarray) -> np.ndarray:
        """[N, H] of x [N, H]."""
        return x @ self.w.T + self.b

    def edge(self, a: np.ndarray) -> np.ndarray:
        """[..., H] of edges [...]."""
        return a[..., None] * self.edge_w[:, 0] + self.edge_b


class Norm:
    """torch's BatchNorm1d as it is after training."""

    def __init__(self, weights: dict[str, np.ndarray], name: str, path: Path, hidden: int) -> None:
        mean, var, scale, shift = (
            source.tensor(weights, f"{name}.{part}", path, hidden) for part in ("running_mean", "running_var", "weight", "bias")
        )
        self.scale = scale / np.sqrt(var + 1e-5)
        self.shift = shift - mean * self.scale

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x * self.scale + self.shift


def check(path: Path, llms: np.ndarray, queries: np.ndarray, performance: np.ndarray, names: np.ndarray) -> None:
    if llms.ndim != 2 or queries.ndim != 2 or performance.size != len(queries) * len(llms) or names.shape != (len(llms),):
        raise Refused(f"{path}: shapes {llms.shape}, {queries.shape}, {performance.shape}, {names.shape}: expected models [K, L], "
                      "queries [N, d], performance N*K and names [K]")
    low, high = queries.min(axis=0), queries.max(axis=0)
    wrong = np.flatnonzero((np.abs(low) > 1e-5) | (np.abs(high - 1) > 1e-5))
    if len(wrong):
        at = wrong[0]
        raise Refused(f"{path}: number {at} of the training queries' vectors is between {low[at]:g} and {high[at]:g}, expected 0 to 1 "
                      f"({len(wrong)} such numbers): give query_embedding_list of the running router, which is scaled. One that is the "
                      "same in all training queries cannot be exported: leave it out of the vectors and train again")
