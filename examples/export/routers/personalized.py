"""LLMRouter's personalizedrouter: a graph network whose answer is linear in the query, for each user another.

As in graph.py, what the network makes of the models does not depend on the new query; it does on the user, whose features stand in
every query's node. A model's score is the logistic of mean([W_t t + b_t ‖ W_q e + b_q ‖ U_u] ⊙ X_{u,m}); the task t is zeros, as
it is where a request names none. So table[u, m] is the middle third of X_{u,m} / 3H, and bias[u, m] what the other two thirds give.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders
from routers.graph import Conv, Norm

NAME, FILES, ENCODER = "personalizedrouter", ("personalizedrouter.pt", "INPUTS.npz"), encoders.LONGFORMER
SUMMARY = "a graph network, collapsed into one row a user and model (kind user)"
INPUTS = ("llm_embedding", "query_embedding", "task_embedding", "edge_query", "edge_llm", "edge_effect", "edge_seen", "llm_edges", "names")


def options(parser: ArgumentParser) -> None:
    del parser  # the names are in INPUTS.npz


def export(files: list[Path], options: Namespace) -> Artifact:
    path, inputs = files
    weights, given = source.state(path, options), source.arrays(inputs, *INPUTS)
    check(inputs, given)
    llms, queries, tasks = (given[name].astype(np.float64) for name in ("llm_embedding", "query_embedding", "task_embedding"))

    def linear(name: str, rows: int | None, columns: int | None) -> tuple[np.ndarray, np.ndarray]:
        weight = source.tensor(weights, f"model_align.{name}.weight", path, rows, columns)
        return weight, source.tensor(weights, f"model_align.{name}.bias", path, len(weight))

    w_q, b_q = linear("query_transform", None, queries.shape[1])
    hidden = len(w_q)
    w_t, b_t = linear("task_transform", hidden, tasks.shape[1])
    w_u, b_u = linear("user_transform", hidden, None)
    w_l, b_l = linear("llm_transform", 3 * hidden, llms.shape[1])
    network = Network(weights, path, 3 * hidden, given)

    of_query = np.concatenate([tasks @ w_t.T + b_t, queries @ w_q.T + b_q], axis=1)  # [N, 2H]
    tables, biases = [], []
    for column in w_u.T:  # a user's features are one-hot
        user = column + b_u
        x = network(np.concatenate([of_query, np.tile(user, (len(queries), 1))], axis=1), llms @ w_l.T + b_l) / (3 * hidden)
        task_part, query_part, user_part = np.split(x, 3, axis=1)  # [K, H] each
        tables.append(query_part)
        biases.append(task_part @ b_t + user_part @ user)
    return Artifact(
        kind="user", origin=NAME, labels=given["names"].tolist(), dimension=queries.shape[1],
        tensors={
            "query_weight": w_q.astype(np.float32), "query_bias": b_q.astype(np.float32),
            "table": np.stack(tables).astype(np.float32), "bias": np.stack(biases).astype(np.float32),
        },
        parameters={"users": len(tables)},
    )


class Network:
    """Two layers over the edges that were seen in training, and those between models of one family."""

    def __init__(self, weights: dict[str, np.ndarray], path: Path, width: int, given: dict[str, np.ndarray]) -> None:
        self.layers = [(Conv(weights, f"encoder_conv_{i}", path, width), Norm(weights, f"bn{i}", path, width)) for i in (1, 2)]
        edge_w = source.tensor(weights, "edge_mlp.weight", path, 1, 1)[0, 0]
        edge_b = source.tensor(weights, "edge_mlp.bias", path, 1)[0]
        seen = given["edge_seen"].astype(bool)
        self.query, self.llm = given["edge_query"][seen], given["edge_llm"][seen]
        self.edge = np.maximum(given["edge_effect"][seen].astype(np.float64) * edge_w + edge_b, 0)
        self.pairs, self.pair_edge = given["llm_edges"], max(edge_w + edge_b, 0.0)

    def __call__(self, q: np.ndarray, m: np.ndarray) -> np.ndarray:
        """[K, W] of the nodes of queries [N, W] and models [K, W]."""
        for number, (conv, norm) in enumerate(self.layers):
            came = np.zeros_like(m)
            np.add.at(came, self.llm, conv.message(q)[self.query] + conv.edge(self.edge))
            if len(self.pairs):
                np.add.at(came, self.pairs[:, 1], conv.message(m)[self.pairs[:, 0]] + conv.edge(np.array(self.pair_edge)))
            q, m = norm(q), norm(m + came)
            if number == 0:
                q, m = np.maximum(q, 0), np.maximum(m, 0)
        return m


def check(path: Path, given: dict[str, np.ndarray]) -> None:
    llms, queries, tasks, pairs = (given[name] for name in ("llm_embedding", "query_embedding", "task_embedding", "llm_edges"))
    edges = [given[name] for name in ("edge_query", "edge_llm", "edge_effect", "edge_seen")]
    if not (llms.ndim == queries.ndim == tasks.ndim == pairs.ndim == 2 and len(queries) == len(tasks) and pairs.shape[1] == 2
            and given["names"].shape == (len(llms),) and len({edge.shape for edge in edges}) == 1 and edges[0].ndim == 1):
        shapes = ", ".join(f"{name} {value.shape}" for name, value in given.items())
        raise Refused(f"{path}: {shapes}: expected models [K, L], queries [N, d], tasks [N, L], edges [E] each, pairs [M, 2], names [K]")
    for name, limit in (("edge_query", len(queries)), ("edge_llm", len(llms)), ("llm_edges", len(llms))):
        if given[name].dtype.kind not in "iu" or (given[name].size and not 0 <= given[name].min() <= given[name].max() < limit):
            raise Refused(f"{path}: {name} has type {given[name].dtype}, expected whole numbers from 0 to {limit - 1}")
